// Whatever is written: a condition is read or refused without harm. What is read gives the same answer twice, `unless`
// the opposite of `if`, and a set of patterns of any size what each of its patterns says alone.
#include <cstdlib>

#include "sample/test_request.h"

using namespace cfgproxy::sample;

namespace {

/// Files, hosts and chance are not for a fuzzer.
bool is_tame(std::string_view text) {
    for (const char* word : {"-f", "map", "rand", "uuid", "local", "var"})
        if (text.find(word) != text.npos) return false;
    return true;
}

Found opposite(Found found) {
    return found == Found::yes ? Found::no : found == Found::no ? Found::yes : Found::not_yet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const std::string head =
        "GET /Images/a.b/c?x=1&y=2 HTTP/1.1\r\nHost: www.example.com:80\r\nX-A: 1, 22,, 10.0.0.1\r\nX-A: ::1\r\n"
        "Cookie: a=1; b=2\r\n\r\n";
    std::string text(reinterpret_cast<const char*>(data), size);
    if (!is_tame(text)) return 0;
    for (char& c : text)
        if (c == '\n' || c == '\t') c = ' ';
    const std::string line = "if " + text;
    auto words = words_of(line);
    // Hosts are looked up unless -n is there: addresses with letters only where they are IPv6.
    if (text.find("src") != text.npos || text.find("ip") != text.npos || text.find("dst") != text.npos) {
        if (text.find_first_of("ghjkmnoqtuvwxyzGHIJKLMNOPQRSTUVWXYZ") != text.npos && text.find("-n") == text.npos)
            return 0;
    }
    ParseFailure failure;
    auto condition = parse_condition(words, TestScope{}, failure);
    if (!condition) {
        if (failure.text.empty()) std::abort();
        return 0;
    }
    TestRequest request(head);
    const Found found = condition->test(request.context);
    if (condition->test(request.context) != found) std::abort();
    words[0].text = "unless";
    auto reversed = parse_condition(words, TestScope{}, failure);
    if (!reversed || reversed->test(request.context) != opposite(found)) std::abort();
    return 0;
}
