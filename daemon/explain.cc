// `cfgproxy explain` and `cfgproxy test`: what a configuration does with a request, asked without running it.
#include "explain/explain.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/offline.h"
#include "base/text.h"
#include "configuration.h"
#include "explain/cfgtest.h"
#include "subcommand.h"

namespace cfgproxy::daemon {

namespace {

std::string problem_of(const Messages& messages, std::string_view subcommand, std::string_view text) {
    return fmt::format("{} {}: {}\n", messages.name(), subcommand, text);
}

/// The whole file, or standard input for "-". False if it cannot be read.
bool read_file(const std::string& path, std::string& text) {
    if (path == "-") {
        char buffer[4096];
        while (std::size_t count = std::fread(buffer, 1, sizeof buffer, stdin)) text.append(buffer, count);
        return true;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    text.assign(std::istreambuf_iterator<char>(file), {});
    return true;
}

/// The model of files that are only looked at: what cfgproxy does not execute yet is told of, and passed over. Null
/// after the messages were printed.
std::unique_ptr<model::Config> look_into(const std::vector<std::string>& files, Messages& messages) {
    Options options;
    options.files = files;
    config::LoadOptions load = load_options(options);
    load.keep_pending = true;
    base::offline() = true;  // servers that have no address here may have one there
    config::Loaded loaded = config::load(files, load);
    if (!loaded.config) {
        messages.laid_out(lay_out(loaded, messages));
        return nullptr;
    }
    if (const std::size_t pending = loaded.diagnostics.pendings(); pending > 0)
        fmt::print(stderr,
                   "Note: {} of the words in these files {} not executed by cfgproxy yet; they count for nothing here. "
                   "'cfgproxy -c' lists them.\n\n",
                   pending, pending == 1 ? "is" : "are");
    return std::move(loaded.config);
}

/// "GET https://host/path HTTP/1.1": one word of the command line or several.
bool read_request(const std::vector<std::string>& operands, explain::Question& question) {
    std::vector<std::string> words;
    for (const std::string& operand : operands)
        for (std::string_view word : base::split(operand, ' '))
            if (!word.empty()) words.emplace_back(word);
    // A lone word is what to get; a lone method is a request that lost its end.
    if (words.size() == 1 && (words[0] == "*" || words[0].find('/') != std::string::npos))
        words.insert(words.begin(), "GET");
    if (words.size() < 2 || words.size() > 3) return false;
    question.method = words[0];
    question.url = words[1];
    if (words.size() == 3) question.version = words[2];
    return true;
}

/// "Name: value" and "name=value". False if the sign between them is missing.
bool read_pairs(const std::vector<std::string>& texts, char sign,
                std::vector<std::pair<std::string, std::string>>& pairs, std::string& problem) {
    for (const std::string& text : texts) {
        const std::size_t at = text.find(sign);
        if (at == std::string::npos || at == 0) {
            problem = fmt::format("'{}' has no '{}' behind a name", text, sign);
            return false;
        }
        pairs.emplace_back(base::trim(std::string_view(text).substr(0, at)),
                           base::trim(std::string_view(text).substr(at + 1)));
    }
    return true;
}

/// Fills `question` from the command line; the text says what makes no sense.
std::string read_question(const Arguments& arguments, explain::Question& question) {
    std::string problem;
    if (!read_request(arguments.operands(), question)) return "a request is expected, as 'GET https://host/path'";
    if (!read_pairs(arguments.values("-H"), ':', question.headers, problem)) return problem;
    if (!read_pairs(arguments.values("--set-var"), '=', question.variables, problem)) return problem;
    question.frontend = arguments.value("--frontend");
    question.source = arguments.value("--src", question.source);
    question.destination = arguments.value("--dst");
    question.down = arguments.values("--down");
    if (arguments.has("--body") && !read_file(arguments.value("--body"), question.body))
        return fmt::format("cannot read '{}'", arguments.value("--body"));
    if (arguments.has("--response")) {
        std::string response = arguments.value("--response");
        if (response.starts_with('@')) {
            std::string text;
            if (!read_file(response.substr(1), text)) return fmt::format("cannot read '{}'", response.substr(1));
            response = std::move(text);
        }
        question.response = std::move(response);
    }
    return {};
}

int run_explain(const Arguments& arguments, Messages& messages) {
    explain::Question question;
    std::string problem = read_question(arguments, question);
    if (problem.empty() && !arguments.has("-f")) problem = "-f FILE is missing: which configuration?";
    if (!problem.empty()) {
        std::fputs(problem_of(messages, "explain", problem).c_str(), stderr);
        return 2;
    }
    const auto config = look_into(arguments.values("-f"), messages);
    if (!config) return 2;
    const explain::Explanation told = explain::explain(*config, question);
    if (arguments.has("--json")) {
        std::fputs(explain::print_json(told).c_str(), stdout);
    } else if (told.error.empty()) {
        std::fputs(explain::print_text(told, isatty(STDOUT_FILENO) == 1).c_str(), stdout);
    } else {
        std::fputs(problem_of(messages, "explain", told.error).c_str(), stderr);
    }
    return told.error.empty() ? 0 : 2;
}

/// One file of tests. Its status: 0 all well, 1 a test failed, 2 it could not be run; what came of it goes to `done`.
int run_file(const std::string& path, const Arguments& arguments, Messages& messages,
             std::vector<explain::FileResult>& done) {
    std::string text;
    if (!read_file(path, text)) {
        std::fputs(problem_of(messages, "test", "cannot read '" + path + "'").c_str(), stderr);
        return 2;
    }
    auto file = explain::read_tests(path, text);
    if (!file.ok()) {
        std::fputs(problem_of(messages, "test", file.error()).c_str(), stderr);
        return 2;
    }
    std::vector<std::string> configurations;
    const auto folder = std::filesystem::path(path).parent_path();
    for (const std::string& name : file->configurations) {
        const std::filesystem::path configuration(name);
        configurations.push_back(configuration.is_absolute() ? name : (folder / configuration).string());
    }
    const auto config = look_into(configurations, messages);
    if (!config) return 2;
    done.push_back(explain::run_tests(*file, *config));
    if (!arguments.has("--json"))
        std::fputs(explain::print_text(done.back(), arguments.has("--quiet")).c_str(), stdout);
    return done.back().failed() > 0;
}

int run_tests(const Arguments& arguments, Messages& messages) {
    int status = 0;
    std::vector<explain::FileResult> done;
    for (const std::string& path : arguments.operands())
        status = std::max(status, run_file(path, arguments, messages, done));
    if (arguments.has("--json")) {
        std::fputs(explain::print_json(done).c_str(), stdout);
        return status;
    }
    std::size_t tests = 0, failed = 0;
    for (const explain::FileResult& file : done) tests += file.tests.size(), failed += file.failed();
    if (tests > 0) fmt::print("{} passed, {} failed\n", tests - failed, failed);
    return status;
}

constexpr Flag kExplainFlags[] = {
    {"-f", "FILE", "the configuration; may be repeated"},
    {"-H", "'NAME: VALUE'", "a header of the request; may be repeated"},
    {"--body", "FILE", "the request's body ('-': standard input)"},
    {"--down", "BACKEND/SERVER", "a server that does not run; may be repeated"},
    {"--dst", "ADDRESS[:PORT]", "where the client connects to; by default what the URL or the frontend says"},
    {"--frontend", "NAME", "the frontend; by default the one that listens there"},
    {"--json", {}, "one JSON object instead of text"},
    {"--response", "TEXT|@FILE", "the server's answer: a status line, headers, a body; by default 200"},
    {"--set-var", "NAME=VALUE", "a variable that is set already (txn.x=1); may be repeated"},
    {"--src", "ADDRESS[:PORT]", "the client; by default 192.0.2.1"},
};
constexpr Flag kTestFlags[] = {
    {"--json", {}, "one JSON object instead of text"},
    {"--quiet", {}, "only what fails"},
};

constexpr Subcommand kRows[] = {
    {.name = "explain",
     .operands = "'METHOD URL'",
     .help = "shows what a configuration does with a request, rule by rule",
     .flags = kExplainFlags,
     .least = 1,
     .run = run_explain},
    {.name = "test",
     .operands = "FILE.cfgtest...",
     .help = "checks what a configuration does with requests, and which rules they meet",
     .flags = kTestFlags,
     .least = 1,
     .run = run_tests},
};
const base::Table<Subcommand> kRegistered{kRows};

}  // namespace

}  // namespace cfgproxy::daemon
