#pragma once
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1.h"
#include "sample/condition.h"
#include "sample/expression.h"
#include "sample/variable.h"

/// For tests, benchmarks and fuzzers: a context around a request written as text.
namespace cfgproxy::sample {

struct TestRequest {
    explicit TestRequest(std::string_view text) : raw(text) {
        http::H1HeadParser parser;
        parser.feed(raw.data(), static_cast<std::uint32_t>(raw.size()), {}, arena);
        parsed = parser.finish(raw.data(), arena, request);
        context.arena = &arena;
        context.request = &request;
        context.method = request.method;
        context.method_text = request.method_text;
        context.request_line = arena.concat(request.method_text, " ", request.target, " ", request.version);
        context.request_version = request.version;
        context.request_data = std::string_view(raw).substr(parser.length());
        context.request_complete = true;
        context.src = *net::Address::parse_ip("192.0.2.7");
        context.dst = *net::Address::parse_ip("127.0.0.1");
        context.dst.set_port(8123);
        context.wall_us = 1700000000123000;
        for (int i = 0; i < 6; ++i) context.variables[i] = &variables[i];
        context.session_arena = &arena;
    }
    TestRequest(const TestRequest&) = delete;

    std::string raw;
    base::Arena arena;
    http::Request request;
    bool parsed = false;
    Variables variables[6];
    Context context;
};

/// The expression's value as text; "(none)" if nothing is found, "(later)" for not yet, "error: ..." if it cannot be
/// parsed.
inline std::string value_of(const Context& context, std::string_view text) {
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression(text, {}, used, error);
    if (!expression) return "error: " + error.text;
    if (used != text.size()) return "error: " + trailing_error(**expression, used).text;
    std::string_view out;
    switch ((*expression)->evaluate_text(context, out)) {
        case Found::yes:
            return std::string(out);
        case Found::no:
            return "(none)";
        default:
            return "(later)";
    }
}

/// No ACLs but the predefined ones and those given.
struct TestScope : AclScope {
    std::vector<Acl> acls;
    const Acl* find(std::string_view name) const override {
        for (const Acl& acl : acls)
            if (acl.name == name) return &acl;
        return nullptr;
    }
    std::vector<std::string_view> names() const override {
        std::vector<std::string_view> all;
        for (const Acl& acl : acls) all.push_back(acl.name);
        return all;
    }
};

/// Words separated by blanks, with their columns.
inline std::vector<SourceWord> words_of(std::string_view text) {
    std::vector<SourceWord> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(' ', at)) != text.npos) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        base::Place place;
        place.line = 1;
        place.column = static_cast<std::uint32_t>(at + 1);
        place.length = static_cast<std::uint32_t>(end - at);
        words.push_back({text.substr(at, end - at), place});
        at = end;
    }
    return words;
}

/// A file with `text` that is gone when the test is.
class TestFile {
  public:
    explicit TestFile(std::string_view text) {
        const int fd = ::mkstemp(path_.data());
        if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
        ::close(fd);
    }
    ~TestFile() { ::unlink(path_.c_str()); }
    TestFile(const TestFile&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_ = "/tmp/cfgproxy-test-XXXXXX";
};

/// "yes", "no", "later", or "error: ... at COLUMN".
inline std::string outcome_of(const Context& context, std::string_view text, const AclScope& scope = TestScope{}) {
    ParseFailure failure;
    const auto words = words_of(text);
    auto condition = parse_condition(words, scope, failure);
    if (!condition) return "error: " + failure.text + " at " + std::to_string(failure.place.column);
    const Found found = condition->test(context);
    return found == Found::yes ? "yes" : found == Found::no ? "no" : "later";
}

}  // namespace cfgproxy::sample
