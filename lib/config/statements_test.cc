#include "config/statements.h"

#include <catch2/catch.hpp>

using namespace cfgproxy;
using config::Statement;
using config::Word;

namespace {

/// Reads one text; shows words as [text@line:column+length], quoted ones with a q, and messages as they are.
struct Reading {
    config::Source source;
    config::Environment environment;
    base::Diagnostics diagnostics;
    config::Build build;
    std::vector<Statement> all;
    bool aborted = false;

    explicit Reading(std::string text = {}) {
        environment.set("HOST", "10.0.0.1");
        environment.set("LIST", " a  b\tc ");
        environment.set("EMPTY", "");
        environment.set("ODD", "x #y\"z'$A\\");
        if (!text.empty()) add(std::move(text)).read();
    }
    Reading& add(std::string text, std::string name = "t.cfg") {
        source.add_text(std::move(name), std::move(text));
        return *this;
    }
    Reading& read() {
        config::Statements statements(source, environment, diagnostics, build);
        for (Statement s; statements.next(s);) {
            if (s.words[0].text == "global" || s.words[0].text == "frontend")
                statements.set_section(s.words.back().text);
            if (s.words[0].text == "setenv") environment.set(s.words[1].text, s.words[2].text);
            if (s.words[0].text == "bad") diagnostics.alert(s.place, "bad");
            all.push_back(s);
        }
        aborted = statements.aborted();
        return *this;
    }
    std::string words() const {
        std::string out;
        for (const Statement& s : all) {
            for (const Word& w : s.words) out += "[" + std::string(w.text) + "]";
            out += "\n";
        }
        return out;
    }
    std::string places() const {
        std::string out;
        for (const Statement& s : all)
            for (const Word& w : s.words)
                out += std::string(w.text) + "@" + std::to_string(w.place.line) + ":" + std::to_string(w.place.column) +
                       "+" + std::to_string(w.place.length) + (w.quoted ? "q " : " ");
        return out;
    }
    std::string messages() const {
        std::string out;
        for (const auto& d : diagnostics.list())
            out += std::string(d.severity == base::Severity::alert     ? "A"
                               : d.severity == base::Severity::warning ? "W"
                                                                       : "N") +
                   std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + (d.tight ? " " : " : ") +
                   d.text + "\n";
        return out;
    }
};

/// The words of a correct text.
std::string words(std::string text) {
    Reading r(std::move(text));
    CHECK(r.messages() == "");
    return r.words();
}
std::string places(std::string text) { return Reading(std::move(text)).places(); }
std::string messages(std::string text) { return Reading(std::move(text)).messages(); }

}  // namespace

TEST_CASE("words: blanks, comments, empty lines") {
    CHECK(words("global#this is the global section\n daemon#daemonize\n\n \t\n# x\n\tmode   http # or tcp\n") ==
          "[global]\n[daemon]\n[mode][http]\n");
    CHECK(words("a\tb\vc\fd \t e\n") == "[a][b][c][d][e]\n");
    CHECK(words("a \n") == "[a]\n");
    CHECK(places("  a bc\t d\n") == "a@1:3+1 bc@1:5+2 d@1:9+1 ");
}

TEST_CASE("words: quotes") {
    CHECK(words("a \"b c\" 'd e' f\"g h\"'i j'k\n") == "[a][b c][d e][fg hi jk]\n");
    CHECK(words("a \"it's # no\tcomment\" '\"#\\ $A'\n") == "[a][it's # no\tcomment][\"#\\ $A]\n");
    CHECK(places("a \"b c\" x'y'z \"\"\n") == "a@1:1+1 b c@1:3+5q xyz@1:9+5q ");
    CHECK(words("log-format %{+Q}o\\ %t\\ %s\\ %{-Q}r\nlog-format \"%{+Q}o %t\"' %s'\\ %{-Q}r\n") ==
          "[log-format][%{+Q}o %t %s %{-Q}r]\n[log-format][%{+Q}o %t %s %{-Q}r]\n");
}

TEST_CASE("words: escapes outside of quotes") {
    CHECK(words("a\\ b \\#c \\\\ \\' \\\" \\n\\r\\t \\x41\\x2c\\x7E\n") == "[a b][#c][\\]['][\"][\n\r\t][A,~]\n");
    CHECK(words("\\1 \\. \\$ \\X41\n") == "[\\1][\\.][\\$][\\X41]\n");
    CHECK(words("a\\\tb c\\\n") == "[a\\][b][c\\]\n");  // a backslash protects no tab
    CHECK(words("a\\x00b c\n") == "[a][c]\n");          // words are C strings
    CHECK(places("a\\ b \\x41 c\n") == "a b@1:1+4 A@1:6+4 c@1:11+1 ");
}

