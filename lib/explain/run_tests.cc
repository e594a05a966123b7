#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "explain/cfgtest.h"
#include "sample/pattern.h"

namespace cfgproxy::explain {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// All that there is of what an expectation is about: several for headers of one name.
std::vector<std::string> found_values(const Expectation& expectation, const Explanation& told) {
    using Kind = Expectation::Kind;
    const auto one = [](const std::string& text) {
        return text.empty() ? std::vector<std::string>{} : std::vector<std::string>{text};
    };
    const auto fields = [&](const Fields& all) {
        std::vector<std::string> values;
        for (const auto& [name, value] : all)
            if (base::iequal(name, expectation.name)) values.push_back(value);
        return values;
    };
    switch (expectation.kind) {
        case Kind::frontend:
            return one(told.frontend);
        case Kind::backend:
            return one(told.backend);
        case Kind::server:
            return one(told.server);
        case Kind::status:
            return one(told.status == 0 ? std::string() : std::to_string(told.status));
        case Kind::location:
            return one(told.location);
        case Kind::body:
            return one(told.body_sent);
        case Kind::log:
            return one(told.log_line);
        case Kind::request_header:
            return fields(told.request_headers);
        case Kind::response_header:
            return fields(told.response_headers);
    }
    return {};
}

bool fits(const Expectation& expectation, const std::string& value) {
    if (!expectation.regex) return value == expectation.value;
    const auto regex = sample::Regex::compile(expectation.value, false);
    return regex.ok() && (*regex)->matches(value);
}

/// The rules that were tried, for whoever wonders why it went another way. Of those that did not hold the last ones.
void tell_way(const Explanation& told, std::string& out) {
    constexpr std::size_t kMost = 20;
    const auto is_rule = [](const Event& event) { return event.kind == Event::Kind::rule; };
    auto skipped =
        static_cast<std::size_t>(std::count_if(told.events.begin(), told.events.end(), [&](const Event& event) {
            return is_rule(event) && event.found != sample::Found::yes;
        }));
    skipped -= std::min(skipped, kMost);
    if (skipped) out += fmt::format("       no   {} more rules\n", skipped);
    for (const Event& event : told.events) {
        if (!is_rule(event)) continue;
        const bool holds = event.found == sample::Found::yes;
        if (!holds && skipped) {
            --skipped;
            continue;
        }
        std::string place = event.place.file ? fmt::format("{}:{}", *event.place.file, event.place.line) : "";
        out += fmt::format("       {}  {}  {}{}{}\n", holds ? "yes" : "no ", place, event.text,
                           event.verdict.empty() ? "" : ": ", event.verdict);
    }
    if (!told.answered_by.empty()) out += fmt::format("       answered with {} by {}\n", told.status, told.answered_by);
}

}  // namespace

std::vector<std::string> check(const Test& test, const Explanation& told) {
    std::vector<std::string> problems;
    if (!told.error.empty()) {
        problems.push_back(told.error);
        return problems;
    }
    for (const Expectation& expectation : test.expectations) {
        const auto values = found_values(expectation, told);
        bool good = expectation.negated && values.empty();
        for (const std::string& value : values) good = good || (!expectation.negated && fits(expectation, value));
        if (good) continue;
        std::string came;
        for (const std::string& value : values) came += (came.empty() ? "" : ", ") + ("'" + value + "'");
        problems.push_back(fmt::format("line {}: {}\n       but it is {}", expectation.line, expectation.text,
                                       came.empty() ? "not there" : came));
    }
    return problems;
}

Coverage::Coverage(const model::Config& config) {
    for (const auto& proxy : config.proxies) {
        if (proxy->disabled) continue;
        const std::pair<const char*, const model::RuleSet*> kSets[] = {
            {"tcp-request connection ", &proxy->tcp_request_connection},
            {"tcp-request session ", &proxy->tcp_request_session},
            {"tcp-request content ", &proxy->tcp_request_content},
            {"http-request ", &proxy->http_request},
            {"", &proxy->redirects},
            {"", &proxy->legacy_request},
            {"http-response ", &proxy->http_response},
            {"", &proxy->legacy_response},
            {"http-after-response ", &proxy->http_after_response},
        };
        for (const auto& [word, rules] : kSets)
            for (const model::Rule& rule : *rules) add(rule.place, word + rule.text);
        for (const model::UseBackend& rule : proxy->use_backends)
            add(rule.place, rule.text.empty() ? "use_backend " + rule.name : rule.text);
        for (const model::UseServer& rule : proxy->use_servers) add(rule.place, "use-server " + rule.name);
        if (proxy->is_frontend() && proxy->default_backend_proxy && proxy->default_backend_place.line)
            add(proxy->default_backend_place, "default_backend " + proxy->default_backend);
    }
}

