#include "config/crt_list.h"

#include <catch2/catch.hpp>

namespace cfgproxy::config {
namespace {

using net::CertificateFiles;
using net::OcspUpdate;

ListLine read(std::string_view text) {
    auto line = read_list_line(text, "list", 7);
    INFO((line ? std::string() : line.error()));
    REQUIRE(line.ok());
    return std::move(*line);
}

std::string error_of(std::string_view text) {
    auto line = read_list_line(text, "list", 7);
    return line ? "none" : line.error();
}

TEST_CASE("a line of a crt-list has a file, options and filters") {
    ListLine line = read("a.pem [verify required ca-file /ca alpn h2,http/1.1 ssl-min-ver TLSv1.2] *.a.example !x");
    CHECK(line.path == "a.pem");
    CHECK(line.options.any);
    CHECK(line.options.verify == net::TlsVerify::required);
    CHECK(line.options.ca_file == "/ca");
    CHECK(line.options.alpn == std::string("\x02h2\x08http/1.1"));
    CHECK(line.options.min == net::TlsVersion::tls12);
    CHECK(line.filters == std::vector<std::string>{"*.a.example", "!x"});
    line = read("\t b.pem\t a b ");
    CHECK(line.path == "b.pem");
    CHECK_FALSE(line.options.any);
    CHECK(line.filters == std::vector<std::string>{"a", "b"});
    CHECK(read("c.pem[no-alpn]x").options.alpn == std::string());
    CHECK(read("c.pem []").filters.empty());
    CHECK(read(" \t ").path.empty());
    line = read("d.pem [ocsp-update on key d.key]");
    CHECK(line.files.given == CertificateFiles::Given::in_list);
    CHECK(line.files.ocsp_update == OcspUpdate::on);
    CHECK(line.files.key == "d.key");
    CHECK(read("d.pem [jwt on]").files.jwt);
    CHECK(read("d.pem [acme on]").pending == "acme");
    CHECK_FALSE(read("d.pem x [verify none] y").warning.empty());
}

TEST_CASE("what is wrong with a line of a crt-list is said as HAProxy says it") {
    const std::string at = "parsing [list:7]: ";
    CHECK(error_of("[verify none] a.pem") == at + "file must start with a cert");
    CHECK(error_of("a.pem [verify none] [") == at + "too many '['");
    CHECK(error_of("a.pem [verify none] ]") == at + "too many ']'");
    CHECK(error_of("a.pem verify none]") == at + "missing '['");
    CHECK(error_of("a.pem [verify]") == "'verify' : missing verify method");
    CHECK(error_of("a.pem [ciphers]") == "'ciphers' : missing cipher suite");
    CHECK(error_of("a.pem [ciphers] x") == at + "ssl args out of '[]' for ciphers");
    CHECK(error_of("a.pem [zork]") == at + "unknown ssl keyword zork");
    CHECK(error_of("a.pem [ssl-min-ver TLSv9]") == "'TLSv9' : unknown ssl/tls version");
    CHECK(error_of(std::string(70000, 'x')) == at + "line too long, limit is 65535 characters");
    CHECK(error_of("a.pem [alpn " + std::string(300, 'x') + "]").starts_with("'alpn' : ALPN protocol name too long"));
}

TEST_CASE("a crt-list is read to its last line, and must end with a line end") {
    std::uint32_t last = 0;
    auto lines = read_list("# comment\na.pem\n\n\r\nb.pem x\r\n", "list", last);
    REQUIRE(lines.ok());
    REQUIRE(lines->size() == 2);
    CHECK((*lines)[0].number == 2);
    CHECK((*lines)[1].number == 5);
    CHECK((*lines)[1].filters == std::vector<std::string>{"x"});
    CHECK(last == 5);
    CHECK(read_list("a.pem\nb.pem", "list", last).error() ==
          "parsing [list:2]: Missing LF on last line, file might have been truncated at position 6.\n");
    CHECK(read_list(std::string_view("a\0b\n", 4), "list", last).error() ==
          "parsing [list:1]: Stray NUL character at position 2.\n");
}

TEST_CASE("options of a crt-list are written back in HAProxy's order") {
    const auto written = [](std::string_view text) {
        const ListLine line = read(text);
        return written_options(line.options, line.files);
    };
    CHECK(written("a.pem x").empty());
    CHECK(written("a.pem [ssl-max-ver TLSv1.2 verify none no-alpn]") == " [no-alpn verify none ssl-max-ver TLSv1.2]");
    CHECK(written("a.pem [ocsp-update off ciphers X alpn a,b]") == " [alpn a,b ciphers X ocsp-update off]");
    net::ListOptions options;
    options.ca_file = "ca";
    options.crl_file = "/crl";
    add_base(options, "/base");
    CHECK(options.ca_file == "/base/ca");
    CHECK(options.crl_file == "/crl");
}

TEST_CASE("a certificate is not taken with other parameters than before") {
    CertificateFiles none, on{.given = CertificateFiles::Given::in_list, .ocsp_update = OcspUpdate::on};
    CHECK(difference(none, none, false).empty());
    CHECK(difference(on, on, false).empty());
    CHECK(difference(none, on, false) ==
          "Can't use the certificate previously defined without any keyword with these keywords:\n"
          "- different parameter 'ocsp-update' : previously 'default' (ocsp-update.mode off) vs 'on'\n");
    CHECK(difference(on, none, true) ==
          "Can't use the certificate previously defined with keywords without these keywords:\n");
    CertificateFiles store{.given = CertificateFiles::Given::in_store, .key = "k"};
    CHECK(difference(store, none, false).empty());
}

}  // namespace
}  // namespace cfgproxy::config