TEST_CASE("words: escapes inside weak quotes") {
    CHECK(words("a \"\\ \\#\\\\\\'\\\"\\$\\n\\x41\\1\"\n") == "[a][ #\\'\"$\nA\\1]\n");
    CHECK(words("a '\\ \\n\\x'\n") == "[a][\\ \\n\\x]\n");
}

TEST_CASE("words: environment variables, in weak quotes only") {
    CHECK(words("a $HOST ${HOST} '$HOST' \"$HOST:80\" \"${HOST}x\" x\"$HOST\"\n") ==
          "[a][$HOST][${HOST}][$HOST][10.0.0.1:80][10.0.0.1x][x10.0.0.1]\n");
    CHECK(words("a \"${NONE-x y}\" \"${HOST-x}\" \"${EMPTY-x}y\" \"${NONE}y\"\n") == "[a][x y][10.0.0.1][y][y]\n");
    CHECK(words("a \"${NONE-\"#'\\}\"\n") == "[a][\"#'\\]\n");  // a default is taken as it stands
    CHECK(words("a \"$ODD\"\n") == "[a][x #y\"z'$A\\]\n");      // and so is a value
    CHECK(words("a \"$NONE-x$HOST[*]\"\n") == "[a][-x10.0.0.1[*]]\n");
    CHECK(places("a \"${HOST}\" b\n") == "a@1:1+1 10.0.0.1@1:3+9q b@1:13+1 ");
}

TEST_CASE("words: a list expands to several words, or to none") {
    CHECK(words("a \"${LIST[*]}\" z\n") == "[a][a][b][c][z]\n");
    CHECK(words("a x\"${LIST[*]}\"y z\n") == "[a][x][a][b][c][y][z]\n");
    CHECK(words("a \"${NONE[*]}\" \"${EMPTY[*]}\" z\n") == "[a][z]\n");
    CHECK(words("a \"${NONE[*]-1 2}\" z\n") == "[a][1][2][z]\n");
    CHECK(places("a \"${LIST[*]}\" z\n") == "a@1:1+1 a@1:3+12q b@1:3+12q c@1:3+12q z@1:16+1 ");
}

TEST_CASE("words: pseudo-variables") {
    Reading r("frontend \"$.LINE\"\n a \"$.FILE:$.LINE:${.SECTION}\"\n");
    CHECK(r.words() == "[frontend][1]\n[a][t.cfg:2:1]\n");
}

TEST_CASE("words: a variable set on one line is seen on the next") {
    CHECK(words("setenv NEW 5\na \"$NEW\"\nsetenv NEW 6\na \"$NEW\"\n") ==
          "[setenv][NEW][5]\n[a][5]\n[setenv][NEW][6]\n[a][6]\n");
}

TEST_CASE("words live on when the environment changes and the cursor is gone") {
    Reading r;
    r.add("a \"$HOST\" b\\ c\n").read();
    r.environment.set("HOST", std::string(100, 'x'));
    CHECK(r.words() == "[a][10.0.0.1][b c]\n");
}

TEST_CASE("lines: carriage returns end a line, but behind a blank they are one") {
    CHECK(words("global\r\n a b\r\n\r\nc\r\n") == "[global]\n[a][b]\n[c]\n");
    CHECK(words("a b\rc\nd \re\n") == "[a][b]\n[d][e]\n");
    CHECK(messages("  a \"b\r\n") == "A1:5 unmatched quote at position 5:\n  a \"b \n    ^\n");
}

TEST_CASE("lines: a missing line feed is an error behind the words") {
    Reading r("global\n  maxconn 5");
    CHECK(r.words() == "[global]\n[maxconn][5]\n");
    CHECK(r.messages() == "W2:12 Missing LF on last line, file might have been truncated at position 12.\n");
    CHECK(messages("a\n  ") == "W2:3 Missing LF on last line, file might have been truncated at position 3.\n");
}