void Coverage::add(const base::Place& place, std::string text) {
    if (place.file && place.line) rules_.insert({*place.file, place.line, std::move(text)});
}

void Coverage::add(const Explanation& told) {
    for (const auto& [place, text] : told.hit)
        if (place.file) hit_.emplace(*place.file, place.line);
}

std::size_t Coverage::hit() const {
    std::size_t count = 0;
    for (const Rule& rule : rules_) count += hit_.count({rule.file, rule.line});
    return count;
}

std::vector<std::string> Coverage::missed() const {
    std::vector<std::string> list;
    for (const Rule& rule : rules_)
        if (!hit_.count({rule.file, rule.line}))
            list.push_back(fmt::format("{}:{}: {}", rule.file, rule.line, rule.text));
    return list;
}

std::size_t FileResult::failed() const {
    return static_cast<std::size_t>(
        std::count_if(tests.begin(), tests.end(), [](const TestResult& test) { return !test.problems.empty(); }));
}

FileResult run_tests(const TestFile& file, const model::Config& config) {
    Coverage coverage(config);
    FileResult result{.path = file.path};
    for (const Test& test : file.tests) {
        const Explanation told = explain(config, test.question);
        coverage.add(told);
        TestResult& done = result.tests.emplace_back(TestResult{test.name, test.line, check(test, told), {}});
        if (done.problems.empty() || !told.error.empty()) continue;
        done.way = fmt::format("     The way of {}:\n", told.request_line);
        tell_way(told, done.way);
    }
    result.rules = coverage.rules();
    result.hit = coverage.hit();
    result.missed = coverage.missed();
    return result;
}

std::string print_text(const FileResult& result, bool quiet) {
    std::string out;
    for (const TestResult& test : result.tests) {
        if (test.problems.empty()) {
            if (!quiet) out += fmt::format("ok     {}\n", test.name);
            continue;
        }
        out += fmt::format("FAILED {}  ({}:{})\n", test.name, result.path, test.line);
        for (const std::string& problem : test.problems) out += fmt::format("     {}\n", problem);
        out += test.way;
    }
    out += fmt::format("{}: {} of {} rules were met\n", result.path, result.hit, result.rules);
    if (!quiet)
        for (const std::string& rule : result.missed) out += fmt::format("  never: {}\n", rule);
    return out;
}

std::string print_json(const std::vector<FileResult>& files) {
    base::JsonWriter to;
    const auto write_list = [&](std::string_view name, const std::vector<std::string>& list) {
        to.key(name);
        to.open('[');
        for (const std::string& item : list) to.value(item);
        to.close();
    };
    std::size_t tests = 0, failed = 0;
    to.open('{');
    to.key("files");
    to.open('[');
    for (const FileResult& file : files) {
        tests += file.tests.size(), failed += file.failed();
        to.open('{');
        to.member("file", file.path);
        to.key("tests");
        to.open('[');
        for (const TestResult& test : file.tests) {
            to.open('{');
            to.member("name", test.name);
            to.member("line", static_cast<std::int64_t>(test.line));
            to.member("passed", test.problems.empty());
            write_list("problems", test.problems);
            to.close();
        }
        to.close();
        to.member("rules", static_cast<std::int64_t>(file.rules));
        to.member("rules_met", static_cast<std::int64_t>(file.hit));
        write_list("never", file.missed);
        to.close();
    }
    to.close();
    to.member("passed", static_cast<std::int64_t>(tests - failed));
    to.member("failed", static_cast<std::int64_t>(failed));
    to.close();
    return to.take();
}

}  // namespace cfgproxy::explain
