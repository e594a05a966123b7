#include "sample/pattern.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <random>

#include "base/text.h"
#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

base::Arena arena;

std::unique_ptr<PatternSet> set_of(MatchKind kind, std::vector<std::string> patterns, bool ignore_case = false) {
    auto set =
        PatternSet::compile(kind, {.ignore_case = ignore_case, .no_dns = true}, {patterns.begin(), patterns.end()});
    REQUIRE(set.ok());
    return std::move(*set);
}

struct Line {
    std::string key, value;
    std::uint32_t line;
};
std::vector<Line> lines_of(const std::string& name, bool two_columns = false) {
    std::vector<Line> lines;
    const auto read = read_pattern_file(name, two_columns, [&](const FileLine& line) {
        lines.push_back({std::string(line.key), std::string(line.value), line.line});
    });
    REQUIRE(read.ok());
    return lines;
}
std::string failure_of(const std::string& name) {
    const auto read = read_pattern_file(name, false, [](const FileLine&) {});
    return read.ok() ? "none" : read.error();
}

bool hits(const PatternSet& set, std::string_view text) { return set.matches(Value::of_text(text), arena); }
bool hits(const PatternSet& set, std::int64_t number) { return set.matches(Value::of_int(number), arena); }
bool hits_ip(const PatternSet& set, std::string_view ip) {
    return set.matches(Value::of_ip(*net::Address::parse_ip(ip)), arena);
}

std::string error_of(MatchKind kind, std::vector<std::string> patterns) {
    std::size_t failed = 99;
    auto set = PatternSet::compile(kind, {.no_dns = true}, {patterns.begin(), patterns.end()}, &failed);
    return set.ok() ? "" : set.error() + " #" + std::to_string(failed);
}

bool is_delimiter(char c, bool domain) { return c == '/' || c == '?' || (domain && (c == '.' || c == ':')); }

/// The definition of `dir` and `dom`, as slow as it is plain.
bool has_word(std::string text, std::string pattern, bool domain) {
    while (!pattern.empty() && is_delimiter(pattern.front(), domain)) pattern.erase(0, 1);
    while (!pattern.empty() && is_delimiter(pattern.back(), domain)) pattern.pop_back();
    if (pattern.empty()) return false;
    for (std::size_t at = 0; at + pattern.size() <= text.size(); ++at) {
        if (text.compare(at, pattern.size(), pattern) != 0) continue;
        const bool begins = at == 0 || is_delimiter(text[at - 1], domain);
        const std::size_t end = at + pattern.size();
        if (begins && (end == text.size() || is_delimiter(text[end], domain))) return true;
    }
    return false;
}

bool plain_match(MatchKind kind, const std::string& text, const std::string& p) {
    switch (kind) {
        case MatchKind::str:
            return text == p;
        case MatchKind::beg:
            return text.starts_with(p);
        case MatchKind::end:
            return text.ends_with(p);
        case MatchKind::sub:
            return text.find(p) != text.npos;
        case MatchKind::dir:
            return has_word(text, p, false);
        default:
            return has_word(text, p, true);
    }
}

/// Index that HAProxy's maps would choose.
std::int64_t plain_find(MatchKind kind, const std::string& text, const std::vector<std::string>& patterns) {
    std::int64_t best = -1;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (!plain_match(kind, text, patterns[i])) continue;
        if (best < 0 || (kind == MatchKind::beg && patterns[i].size() > patterns[best].size()))
            best = static_cast<std::int64_t>(i);
    }
    return best;
}

}  // namespace

