#include "explain/cfgtest.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cfgproxy::explain {
namespace {

/// A line's words: separated by blanks; quotes at the front of a word keep blanks together.
struct Words {
    std::vector<std::string> list;
    std::vector<std::size_t> starts;  ///< where each begins in the line
    std::size_t end;                  ///< where a comment begins, or the line's size
    std::string error;

    explicit Words(std::string_view line) : end(line.size()) {
        std::size_t at = 0;
        while (at < line.size()) {
            if (base::is_space(line[at])) {
                ++at;
                continue;
            }
            if (line[at] == '#') {
                end = at;
                return;
            }
            starts.push_back(at);
            std::string word;
            char quote = 0;
            for (; at < line.size() && (quote || !base::is_space(line[at])); ++at) {
                const bool opens = at == starts.back() && (line[at] == '"' || line[at] == '\'');
                if (quote ? line[at] == quote : opens) {
                    quote = quote ? 0 : line[at];
                } else if (line[at] == '\\' && quote == '"' && at + 1 < line.size()) {
                    word += line[++at];
                } else {
                    word += line[at];
                }
            }
            if (quote) error = fmt::format("the quote ({}) is not closed", quote);
            list.push_back(std::move(word));
        }
    }
    /// Everything from the i-th word on, as it was written: for values with blanks that nobody quoted.
    std::string rest(std::string_view line, std::size_t i) const {
        if (i >= list.size()) return {};
        if (i + 1 == list.size()) return list[i];
        return std::string(base::trim(line.substr(starts[i], end - starts[i])));
    }
};

struct KindName {
    std::string_view name;
    Expectation::Kind kind;
    bool named;  ///< the name of a header follows
};
constexpr KindName kKinds[] = {
    {"frontend", Expectation::Kind::frontend, false},
    {"backend", Expectation::Kind::backend, false},
    {"server", Expectation::Kind::server, false},
    {"status", Expectation::Kind::status, false},
    {"location", Expectation::Kind::location, false},
    {"body", Expectation::Kind::body, false},
    {"log", Expectation::Kind::log, false},
    {"request-header", Expectation::Kind::request_header, true},
    {"response-header", Expectation::Kind::response_header, true},
};

class Reader {
  public:
    Reader(std::string_view path, std::string_view text) : text_(text) { file_.path = path; }

    base::Result<TestFile> read() {
        for (std::string_view line : base::split(text_, '\n')) {
            ++number_;
            if (line.ends_with('\r')) line.remove_suffix(1);
            const Words words(line);
            if (!words.error.empty()) return fail(words.error);
            if (words.list.empty()) continue;
            if (std::string problem = read_line(line, words); !problem.empty()) return fail(problem);
        }
        if (file_.configurations.empty()) return base::Error{file_.path + ": a line 'config FILE' is missing"};
        for (const Test& test : file_.tests) {
            number_ = test.line;
            if (test.question.url.empty()) return fail("this test has no 'request' line");
            if (test.expectations.empty()) return fail("this test expects nothing");
        }
        return std::move(file_);
    }

  private:
    base::Error fail(const std::string& text) const {
        return base::Error{fmt::format("{}:{}: {}", file_.path, number_, text)};
    }

    std::string read_line(std::string_view line, const Words& words) {
        const std::string& word = words.list[0];
        if (word == "config") {
            if (words.list.size() != 2) return "'config' expects one file";
            file_.configurations.push_back(words.list[1]);
            return {};
        }
        if (word == "test") {
            file_.tests.emplace_back();
            file_.tests.back().name = words.rest(line, 1);
            file_.tests.back().line = number_;
            return words.list.size() < 2 ? "'test' expects a name" : std::string();
        }
        if (file_.tests.empty()) return "'" + word + "' stands before the first 'test'";
        Test& test = file_.tests.back();
        if (word == "expect") return read_expectation(line, words, test);
        if (words.list.size() < 2) return "'" + word + "' expects a value";
        Question& question = test.question;
        if (word == "request") return read_request(words, question);
        if (word == "header") return read_header(words.rest(line, 1), question);
        if (word == "var") {
            if (words.list.size() < 3) return "'var' expects a name and a value";
            question.variables.emplace_back(words.list[1], words.rest(line, 2));
            return {};
        }
        if (word == "response") {
            question.response =
                question.response ? *question.response + "\n" + words.rest(line, 1) : words.rest(line, 1);
            return {};
        }
        if (word == "down") {
            question.down.insert(question.down.end(), words.list.begin() + 1, words.list.end());
            return {};
        }
        const std::pair<std::string_view, std::string Question::*> kTexts[] = {
            {"src", &Question::source},
            {"dst", &Question::destination},
            {"frontend", &Question::frontend},
            {"body", &Question::body},
        };
        for (const auto& [name, member] : kTexts) {
            if (word != name) continue;
            question.*member = words.rest(line, 1);
            return {};
        }
        const std::vector<std::string_view> known = {"config",   "test", "request", "header",   "src",  "dst",
                                                     "frontend", "body", "var",     "response", "down", "expect"};
        const std::string_view meant = base::nearest(word, known);
        if (!meant.empty()) return "unknown word '" + word + "': is '" + std::string(meant) + "' meant?";
        return "unknown word '" + word +
               "': config, test, request, header, src, dst, frontend, body, var, down, response or expect was expected";
    }

    static std::string read_request(const Words& words, Question& question) {
        if (words.list.size() < 3) return "'request' expects a method and a URL";
        question.method = words.list[1];
        question.url = words.list[2];
        if (words.list.size() > 3) question.version = words.list[3];
        return {};
    }

    static std::string read_header(const std::string& text, Question& question) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0) return "'header' expects 'Name: value'";
        question.headers.emplace_back(text.substr(0, colon), base::trim(std::string_view(text).substr(colon + 1)));
        return {};
    }

    std::string read_expectation(std::string_view line, const Words& words, Test& test) {
        Expectation expectation;
        expectation.text = base::trim(line);
        expectation.line = number_;
        std::size_t at = 1;
        const auto word = [&](std::size_t i) { return i < words.list.size() ? std::string_view(words.list[i]) : ""; };
        if (word(at) == "no") expectation.negated = true, ++at;
        const KindName* kind = nullptr;
        for (const KindName& row : kKinds)
            if (row.name == word(at)) kind = &row;
        if (!kind)
            return "'expect' does not know '" + std::string(word(at)) +
                   "': frontend, backend, server, status, location, body, log, request-header or response-header was "
                   "expected";
        expectation.kind = kind->kind;
        ++at;
        if (kind->named) {
            expectation.name = base::lower(word(at));
            if (expectation.name.ends_with(':')) expectation.name.pop_back();
            if (expectation.name.empty()) return "the name of a header is missing";
            ++at;
        }
        if (word(at) == "~") expectation.regex = true, ++at;
        expectation.value = words.rest(line, at);
        if (expectation.negated && !expectation.value.empty()) return "'expect no' takes no value";
        if (!expectation.negated && at >= words.list.size()) return "a value is missing";
        if (expectation.regex && !sample::Regex::compile(expectation.value, false).ok())
            return "'" + expectation.value + "' is no regular expression";
        test.expectations.push_back(std::move(expectation));
        return {};
    }

    std::string_view text_;
    TestFile file_;
    std::uint32_t number_ = 0;
};

}  // namespace

base::Result<TestFile> read_tests(std::string_view path, std::string_view text) { return Reader(path, text).read(); }

}  // namespace cfgproxy::explain
