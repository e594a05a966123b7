// Where fetches may be used: their rows against the facts, and what files with a fetch at a wrong place are told.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "config/reader.h"
#include "sample/checkpoint.h"

using namespace cfgproxy;

namespace {

std::string digits(std::uint32_t places) {
    std::string text;
    for (int i = 0; i < sample::kCheckpoints; ++i) text += (places >> i) & 1 ? '1' : '0';
    return text;
}

constexpr std::string_view kQuiet = R"(defaults
 mode http
 timeout client 1s
 timeout server 1s
 timeout connect 1s
backend b
 server s 192.0.2.1:1
backend t
 stick-table type string size 10 store gpt0
)";  // nine lines

/// "A LINE: TEXT" for each alert and "W LINE: TEXT" for each warning of a file that begins quietly.
std::string said(std::string_view tail, std::string_view before = {}) {
    config::LoadOptions options;
    options.environment = {};
    auto loaded = config::load_text("t.cfg", std::string(before) + std::string(kQuiet) + std::string(tail), options);
    std::string text;
    for (const auto& d : loaded.diagnostics.list())
        if (d.severity == base::Severity::alert || d.severity == base::Severity::warning)
            text += (d.severity == base::Severity::alert ? "A " : "W ") + std::to_string(d.place.line) + ": " + d.text +
                    "\n";
    return text;
}

bool refused(std::string_view section, std::string_view line) {
    const std::string text = said(std::string(section) + " x\n" + (section == "backend" ? "" : " bind :1\n") +
                                  (section == "frontend" ? " default_backend b\n" : " server s2 192.0.2.1:2\n") + " " +
                                  std::string(line) + "\n");
    INFO(section << ": " << line << "\n" << text);
    const bool alert = text.find("A ") != std::string::npos;
    if (alert) CHECK(text.find("available here") != std::string::npos);
    return alert;
}

}  // namespace

TEST_CASE("fetches are valid where HAProxy says they are") {
    // Figures of an exchange that older releases gave anywhere.
    const std::map<std::string, std::string> wider = {{"bytes_in", "1111111111111111111101"},
                                                      {"bytes_out", "1111111111111111111101"}};
    std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../compat-tests/language/fetch-places.tsv");
    std::string line;
    std::getline(file, line);
    int rows = 0;
    while (std::getline(file, line)) {
        const std::string name = line.substr(0, line.find('\t'));
        const auto* fetch = base::Table<sample::Fetch>::find(name);
        INFO(name);
        REQUIRE(fetch);
        const auto known = wider.find(name);
        CHECK(digits(sample::valid_at(fetch->needs)) ==
              (known == wider.end() ? line.substr(line.find('\t') + 1) : known->second));
        ++rows;
    }
    CHECK(rows > 500);
}

TEST_CASE("expressions that never have a value are refused") {
    CHECK(refused("frontend", "http-request set-var(txn.a) res.hdr(a)"));
    CHECK(refused("frontend", "http-request set-var(txn.a) be_id"));
    CHECK(refused("frontend", "http-request capture res.hdr(a) len 10"));
    CHECK(refused("frontend", "http-response set-var(txn.a) path"));
    CHECK(refused("frontend", "tcp-request connection set-var(sess.a) ssl_fc"));
    CHECK(refused("frontend", "tcp-request connection track-sc0 path table t"));
    CHECK(refused("frontend", "tcp-request session set-var(sess.a) req.len"));
    CHECK(refused("frontend", "tcp-request content set-var(sess.a) be_name"));
    CHECK(refused("backend", "stick on status table t"));
    CHECK(refused("backend", "stick store-response path table t"));
    CHECK(refused("backend", "server s3 192.0.2.1:3 ssl verify none sni res.hdr(a)"));
    CHECK(refused("backend", "tcp-check connect port path"));
    // Tags are set, and counters added to, as if by a frontend.
    CHECK(refused("backend", "http-request sc-set-gpt0(0) be_id"));

    CHECK_FALSE(refused("backend", "http-request set-var(txn.a) be_id"));
    CHECK_FALSE(refused("listen", "http-request set-var(txn.a) be_id"));
    CHECK_FALSE(refused("frontend", "tcp-request session set-var(sess.a) ssl_fc"));
    CHECK_FALSE(refused("frontend", "http-response set-var(txn.a) method"));
    CHECK_FALSE(refused("frontend", "http-response set-var(txn.a) hdr(a)"));
    CHECK_FALSE(refused("backend", "stick store-response res.cook(a) table t"));
    CHECK_FALSE(refused("backend", "server s3 192.0.2.1:3 ssl verify none sni req.hdr(host)"));
}

