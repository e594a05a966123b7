#include "config/print.h"

#include <catch2/catch.hpp>

using namespace cfgproxy;
using base::Diagnostics;
using base::Severity;
using config::print_caret;
using config::print_diagnostics;
using config::Source;

namespace {

base::Place place(const Source& source, std::uint32_t line, std::uint32_t column, std::uint32_t length,
                  std::size_t file = 0) {
    return {&source.files()[file].name, line, column, length};
}

const config::PrintOptions kPlain{.pid = 7, .version = "2.6.12", .executable = "/usr/sbin/haproxy"};

}  // namespace

TEST_CASE("messages stand as HAProxy prints them, file by file") {
    Source source;
    source.add_text("a.cfg", "global\n  foo bar\n  baz\n");
    source.add_text("b.cfg", "x\n");
    source.add_text("c.cfg", "y\n");
    Diagnostics diagnostics;
    diagnostics.alert(place(source, 3, 3, 3), "unknown keyword 'baz' in 'global' section");
    diagnostics.alert(place(source, 2, 3, 3), "unknown keyword 'foo' in 'global' section");
    base::Diagnostic out{Severity::alert, place(source, 1, 1, 1, 1), "unknown keyword 'x' out of section.", {}, true};
    out.tight = true;
    diagnostics.add(out);
    diagnostics.warning(place(source, 1, 1, 1, 2), "careful");
    diagnostics.general(Severity::warning, {}, "missing timeouts for frontend 'x'.");
    CHECK(print_diagnostics(diagnostics, source, kPlain) ==
          "[NOTICE]   (7) : haproxy version is 2.6.12\n"
          "[NOTICE]   (7) : path to executable is /usr/sbin/haproxy\n"
          "[ALERT]    (7) : config : parsing [a.cfg:2] : unknown keyword 'foo' in 'global' section\n"
          "[ALERT]    (7) : config : parsing [a.cfg:3] : unknown keyword 'baz' in 'global' section\n"
          "[ALERT]    (7) : config : Error(s) found in configuration file : a.cfg\n"
          "[ALERT]    (7) : config : parsing [b.cfg:1]: unknown keyword 'x' out of section.\n"
          "[ALERT]    (7) : config : Error(s) found in configuration file : b.cfg\n"
          "[WARNING]  (7) : config : parsing [c.cfg:1] : careful\n"
          "[WARNING]  (7) : config : missing timeouts for frontend 'x'.\n"
          "[ALERT]    (7) : config : Fatal errors found in configuration.\n");
}

TEST_CASE("notices alone are not introduced, warnings are not fatal") {
    Source source;
    source.add_text("a.cfg", "x\n");
    Diagnostics notices;
    notices.notice(place(source, 1, 1, 1), "hello");
    CHECK(print_diagnostics(notices, source, kPlain) == "[NOTICE]   (7) : config : parsing [a.cfg:1] : hello\n");
    Diagnostics warnings;
    warnings.warning(place(source, 1, 1, 1), "careful");
    CHECK(print_diagnostics(warnings, source, kPlain) ==
          "[NOTICE]   (7) : haproxy version is 2.6.12\n"
          "[NOTICE]   (7) : path to executable is /usr/sbin/haproxy\n"
          "[WARNING]  (7) : config : parsing [a.cfg:1] : careful\n");
    Diagnostics none;
    CHECK(print_diagnostics(none, source, kPlain).empty());
}

TEST_CASE("when reading was aborted the closing line is missing") {
    Source source;
    source.add_text("a.cfg", "x\n");
    Diagnostics diagnostics;
    diagnostics.alert(place(source, 1, 1, 1), "'stop'.");
    auto options = kPlain;
    options.aborted = true;
    options.executable.clear();
    CHECK(print_diagnostics(diagnostics, source, options) ==
          "[NOTICE]   (7) : haproxy version is 2.6.12\n"
          "[ALERT]    (7) : config : parsing [a.cfg:1] : 'stop'.\n"
          "[ALERT]    (7) : config : Error(s) found in configuration file : a.cfg\n");
}

TEST_CASE("a terminal gets the line, a caret and the hint") {
    Source source;
    source.add_text("a.cfg", "global\n\tmaxcon\t5\n");
    Diagnostics diagnostics;
    diagnostics.alert(place(source, 2, 2, 6), "unknown keyword 'maxcon' in 'global' section",
                      "did you mean 'maxconn'?");
    auto options = kPlain;
    options.terminal = true;
    CHECK(print_diagnostics(diagnostics, source, options) ==
          "[NOTICE]   (7) : haproxy version is 2.6.12\n"
          "[NOTICE]   (7) : path to executable is /usr/sbin/haproxy\n"
          "[ALERT]    (7) : config : parsing [a.cfg:2] : unknown keyword 'maxcon' in 'global' section\n"
          "          maxcon  5\n"
          "          ^^^^^^\n"
          "  did you mean 'maxconn'?\n"
          "[ALERT]    (7) : config : Error(s) found in configuration file : a.cfg\n"
          "[ALERT]    (7) : config : Fatal errors found in configuration.\n");
}

TEST_CASE("a caret counts columns, not bytes") {
    Source source;
    source.add_text("a.cfg",
                    "desc \xe6\x97\xa5\xe6\x9c\xac x\n"  // two wide characters
                    "e\xcc\x81 x\n"                      // a combining one
                    "\xff\x01 x\n"                       // no text at all
                    "\xef\xbb\xbfglobal x\n"             // a byte order mark
                    "\n");
    CHECK(print_caret(place(source, 1, 13, 1), source, 80) == "  desc \xe6\x97\xa5\xe6\x9c\xac x\n            ^\n");
    CHECK(print_caret(place(source, 1, 6, 6), source, 80) == "  desc \xe6\x97\xa5\xe6\x9c\xac x\n       ^^^^\n");
    CHECK(print_caret(place(source, 2, 5, 1), source, 80) == "  e\xcc\x81 x\n    ^\n");
    CHECK(print_caret(place(source, 3, 4, 1), source, 80) == "  ?? x\n     ^\n");
    CHECK(print_caret(place(source, 4, 1, 9), source, 80) == "  ?global x\n  ^^^^^^^\n");
    CHECK(print_caret(place(source, 5, 1, 1), source, 80).empty());
    CHECK(print_caret(place(source, 1, 0, 0), source, 80).empty());
    CHECK(print_caret(place(source, 1, 99, 1), source, 80) ==
          "  desc \xe6\x97\xa5\xe6\x9c\xac x\n" + std::string(13, ' ') + "^\n");  // behind the end
}

TEST_CASE("a line that is too long is cut around the caret") {
    Source source;
    source.add_text("a.cfg", std::string(100000, 'a') + " wrong " + std::string(100000, 'b') + "\nshort start " +
                                 std::string(300, 'c') + "\n");
    std::string middle = print_caret(place(source, 1, 100002, 5), source, 40);
    auto lf = middle.find('\n');
    CHECK(lf <= 40);
    CHECK(middle.substr(0, 5) == "  ...");
    CHECK(middle.substr(lf - 3, 3) == "...");
    CHECK(middle.substr(middle.find('^') - lf - 1, 5) == "wrong");
    CHECK(middle.substr(middle.find('^')) == "^^^^^\n");
    CHECK(print_caret(place(source, 2, 7, 5), source, 40) ==
          "  short start " + std::string(20, 'c') + "...\n        ^^^^^\n");
    std::string end = print_caret(place(source, 2, 312, 1), source, 40);
    CHECK(end == "  ..." + std::string(11, 'c') + "\n" + std::string(15, ' ') + "^\n");
}
