#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "explain/explain.h"

namespace cfgproxy::explain {

/// One `expect` line of a test.
struct Expectation {
    enum class Kind : std::uint8_t {
        frontend,
        backend,
        server,
        status,
        location,
        body,
        log,
        request_header,
        response_header,
    };
    Kind kind = Kind::status;
    std::string name;  ///< of the header
    std::string value;
    bool regex = false;    ///< `~ REGEX`
    bool negated = false;  ///< `expect no ...`: nothing of the kind
    std::string text;      ///< as written
    std::uint32_t line = 0;
};

/// One `test` of a file: a request and what is to become of it.
struct Test {
    std::string name;
    std::uint32_t line = 0;
    Question question;
    std::vector<Expectation> expectations;
};

/// A `.cfgtest` file: which configuration, and tests of it.
struct TestFile {
    std::string path;
    std::vector<std::string> configurations;  ///< as written; relative to the file's folder
    std::vector<Test> tests;
};

/// Reads a test file. The error says which line makes no sense, and what was expected there. `path` is only named.
base::Result<TestFile> read_tests(std::string_view path, std::string_view text);

/// What does not come as expected: a line each; empty if all does.
std::vector<std::string> check(const Test& test, const Explanation& told);

/// Which rules of a configuration were ever reached with a true condition.
class Coverage {
  public:
    explicit Coverage(const model::Config& config);
    void add(const Explanation& told);
    std::size_t rules() const { return rules_.size(); }
    std::size_t hit() const;
    /// The others, in the order of the file: "haproxy.cfg:12: http-request deny if x".
    std::vector<std::string> missed() const;

  private:
    struct Rule {
        std::string file;
        std::uint32_t line;
        std::string text;
        bool operator<(const Rule& other) const { return file != other.file ? file < other.file : line < other.line; }
    };
    void add(const base::Place& place, std::string text);
    std::set<Rule> rules_;
    std::set<std::pair<std::string, std::uint32_t>> hit_;
};

/// What came of one test.
struct TestResult {
    std::string name;
    std::uint32_t line = 0;
    std::vector<std::string> problems;  ///< check(); empty: passed
    std::string way;                    ///< of one that failed: the rules that decided
};

/// What came of a file of tests.
struct FileResult {
    std::string path;
    std::vector<TestResult> tests;
    std::size_t rules = 0, hit = 0;   ///< of the configuration
    std::vector<std::string> missed;  ///< Coverage::missed()
    std::size_t failed() const;
};

/// Runs tests one after the other.
FileResult run_tests(const TestFile& file, const model::Config& config);
/// For people: a line for each test (`quiet`: that failed), and for each that failed what was expected, what came, and
/// the rules that decided; then the rules that no test met.
std::string print_text(const FileResult& result, bool quiet);
/// For tools: one JSON object with all files.
std::string print_json(const std::vector<FileResult>& files);

}  // namespace cfgproxy::explain