TEST_CASE("text sets of any size say what the plain definition says") {
    std::mt19937 random(7);
    auto word = [&](std::size_t longest) {
        std::string text;
        for (std::size_t n = 1 + random() % longest; n > 0; --n) text += "ab/.Ab?:/a"[random() % 10];
        return text;
    };
    const MatchKind kinds[] = {MatchKind::str, MatchKind::beg, MatchKind::end,
                               MatchKind::sub, MatchKind::dir, MatchKind::dom};
    for (int round = 0; round < 600; ++round) {
        const MatchKind kind = kinds[round % 6];
        const bool ignore_case = random() % 2;
        std::vector<std::string> patterns, folded;
        for (std::size_t n = 1 + random() % (round % 5 == 0 ? 60 : 9); n > 0; --n)
            patterns.push_back(word(random() % 2 ? 3 : 12));
        for (const auto& p : patterns) folded.push_back(ignore_case ? base::lower(p) : p);
        auto set = set_of(kind, patterns, ignore_case);
        for (int i = 0; i < 40; ++i) {
            const std::string text = i % 4 == 0 ? patterns[random() % patterns.size()] : word(i % 2 ? 6 : 20);
            INFO(name_of(kind) << " of " << text << " among " << patterns.size());
            REQUIRE(set->find(Value::of_text(text), arena) ==
                    plain_find(kind, ignore_case ? base::lower(text) : text, folded));
        }
    }
}

TEST_CASE("texts longer than any stack buffer are folded, too") {
    const std::string big(1000, 'A');
    CHECK(hits(*set_of(MatchKind::sub, {"x", "aaab"}, true), big + "B"));
    CHECK(hits(*set_of(MatchKind::str, {std::string(1000, 'a'), "1", "2", "3", "4"}, true), big));
    CHECK(hits(*set_of(MatchKind::end, {std::string(999, 'a'), "1", "2", "3", "4"}, true), big));
    CHECK(!hits(*set_of(MatchKind::beg, {"b"}, true), big));
}

TEST_CASE("an empty set matches nothing") {
    for (auto kind : {MatchKind::str, MatchKind::beg, MatchKind::end, MatchKind::sub, MatchKind::dir, MatchKind::dom,
                      MatchKind::reg, MatchKind::len})
        CHECK(!hits(*set_of(kind, {}), "text"));
    CHECK(!hits(*set_of(MatchKind::integer, {}), 5));
    CHECK(!hits_ip(*set_of(MatchKind::ip, {}), "1.2.3.4"));
    CHECK(set_of(MatchKind::str, {})->size() == 0);
}

TEST_CASE("ranges of numbers") {
    auto set = set_of(MatchKind::integer, {"5", "10:20", "15-30", ":-7", "1000:"});
    for (std::int64_t yes : {5, 10, 20, 25, 30, -7, -1000, 1000, 99999}) CHECK(hits(*set, yes));
    for (std::int64_t no : {4, 6, 9, 31, -6, 0, 999}) CHECK(!hits(*set, no));
    CHECK(hits(*set, INT64_MAX));
    CHECK(hits(*set, INT64_MIN));
    // Of ranges that overlap the first one counts, as in map_int.
    CHECK(set->find(Value::of_int(17), arena) == 1);
    CHECK(set->find(Value::of_int(25), arena) == 2);
    CHECK(set_of(MatchKind::integer, {"1:100", "50", "0:1000"})->find(Value::of_int(50), arena) == 0);
    CHECK(set_of(MatchKind::integer, {"50", "1:100", "0:1000"})->find(Value::of_int(51), arena) == 1);
    CHECK(hits(*set_of(MatchKind::len, {"2:3"}), "abc"));
    CHECK(!hits(*set_of(MatchKind::len, {"2:3"}), "abcd"));
    CHECK(error_of(MatchKind::integer, {"1", "x"}) == "'x' is not a number #1");
    CHECK(error_of(MatchKind::integer, {"7:5"}) == "'7:5' is not a valid number range #0");
    CHECK(error_of(MatchKind::integer, {":"}) == "':' is not a valid number range #0");
    CHECK(error_of(MatchKind::integer, {"99999999999999999999"}) == "'99999999999999999999' is not a number #0");
}

TEST_CASE("overlapping ranges against the plain definition") {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::string> patterns;
        std::vector<std::pair<int, int>> ranges;
        for (std::size_t n = 1 + random() % 12; n > 0; --n) {
            int low = static_cast<int>(random() % 40), high = low + static_cast<int>(random() % 15);
            ranges.push_back({low, high});
            patterns.push_back(std::to_string(low) + ":" + std::to_string(high));
        }
        auto set = set_of(MatchKind::integer, patterns);
        for (int number = -2; number < 60; ++number) {
            std::int64_t expected = -1;
            for (std::size_t i = ranges.size(); i-- > 0;)
                if (ranges[i].first <= number && number <= ranges[i].second) expected = static_cast<std::int64_t>(i);
            REQUIRE(set->find(Value::of_int(number), arena) == expected);
        }
    }
}

