#include "net/tls_facts.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "net/tls.h"

namespace cfgproxy::net {
namespace {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Made = std::unique_ptr<X509, Free>;

/// Subject of the pairs given, in their order; not signed: nobody checks it.
Made make(std::initializer_list<std::pair<const char*, std::string>> subject,
          const char* not_before = "20240229120000Z", const char* not_after = "20510101000000Z") {
    Made made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), 0x0102ff);
    ASN1_TIME_set_string(X509_getm_notBefore(made.get()), not_before);
    ASN1_TIME_set_string(X509_getm_notAfter(made.get()), not_after);
    X509_NAME* name = X509_get_subject_name(made.get());
    for (const auto& [entry, value] : subject)
        X509_NAME_add_entry_by_txt(name, entry, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                   static_cast<int>(value.size()), -1, 0);
    return made;
}

TEST_CASE("names of certificates") {
    base::Arena arena;
    const Made made = make({{"C", "FR"}, {"OU", "one"}, {"OU", "two"}, {"CN", "a,b/c"}, {"1.2.3.4", "odd"}});
    const auto name = [&](NameQuery query) { return distinguished_name(*made, NameOf::subject, query, arena); };
    CHECK(name({}) == "/C=FR/OU=one/OU=two/CN=a,b/c/1.2.3.4=odd");
    CHECK(name({.entry = "ou"}) == "one");
    CHECK(name({.entry = "OU", .position = 2}) == "two");
    CHECK(name({.entry = "OU", .position = -1}) == "two");
    CHECK(name({.entry = "OU", .position = -2}) == "one");
    CHECK_FALSE(name({.entry = "OU", .position = 3}));
    CHECK_FALSE(name({.entry = "OU", .position = 0}));
    CHECK_FALSE(name({.entry = "O"}));
    CHECK(name({.entry = "1.2.3.4"}) == "odd");
    CHECK(name({.rfc2253 = true}).value().find("CN=a\\,b/c,OU=two,OU=one,C=FR") != std::string_view::npos);
    CHECK_FALSE(distinguished_name(*made, NameOf::issuer, {}, arena));
    CHECK_FALSE(distinguished_name(*make({}), NameOf::subject, {}, arena));
}

TEST_CASE("a name with a NUL in it is told whole") {
    base::Arena arena;
    const Made made = make({{"CN", std::string("good.example\0.evil", 18)}});
    CHECK(distinguished_name(*made, NameOf::subject, {.entry = "CN"}, arena) ==
          std::string_view("good.example\0.evil", 18));
}

TEST_CASE("times without their century") {
    base::Arena arena;
    CHECK(certificate_not_before(*make({}), arena) == "240229120000Z");
    CHECK(certificate_not_after(*make({}), arena) == "510101000000Z");
    CHECK_FALSE(certificate_not_before(*make({}, "19700101000000Z"), arena));
    CHECK_FALSE(certificate_not_after(*make({}, "20240101000000Z", "21000101000000Z"), arena));
}

TEST_CASE("serial numbers, versions and digests") {
    base::Arena arena;
    const Made made = make({{"CN", "a"}});
    CHECK(certificate_serial(*made, arena) == std::string_view("\x01\x02\xff", 3));
    CHECK(certificate_version(*made) == 3);
    CHECK_FALSE(certificate_alt_names(*made, arena));
}

std::string list(std::size_t size, std::string_view contents) {
    std::string text;
    for (std::size_t i = size; i-- > 0;) text += static_cast<char>(contents.size() >> (8 * i));
    return text.append(contents);
}

std::string extension(char type, std::string_view contents) { return std::string("\0", 1) + type + list(2, contents); }

std::string hello(std::string_view ciphers, std::string_view extensions) {
    const std::string body = std::string("\3\3") + std::string(32, 'r') + list(1, "") + list(2, ciphers) +
                             list(1, std::string_view("\0", 1)) + list(2, extensions);
    return "\1" + list(3, body);
}

TEST_CASE("what a client offers is kept as far as there is room") {
    const std::string all = extension(10, list(2, std::string_view("\0\x1d\0\x17", 4))) +
                            extension(11, list(1, std::string_view("\0", 1))) + extension(43, list(1, "\3\4\3\3")) +
                            extension(13, list(2, "\4\3"));
    const std::string message = hello("\x13\1\x13\2", all);
    auto kept = TlsHello::read(message, 100);
    REQUIRE(kept);
    CHECK(kept->version == 0x0303);
    CHECK(kept->ciphers == "\x13\1\x13\2");
    CHECK(kept->extensions == std::string_view("\0\n\0\v\0+\0\r", 8));
    CHECK(kept->groups == std::string_view("\0\x1d\0\x17", 4));
    CHECK(kept->point_formats == std::string_view("\0", 1));
    CHECK(kept->versions == "\3\4\3\3");
    CHECK(kept->signatures == "\4\3");
    const auto hash = kept->ciphers_hash;
    kept = TlsHello::read(message, 3);
    REQUIRE(kept);
    CHECK(kept->ciphers == "\x13\1\x13");
    CHECK(kept->extensions.empty());
    CHECK(kept->ciphers_hash == hash);
    for (std::size_t size = 0; size < message.size(); ++size) CHECK_FALSE(TlsHello::read(message.substr(0, size), 100));
}

TEST_CASE("lists that are longer than their extension are not taken") {
    const auto kept = TlsHello::read(hello("\x13\1", extension(10, "\xff\xff") + extension(13, "")), 100);
    REQUIRE(kept);
    CHECK(kept->groups.empty());
    CHECK(kept->signatures.empty());
}

TEST_CASE("lines of a key log") {
    TlsSecrets secrets;
    secrets.note("CLIENT_TRAFFIC_SECRET_0 abcd 0123");
    secrets.note("CLIENT_RANDOM abcd 4567");
    secrets.note("EXPORTER_SECRET");
    CHECK(secrets.of[TlsSecrets::client_traffic] == "0123");
    CHECK(secrets.of[TlsSecrets::exporter].empty());
}

}  // namespace
}  // namespace cfgproxy::net