TEST_CASE("lines: a NUL ends its line, and the file behind it") {
    Reading r(std::string("a\n  fo\0o bar\nb\n", 15));
    CHECK(r.words() == "[a]\n[fo]\n");
    CHECK(r.messages() == "A2:5 Stray NUL character at position 5.\n");
    CHECK(messages(std::string("a\n b\0\n", 6)) ==
          "A2:3 Missing LF on last line, file might have been truncated at position 3.\n");
    CHECK(messages(std::string("\0\nb\n", 4)) == "A1:1 Stray NUL character at position 1.\n");
}

TEST_CASE("lines: UTF-8 and other bytes are letters") {
    CHECK(places("# \xe6\x97\xa5\n \xe6\x97\xa5 \xff\xa0\x80 x\n") ==
          "\xe6\x97\xa5@2:2+3 \xff\xa0\x80@2:6+3 x@2:10+1 ");
}

TEST_CASE("lines: of any length") {
    std::string big(3000000, 'x');
    CHECK(words("a " + big + " \"" + big + " y\"\n") == "[a][" + big + "][" + big + " y]\n");
}

TEST_CASE("lines: 64 words at most") {
    std::string line = "foo";
    for (int i = 0; i < 63; ++i) line += " w" + std::to_string(i);
    CHECK(Reading(line + " \n").all[0].words.size() == 64);
    Reading r(line + " w63\nb\n");
    CHECK(r.messages() == "A1:243 too many words, truncating after word 64, position 243: <w62>.\n");
    CHECK(r.words() == "[b]\n");
}

TEST_CASE("faults: HAProxy's words, positions and excerpts") {
    CHECK(messages("  description \"foo bar\n") ==
          "A1:15 unmatched quote at position 15:\n  description \"foo bar\n              ^\n");
    CHECK(messages("\tdescription\t'it\xc3\xa9\t\fx\n") ==
          "A1:14 unmatched quote at position 14:\n  description 'it\?\?  x\n              ^\n");
    CHECK(messages("  description a\\x4g\n") ==
          "A1:16 truncated or invalid hexadecimal sequence at position 16:\n  description a\\x4g\n               ^\n");
    CHECK(messages("  description a\\x\n").substr(0, 70) ==
          "A1:16 truncated or invalid hexadecimal sequence at position 16:\n  desc");
    auto brace = [](std::string at) {
        return "A1:" + at + " unmatched brace in environment variable name at position " + at + ":\n";
    };
    auto first = [](std::string text) {
        std::string all = messages(std::move(text));
        return all.substr(0, all.find('\n') + 1);
    };
    CHECK(first("  description \"${FOO\"\n") == brace("17"));
    CHECK(first("  description \"${FOO-bar\"\n") == brace("17"));
    CHECK(first("  description \"${FOO }\"\n") == brace("17"));
    CHECK(first("a \"${FOO[*]\"\n") == brace("5"));
    auto name = [](std::string at) {
        return "A1:" + at + " forbidden first char in environment variable name at position " + at + ":\n";
    };
    CHECK(first("  description \"$1\"\n") == name("17"));
    CHECK(first("  description \"a$\"\n") == name("18"));
    CHECK(first("  description \"${}\"\n") == name("18"));
    CHECK(first("  description \"$.FOO\"\n") == name("17"));
    CHECK(first("a \"${FOO[a]}\"\n") == "A1:9 truncated or invalid word expansion sequence at position 9:\n");
}

TEST_CASE("faults: a long line is cut around the position") {
    CHECK(messages("  description " + std::string(5000, 'x') + " \"foo\n") ==
          "A1:5016 unmatched quote at position 5016:\n  ..." + std::string(36, 'x') + " \"foo...\n" +
              std::string(42, ' ') + "^\n");
}

TEST_CASE("faults do not hide each other") {
    Reading r("a \"b\nc 'd\ne\n");
    CHECK(r.diagnostics.alerts() == 2);
    CHECK(r.words() == "[e]\n");
}

TEST_CASE("faults: after fifty wrong lines the file is left") {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "bad\n";
    Reading r;
    r.add(text).add("after\n").read();
    CHECK(r.diagnostics.alerts() == 51);
    CHECK(r.diagnostics.list().back().text == "too many fatal errors (50), stopping now.");
    CHECK(r.diagnostics.list().back().place.line == 51);
    CHECK(r.all.back().words[0].text == "after");
}