TEST_CASE("formats with what never has a value are refused") {
    CHECK(refused("frontend", "http-response set-header a %[path]"));
    CHECK(refused("frontend", "http-request set-header a %[status]"));
    CHECK(refused("frontend", "http-request redirect location /%[res.hdr(a)]"));
    CHECK(refused("frontend", "http-response return status 200 content-type a lf-string %[req.hdr(a)]"));
    CHECK(refused("frontend", "use_backend %[be_name]"));
    CHECK(refused("frontend", "log-format %[path]"));
    CHECK(refused("frontend", "error-log-format %[res.hdr(a)]"));
    CHECK(refused("frontend", "unique-id-format %[status]"));
    CHECK(refused("backend", "http-check send hdr a %[path]"));

    CHECK_FALSE(refused("frontend", "http-request set-header a %[path]%[fe_name]"));
    CHECK_FALSE(refused("backend", "http-response set-header a %[srv_name]%[res.hdr(b)]"));
    CHECK_FALSE(refused("frontend", "log-format %[status]%[capture.req.hdr(0)]%[var(txn.a)]"));
    CHECK_FALSE(refused("backend", "log-format %[path]"));  // ignored there
    CHECK_FALSE(refused("backend", "http-check send hdr a %[be_name]%[srv_name]"));
}

TEST_CASE("a misplaced fetch is told with its place and what it needs") {
    CHECK(
        said("frontend x\n bind :1\n default_backend b\n http-response set-var(txn.a) path\n") ==
        "A 13: error detected in frontend 'x' while parsing 'http-response set-var(txn.a)' rule : fetch method 'path' "
        "extracts information from 'HTTP request headers', none of which is available here.\n");
    CHECK(said("frontend x\n bind :1\n default_backend b\n http-response set-header a %[path]\n") ==
          "A 13: 'http-response set-header' : sample fetch <path> may not be reliably used here because it needs 'HTTP "
          "request headers' which is not available here.\n");
    CHECK(said("", "global\n set-var proc.a nbsrv(b)\n") ==
          "A 2: fetch method 'nbsrv' extracts information from 'internal state', none of which is available here\n");
}

TEST_CASE("files of releases that only warned of misplaced fetches in formats are taken") {
    const std::string_view rules =
        "frontend x\n bind :1\n default_backend b\n http-response set-header a %[path]\n log-format %[path]\n";
    CHECK(said(rules, "global\n compat-version 1.6\n").find("A ") == std::string::npos);
    CHECK(said(rules, "global\n compat-version 1.6\n")
              .find("W 15: 'http-response set-header' : sample fetch <path> may not be reliably used") !=
          std::string::npos);
    CHECK(said(rules, "global\n compat-version 1.7\n").find("A 15: ") != std::string::npos);
    const std::string old = " reqadd X-Old:\\ 1\n";  // up to 2.0
    CHECK(said("frontend o\n bind :2\n default_backend b\n" + old + std::string(rules)).find("A ") ==
          std::string::npos);
    CHECK(said("frontend o\n bind :2\n default_backend b\n" + old + " http-request set-var(txn.a) uuid\n" +
               std::string(rules))
              .find("A ") != std::string::npos);
}