TEST_CASE("addresses and networks") {
    auto set = set_of(MatchKind::ip, {"10.0.0.0/8", "10.1.0.0/255.255.0.0", "192.0.2.1", "2001:db8::/32", "::1"});
    for (const char* yes :
         {"10.9.9.9", "10.1.2.3", "192.0.2.1", "2001:db8:1::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "2002:a00:1::"})
        CHECK(hits_ip(*set, yes));
    for (const char* no : {"11.0.0.0", "192.0.2.2", "2001:db9::", "::2", "::ffff:11.0.0.1", "2002:b00:1::"})
        CHECK(!hits_ip(*set, no));
    // The longest prefix, as in map_ip.
    CHECK(set->find(Value::of_ip(*net::Address::parse_ip("10.1.2.3")), arena) == 1);
    CHECK(set->find(Value::of_ip(*net::Address::parse_ip("10.2.2.3")), arena) == 0);
    CHECK(set->which(Value::of_ip(*net::Address::parse_ip("::1")), arena) == "::1");
    CHECK(hits_ip(*set_of(MatchKind::ip, {"0.0.0.0/0"}), "255.255.255.255"));
    CHECK(hits_ip(*set_of(MatchKind::ip, {"::/0"}), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    CHECK(hits_ip(*set_of(MatchKind::ip, {"::ffff:1.2.3.0/120"}), "1.2.3.4"));
    CHECK(hits_ip(*set_of(MatchKind::ip, {"1.0.0.4/255.0.0.255"}), "1.2.3.4"));
    CHECK(!hits_ip(*set_of(MatchKind::ip, {"1.0.0.4/255.0.0.255"}), "1.2.3.5"));
    for (const char* bad : {"1.2.3.4/33", "1.2.3.4/", "::1/129", "::1/", "1.2.3", "", "*", "[::1]", "x/8"})
        CHECK(error_of(MatchKind::ip, {"::1", bad}) ==
              "'" + std::string(bad) + "' is not a valid IPv4 or IPv6 address #1");
}

TEST_CASE("regular expressions, methods, bytes, booleans") {
    CHECK(hits(*set_of(MatchKind::reg, {"^x", "^/a.c$"}), "/abc"));
    CHECK(!hits(*set_of(MatchKind::reg, {"^x", "^/a.c$"}), "/ABC"));
    CHECK(hits(*set_of(MatchKind::reg, {"^/a.c$"}, true), "/ABC"));
    CHECK(hits(*set_of(MatchKind::reg, {"^$"}), std::string_view{}));
    CHECK(error_of(MatchKind::reg, {"a", "("}) ==
          "regex '(' is invalid (error=missing closing parenthesis, erroffset=1) #1");
    auto methods = set_of(MatchKind::method, {"POST", "FOO"});
    CHECK(methods->matches(Value::of_method(http::Method::post, "POST"), arena));
    CHECK(methods->matches(Value::of_method(http::Method::other, "FOO"), arena));
    CHECK(!methods->matches(Value::of_method(http::Method::other, "foo"), arena));
    CHECK(!methods->matches(Value::of_method(http::Method::get, "GET"), arena));
    CHECK(set_of(MatchKind::method, {"FOO"}, true)->matches(Value::of_method(http::Method::other, "foo"), arena));
    CHECK(set_of(MatchKind::bin, {"00ff", "616263"})->matches(Value::of_bytes("abc"), arena));
    CHECK(error_of(MatchKind::bin, {"0"}) == "an even number of hex digit is expected #0");
    CHECK(error_of(MatchKind::bin, {"0g"}) == "an hex digit is expected (found 'g') #0");
    CHECK(hits(*set_of(MatchKind::boolean, {"ignored"}), 1));
}

TEST_CASE("groups of a match, and what is left of a text") {
    auto regex = *Regex::compile("(a)(x)?(b)", false);
    std::size_t offsets[20];
    REQUIRE(regex->match("zab", 0, offsets, 10) == 4);
    CHECK(offsets[0] == 1);
    CHECK(offsets[1] == 3);
    CHECK(offsets[4] == ~std::size_t{0});
    CHECK(regex->match("zab", 2, offsets, 10) == 0);
    auto anchored = *Regex::compile("^a", false);
    CHECK(anchored->match("a", 0, offsets, 10) == 1);
    CHECK(anchored->match("a", 0, offsets, 10, true) == 0);
}

TEST_CASE("a regular expression that would never end gives up") {
    auto regex = *Regex::compile("^(a+)+$", false);
    CHECK(!regex->matches(std::string(40, 'a') + "b"));
}

TEST_CASE("words behind -m") {
    MatchKind kind;
    CHECK((find_match("beg", kind) && kind == MatchKind::beg));
    CHECK((find_match("found", kind) && kind == MatchKind::found));
    CHECK(!find_match("method", kind));
    CHECK(!find_match("group", kind));
    CHECK(!find_match("regm", kind));
    for (const Match* row : base::Table<Match>::all()) {
        CHECK(find_match(row->name, kind));
        CHECK(kind == row->kind);
        CHECK(name_of(kind) == row->name);
    }
}

TEST_CASE("pattern files keep blanks at the end, map files do not") {
    const TestFile file("# comment\n\n  lead\ntwo words  \r\n #no comment\nkey \t value one \nlast");
    const std::string& path = file.path();
    auto lines = lines_of(path);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0].key == "lead");
    CHECK(lines[0].line == 3);
    CHECK(lines[1].key == "two words  ");
    CHECK(lines[2].key == "#no comment");
    CHECK(lines[4].key == "last");
    auto map = lines_of(path, true);
    REQUIRE(map.size() == 5);
    CHECK(map[1].key == "two");
    CHECK(map[1].value == "words");
    CHECK(map[3].value == "value one");
    CHECK(map[4].value.empty());
    CHECK(failure_of("/nonexistent") == "failed to open pattern file </nonexistent>");
    CHECK(failure_of("file@/nonexistent") == "failed to open pattern file </nonexistent>");
    CHECK(lines_of("opt@/nonexistent").empty());
    CHECK(lines_of("virt@/etc/passwd").empty());
    CHECK(lines_of("opt@/etc/passwd").size() == lines_of("/etc/passwd").size());
    CHECK(failure_of("virt@") == "failed to open pattern file <virt@>");
}

TEST_CASE("long pattern files are read whole, whatever their first lines promise") {
    const std::string path = "/tmp/cfgproxy-pattern-test-long-" + std::to_string(getpid());
    std::ofstream file(path);
    for (int i = 0; i < 5000; ++i) file << std::string(i < 1024 ? 90 : 1, 'x') << i << "\n";
    file.close();
    const auto lines = lines_of(path);
    std::remove(path.c_str());
    CHECK(lines.size() == 5000);
    CHECK(lines.back().key == "x4999");
    CHECK(lines.back().line == 5000);
}

TEST_CASE("beginnings that share more than 8 bytes, and those that share less") {
    const auto set =
        set_of(MatchKind::beg, {"/stem", "/stem/abcdefgh", "/stem/abcdefghij", "/stem/abcdefgX", "/stem/ab"});
    const auto found = [&](std::string_view text) { return set->find(Value::of_text(text), arena); };
    CHECK(found("/stem/abcdefghijk") == 2);
    CHECK(found("/stem/abcdefghi") == 1);
    CHECK(found("/stem/abcdefgXY") == 3);
    CHECK(found("/stem/abcdefgY") == 4);
    CHECK(found("/stem/b") == 0);
    CHECK(found("/ste") == -1);
}

TEST_CASE("a large set is searched, not walked through") {
    std::vector<std::string> patterns;
    for (int i = 0; i < 200000; ++i) patterns.push_back("/item/" + std::to_string(i * 7919) + "/");
    for (auto kind : {MatchKind::str, MatchKind::beg, MatchKind::sub, MatchKind::dir}) {
        auto set = set_of(kind, patterns);
        int found = 0;
        for (int i = 0; i < 20000; ++i) found += hits(*set, patterns[(i * 31) % patterns.size()]);
        CHECK(found == 20000);
    }
}