TEST_CASE("1.5: a lone quote inside a word was a letter") {
    Reading r("stats realm Steve's\\ proxy \"$1\nreqrep ^x\"[^\"]*\"y\\1 \\\"\nacl a hdr_reg(x) a\"${b\n");
    REQUIRE(r.all.size() == 3);
    CHECK(r.messages() == "");
    CHECK(r.words() ==
          "[stats][realm][Steve's proxy][\"$1]\n"
          "[reqrep][^x\"[^\"]*\"y\\1][\\\"]\n"
          "[acl][a][hdr_reg(x)][a\"${b]\n");
    REQUIRE(r.all[0].modern_error);
    CHECK(r.all[0].modern_error->text.starts_with("unmatched quote at position 18:"));
    CHECK(r.all[0].modern_error->place.column == 18);
}

TEST_CASE("1.5: the warning names what all versions understand") {
    Reading r("realm it's\nrealm a\"$1\nrealm it\\x27s\n");
    REQUIRE(r.all.size() == 3);
    auto single = config::old_reading_warning(r.all[0], r.source);
    CHECK(single.severity == base::Severity::warning);
    CHECK(!single.fatal);
    CHECK(single.place.column == 9);
    CHECK(single.text ==
          "lone single quote read as an ordinary character, as HAProxy 1.5 does; later versions refuse it, and all "
          "understand \\x27.");
    CHECK(config::old_reading_warning(r.all[1], r.source).text.ends_with("all understand \\x22."));
    CHECK(r.all[2].words[1].text == "it's");
    CHECK(!r.all[2].modern_error);
}

TEST_CASE("1.5: not where today's reading works, nor for a quote in front of a word") {
    Reading r("realm it's\\ Bob's\n");
    CHECK(r.words() == "[realm][its\\ Bobs]\n");
    CHECK(!r.all[0].modern_error);
    CHECK(messages("realm 'Bob\n").starts_with("A1:7 unmatched quote at position 7:"));
    CHECK(messages("realm it's\\x\n").starts_with("A1:9 unmatched quote at position 9:"));  // wrong for 1.5 too
}

TEST_CASE("continued lines: a lone backslash at the end") {
    Reading r("a b \\\n\tc \\\r\n  d # e\nf\\\ng \\# \\\\\nh \\ \ni\n");
    CHECK(r.words() == "[a][b][c][d]\n[f\\]\n[g][#][\\]\n[h][ ]\n[i]\n");
    CHECK(r.all[0].continued);
    CHECK(!r.all[1].continued);
    CHECK(r.places().starts_with("a@1:1+1 b@1:3+1 c@2:2+1 d@3:3+1 f\\@4:1+2 "));
    CHECK(r.all[0].place.length == 3);
    CHECK(places("a b \\\n\n c\n") == "a@1:1+1 b@1:3+1 c@3:2+1 ");  // a blank line ends it
    CHECK(words("\\\na\n") == "[\\]\n[a]\n");                       // a line needs a word before it
    CHECK(Reading("a \\").words() == "[a][\\]\n");
    CHECK(Reading("a \"\\\\\"\nb\n").words() == "[a][\\]\n[b]\n");
    const std::string joined =
        "a lone backslash joins this line with the next one, while HAProxy takes it for an argument; write \"\\\\\" "
        "for a "
        "backslash.\n";
    CHECK(Reading(".if 0\na b \\\nc\n.endif\n").messages() == "");
    CHECK(Reading("a b \\\n\"c\nd\n").messages() ==
          "W1:5 " + joined + "A2:1 unmatched quote at position 1:\n  \"c\n  ^\n");
}

TEST_CASE("empty words end a statement") {
    Reading r("\"\" a\n\"$NONE\"\na b \"\" \"\"\nc \"$NONE\" d\n");
    CHECK(r.words() == "[a][b]\n[c]\n");
    CHECK(r.messages() ==
          "W4:3 argument number 1 at position 3 is empty and marks the end of the argument list:\n  c \"$NONE\" d\n"
          "    ^\n");
}

TEST_CASE("scopes") {
    Reading r("a\n[my-scope] # x\n b\n");
    CHECK(r.words() == "[a]\n[b]\n");
    CHECK(r.all[0].scope.empty());
    CHECK(r.all[1].scope == "my-scope");
    Reading bad;
    bad.add("[x\n []\n[a b]\nc\n").add("d\n").read();
    CHECK(bad.messages() ==
          "A1:2 : empty scope name is forbidden.\nA2:3 : empty scope name is forbidden.\n"
          "A3:3 : character ' ' is not permitted in a scope name.\n");
    CHECK(bad.words() == "[c]\n");
    CHECK(bad.aborted);
    Reading two("[a b]\na\nb\n\"c\n");  // HAProxy stops behind the next statement
    CHECK(two.words() == "[a]\n");
    CHECK(two.diagnostics.alerts() == 1);
    CHECK(two.aborted);
    CHECK(messages("[x] foo\n") == "A1:5 : character 'f' is not permitted after scope declaration.\n");
}

