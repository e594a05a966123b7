#include "net/dummy_certificate.h"

#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "net/certificate.h"
#include "net/openssl_pointers.h"
#include "net/test_certificates.h"

using namespace cfgproxy::net;

TEST_CASE("a certificate is made of the key that was asked for, or it is said why not") {
    for (const CertificateFiles::Dummy& dummy : {CertificateFiles::Dummy{.on = true},
                                                 {.on = true, .key_type = "RSA", .bits = 1024},
                                                 {.on = true, .key_type = "ECDSA"},
                                                 {.on = true, .key_type = "ECDSA", .curves = "P-256"}}) {
        auto pem = make_dummy_pem(dummy);
        REQUIRE(pem.ok());
        auto made = Certificate::with(nullptr, "a", Certificate::Piece::pem, *pem);
        REQUIRE(made.ok());
        CHECK((*made)->key_fits());
    }
    CHECK(make_dummy_pem({.on = true, .key_type = "DSA"}).error() ==
          "keyword 'keytype' requires either 'RSA' or 'ECDSA'.");
    CHECK(make_dummy_pem({.on = true, .key_type = "ECDSA", .curves = "round"}).error() ==
          "unsupported curves 'round'.");
}

TEST_CASE("an encrypted key opens for its passphrase only") {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    const BioPointer out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key, EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
    EVP_PKEY_free(key);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    const std::string pem(bytes, static_cast<std::size_t>(size));
    CHECK(pem.find("ENCRYPTED") != std::string::npos);
    CHECK(decrypt_key(pem, "secret").starts_with("-----BEGIN PRIVATE KEY-----"));
    CHECK(decrypt_key(pem, "secret\n").empty());
    CHECK(decrypt_key("no key", "secret").empty());
}
