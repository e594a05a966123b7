// Whatever is written: it is read or refused without harm, and what is read can be evaluated, again with the same
// outcome in the same context unless it asks for chance.
#include <cstdlib>

#include "sample/test_request.h"

using namespace cfgproxy::sample;

namespace {

/// Files and hosts are not for a fuzzer.
bool is_tame(std::string_view text) { return text.find("map") == text.npos && text.find("local") == text.npos; }

bool repeats(std::string_view text) {
    return text.find("rand") == text.npos && text.find("uuid") == text.npos && text.find("var") == text.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const std::string head =
        "POST /a/b;c?x=1&y=%41+b&x=2 HTTP/1.1\r\nHost: www.example.com:80\r\nX-A: 1, \"2,3\",, 10.0.0.1\r\nX-A: "
        "[::1]\r\n"
        "Cookie: a=1; b=\"2;3\", c=4\r\nAuthorization: Basic am9lOng=\r\nContent-Length: 7\r\n\r\nx=1&y=2";
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (!is_tame(text)) return 0;
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression(text, {}, used, error);
    if (!expression) {
        if (error.text.empty() || error.at > text.size()) std::abort();
        return 0;
    }
    if (used > text.size() || (*expression)->text != text.substr(0, used)) std::abort();
    TestRequest request(head);
    set_variable(request.context, Scope::txn, "a", Value::of_text("text"));
    set_variable(request.context, Scope::req, "n", Value::of_int(-7));
    std::string_view first, second;
    const Found one = (*expression)->evaluate_text(request.context, first);
    const Found two = (*expression)->evaluate_text(request.context, second);
    if (repeats(text) && (one != two || first != second)) std::abort();
    Value value;
    Cursor cursor;
    cursor.iterate = true;
    for (int i = 0; i < 100; ++i)
        if ((*expression)->evaluate(request.context, value, cursor) != Found::yes || !cursor.more) break;
    return 0;
}