TEST_CASE("conditional lines") {
    CHECK(words(".if defined(HOST)\na\n.else\nb\n.endif\nc\n") == "[a]\n[c]\n");
    CHECK(words(".if streq(\"$HOST\",10.0.0.1) && !defined(NONE)\na\n.elif 1\nb\n.endif\n") == "[a]\n");
    CHECK(words(".if 0\n.if 1\na\n.endif\n.elif 0\nb\n.elif 1 # yes\nc\n.else\nd\n.endif\n") == "[c]\n");
    CHECK(words(".if\na\n.endif\n.if \"\"\nb\n.endif\n") == "");
    CHECK(words(".if 0\n.unknown\n.alert x\n.elif\n.endif\nb\n") == "[b]\n");
    CHECK(messages(".if 0\na \"b\n.endif\n").starts_with("A2:3 unmatched quote"));  // as HAProxy does
}

TEST_CASE("conditional lines: errors stop all reading") {
    auto stops = [](std::string text) {
        Reading r;
        r.add("a\n" + text).add("b\n").read();
        CHECK(r.aborted);
        CHECK(r.words() == "[a]\n");
        return r.messages();
    };
    CHECK(stops(".if 1 ||   foo\n.endif\n") ==
          "A2:5 unparsable conditional expression 'foo' in '.if' at position 6:\n  .if 1 || foo\n           ^\n");
    CHECK(stops(".if 0\n.elif foo\n") ==
          "A3:7 unparsable conditional expression 'foo' in '.elif' at position 1:\n"
          "  .elif foo\n        ^\n");
    CHECK(stops(".elif 1\n") == "A2:1 lone '.elif' with no matching '.if'.\n");
    CHECK(stops(" .else\n") == "A2:2 lone '.else' with no matching '.if'.\n");
    CHECK(stops(".endif\n") == "A2:1 lone '.endif' with no matching '.if'.\n");
    CHECK(stops(".endif") ==
          "A2:1 lone '.endif' with no matching '.if'.\n"
          "W2:7 Missing LF on last line, file might have been truncated at position 7.\n");
    CHECK(stops(".else") == "A2:1 lone '.else' with no matching '.if'.\n");
    CHECK(stops(".if 0\n.else\n.elif 1\n") == "A4:1 '.elif' after '.else' is not permitted.\n");
    CHECK(stops(".if 0\n.else foo\nb\n") ==
          "A3:7 Unexpected argument 'foo' for '.else'.\nA3:0 non-terminated '.if' block.\n");
    CHECK(stops(".if 0\nb\n") == "A3:0 non-terminated '.if' block.\n");
    CHECK(stops(".alert \"w x\"\nb\n") == "A2:1 'w x'.\n");
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += ".if 1\n";
    CHECK(stops(deep) == "A101:1 too many nested '.if', max is 100.\n");
}

TEST_CASE("status lines") {
    Reading r(".notice \"hello world\"\n.warning w\n.diag d\n.notice\n.warning a b\nx\n.foo\ny\n");
    CHECK(r.messages() ==
          "N1:1 'hello world'.\nW2:1 'w'.\nN4:1 ''.\n"
          "A5:12 Unexpected argument 'b' for '.warning'. Use quotes if the message should contain spaces.\n"
          "A7:1 unknown directive '.foo'.\n");
    CHECK(r.words() == "[x]\n");
    CHECK(!r.aborted);
    Reading diag;
    diag.build.diag = true;
    diag.add(".diag d\n").read();
    CHECK(diag.messages() == "N1:1 'd'.\n");
}

TEST_CASE("each file begins anew") {
    Reading r;
    r.add("global\na \"$.SECTION\"\n[s]\n", "1.cfg").add("b \"$.SECTION:$.LINE:$.FILE\"\n", "2.cfg").read();
    CHECK(r.words() == "[global]\n[a][global]\n[b][:1:2.cfg]\n");
    CHECK(r.all[2].scope.empty());
    CHECK(r.all[2].place.file == &r.source.files()[1].name);
}
