#include "net/certificate.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "net/base64.h"
#include "net/certificate_text.h"
#include "net/ocsp.h"
#include "net/openssl_pointers.h"
#include "net/test_certificates.h"
#include "net/tls_store.h"
#include "net/tls_tickets.h"

namespace cfgproxy::net {
namespace {

using Piece = Certificate::Piece;

struct Halves {
    std::string certificate, key;
    explicit Halves(const std::string& pem) {
        const std::size_t at = pem.find("-----BEGIN PRIVATE");
        certificate = pem.substr(0, at);
        key = pem.substr(at);
    }
};

std::shared_ptr<const Certificate> make(const char* name, const char* alternatives = nullptr) {
    auto made = Certificate::make(name, {.pem = make_pem(name, alternatives)});
    REQUIRE(made.ok());
    return *made;
}

struct Issued {
    X509Pointer certificate{X509_new()};
    KeyPointer key{EVP_EC_gen("P-256")};
    std::string pem() const {
        BIO* out = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(out, certificate.get());
        return drain(out);
    }
    std::string key_pem() const {
        BIO* out = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return drain(out);
    }
};

/// Signed by another one, or by itself.
Issued issue(const char* name, const Issued* by = nullptr) {
    Issued made;
    X509* x509 = made.certificate.get();
    X509_set_version(x509, 2);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(by ? by->certificate.get() : x509));
    X509_sign(x509, by ? by->key.get() : made.key.get(), EVP_sha256());
    return made;
}

TEST_CASE("the way to the root, without it, is found once in whatever stands behind a certificate") {
    const Issued root = issue("root"), middle = issue("middle", &root), leaf = issue("a.example", &middle);
    const std::string stranger = issue("stranger").pem();
    auto made = Certificate::make("x", {.pem = leaf.key_pem() + leaf.pem() + root.pem() + stranger + middle.pem()});
    REQUIRE(made.ok());
    CHECK(sk_X509_num((*made)->chain()) == 3);
    const STACK_OF(X509)* way = (*made)->chain_without_root();
    REQUIRE(sk_X509_num(way) == 1);
    CHECK(X509_cmp(sk_X509_value(way, 0), middle.certificate.get()) == 0);
    CHECK((*made)->chain_without_root() == way);
    // Another certificate under the name has another way.
    auto next = Certificate::with(made->get(), "x", Piece::pem, leaf.key_pem() + leaf.pem() + stranger);
    REQUIRE(next.ok());
    CHECK(sk_X509_num((*next)->chain_without_root()) == 0);
    CHECK(sk_X509_num(make("alone.example")->chain_without_root()) == 0);
}

TEST_CASE("a certificate is replaced piece by piece") {
    const Halves a(make_pem("a.example", "DNS:a.example,DNS:*.a.example")), b(make_pem("b.example", nullptr));
    auto first = Certificate::with(nullptr, "x", Piece::pem, a.certificate);
    REQUIRE(first.ok());
    CHECK_FALSE((*first)->key_fits());
    CHECK((*first)->names() == std::vector<std::string>{"a.example", "*.a.example", "a.example"});
    CHECK((*first)->key_type() == Certificate::Key::ecdsa);
    auto wrong = Certificate::with(first->get(), "x", Piece::key, b.key);
    REQUIRE(wrong.ok());
    CHECK_FALSE((*wrong)->key_fits());
    auto right = Certificate::with(wrong->get(), "x", Piece::key, a.key);
    REQUIRE(right.ok());
    CHECK((*right)->key_fits());
    CHECK_FALSE((*wrong)->key_fits());  // it is a copy
    auto stapled = Certificate::with(right->get(), "x", Piece::ocsp, "AAEC\nAw==\n");
    REQUIRE(stapled.ok());
    CHECK((*stapled)->ocsp() == std::string("\0\1\2\3", 4));
    CHECK((*stapled)->key_fits());
    auto anew = Certificate::with(stapled->get(), "x", Piece::pem, b.certificate + b.key);
    REQUIRE(anew.ok());
    CHECK((*anew)->ocsp().empty());
    CHECK((*anew)->key_fits());
}

TEST_CASE("a piece that is none is refused in HAProxy's words") {
    const auto error = [](Piece piece, const std::string& text) {
        auto made = Certificate::with(nullptr, "x", piece, text);
        return made ? "none" : made.error();
    };
    CHECK(error(Piece::pem, "x") == "unable to load certificate from file 'x': no start line.\n");
    CHECK(error(Piece::key, "x").starts_with("unable to load private key from file 'x' (error:"));
    CHECK(error(Piece::ocsp, "!") == "Error reading OCSP response in base64 format");
    CHECK(error(Piece::issuer, "x") == "'x' cannot be read or parsed'.\n");
    CHECK(error(Piece::sctl, "x").empty());
}

TEST_CASE("a list of timestamps is told by its lengths") {
    CHECK(is_sctl(std::string("\0\0", 2)));
    CHECK(is_sctl(std::string("\0\5\0\1x\0\0", 7)));
    CHECK_FALSE(is_sctl(std::string("\0\5\0\1x\0", 6)));
    CHECK_FALSE(is_sctl(std::string("\0\3\0\2x", 5)));
    CHECK_FALSE(is_sctl("x"));
    CHECK_FALSE(is_sctl(""));
}

TEST_CASE("base64 is strict") {
    std::string bytes;
    CHECK(decode_base64("AAEC", bytes));
    CHECK(bytes == std::string("\0\1\2", 3));
    CHECK(decode_base64("YQ==", bytes));
    CHECK(bytes == "a");
    CHECK(decode_base64("", bytes));
    CHECK_FALSE(decode_base64("YQ=", bytes));
    CHECK_FALSE(decode_base64("YQ==\n", bytes));
    CHECK_FALSE(decode_base64("!!!!", bytes));
    CHECK(encode_base64("a") == "YQ==");
    CHECK(encode_base64("").empty());
}

TEST_CASE("details of a certificate") {
    const std::string text = certificate_details(*make("a.example", "DNS:a.example")->leaf());
    CHECK(text.find("Serial: 01\nnotBefore: ") == 0);
    CHECK(text.find("\nSubject Alternative Name: DNS:a.example\nAlgorithm: EC256\nSHA1 FingerPrint: ") != text.npos);
    CHECK(text.ends_with("\nSubject: /CN=a.example\nIssuer: /CN=a.example\n"));
}

TEST_CASE("the second of the last three ticket keys encrypts, and all decrypt") {
    const std::string path = "/tmp/cfgproxy-keys-" + std::to_string(::getpid());
    std::vector<std::string> all;
    for (char c = 'a'; c < 'f'; ++c) all.push_back(std::string(48, c));
    std::ofstream(path) << encode_base64(all[0]) << "\n" << encode_base64(all[1]) << "\n";
    CHECK(TicketKeys::from_file(path).error() == "please supply at least 3 keys in the tls-tickets-file");
    {
        std::ofstream file(path);
        for (const std::string& key : all) file << encode_base64(key) << "\n";
    }
    auto keys = TicketKeys::from_file(path);
    REQUIRE(keys.ok());
    CHECK((*keys)->current() == all[3]);
    bool renew = false;
    CHECK((*keys)->find(all[3].substr(0, 16), renew) == all[3]);
    CHECK_FALSE(renew);
    CHECK((*keys)->find(all[2].substr(0, 16), renew) == all[2]);
    CHECK(renew);
    CHECK((*keys)->find(all[1].substr(0, 16), renew).empty());
    CHECK((*keys)->push(std::string(48, 'n')));
    CHECK_FALSE((*keys)->push(std::string(80, 'n')));
    CHECK((*keys)->current() == all[4]);
    CHECK((*keys)->shown().front() == encode_base64(all[3]));
    std::ofstream(path) << "!\n";
    CHECK(TicketKeys::from_file(path).error() == "unable to decode base64 key on line 1");
    ::unlink(path.c_str());
    CHECK_FALSE(TicketKeys::from_file(path).ok());
}

TEST_CASE("keys of a name are the same as long as anybody holds them") {
    auto one = TicketKeys::named("x"), two = TicketKeys::named("x"), other = TicketKeys::named("y");
    CHECK(one == two);
    CHECK(one != other);
    const std::string key = one->current();
    one.reset();
    CHECK(TicketKeys::named("x")->current() == key);
    two.reset();
    CHECK(TicketKeys::named("x")->current() != key);
}

TEST_CASE("kept sessions end, and the oldest go first") {
    SessionCache& cache = SessionCache::of_process();
    cache.set_limit(16);  // one for each part
    cache.put("a1", "first", 100);
    CHECK(cache.get("a1", 100) == "first");
    CHECK(cache.get("a1", 101).empty());
    cache.put("a2", "second", 100);  // the same part
    CHECK(cache.get("a1", 1).empty());
    CHECK(cache.get("a2", 1) == "second");
    cache.remove("a2");
    CHECK(cache.get("a2", 1).empty());
    cache.set_limit(0);
    cache.put("a3", "third", 100);
    CHECK(cache.get("a3", 1).empty());
    cache.set_limit(20000);
}

TEST_CASE("a response that is none is refused") {
    CHECK(read_ocsp_response("x").error() == "Unable to parse OCSP response");
    CHECK(ocsp_response_text("x") == "Unable to parse OCSP response");
    CHECK(ocsp_id_text("x").empty());
    CHECK(ocsp_id_of(*make("a.example")).empty());  // nobody knows its issuer
    OcspStaples staples;
    auto staple = staples.find_or_make("id", "a.pem");
    CHECK(staples.find("id") == staple);
    CHECK_FALSE(staple->fresh(0));
    staple->set("response", 100);
    CHECK(*staple->fresh(100) == "response");
    CHECK_FALSE(staple->fresh(101));
    staple.reset();
    CHECK(staples.all().empty());
}

/// A store with one bind line that shows two certificates, one by a list.
struct Setup {
    TlsStore store;
    TlsBind* bind = nullptr;
    CertificateList* list = nullptr;
    Setup() {
        store.add("a").certificate = make("a.example");
        store.add("b").certificate = make("b.example");
        store.add("c").certificate = make("c.example");
        store.lists["l"] = std::make_unique<CertificateList>(CertificateList{.name = "l"});
        list = store.lists["l"].get();
        list->lines.push_back(std::make_unique<CertificateList::Line>(
            CertificateList::Line{.stored = store.find("b"), .number = 1, .filters = {"*.b.example"}}));
        list->last_number = 1;
        auto made = std::make_unique<TlsBind>();
        made->frontend = "f";
        made->uses.push_back({.stored = store.find("a"), .is_default = TlsBind::Default::first});
        made->uses.push_back({.stored = store.find("b"), .list = list, .line = list->lines[0].get()});
        bind = made.get();
        store.binds.push_back(std::move(made));
        REQUIRE(store.build(*bind).ok());
    }
    std::string shown(std::string_view name) const {
        const auto set = bind->context->certificates();
        const auto* entry = set->find(name).for_client(true, true);
        if (!entry) entry = set->fallback().for_client(true, true);
        return entry ? entry->certificate->names().front() : "none";
    }
};

TEST_CASE("whoever shows a certificate shows the one that replaces it") {
    Setup setup;
    CHECK(setup.store.users_of(*setup.store.find("a")) == 1);
    CHECK(setup.store.users_of(*setup.store.find("c")) == 0);
    CHECK(setup.shown("x.b.example") == "b.example");
    CHECK(setup.shown("b.example") == "a.example");
    REQUIRE(setup.store.replace(*setup.store.find("b"), make("new.example")).ok());
    CHECK(setup.shown("x.b.example") == "new.example");
    CHECK(setup.shown("new.example") == "a.example");  // the filter counts, not the names
    REQUIRE(setup.store.replace(*setup.store.find("a"), make("d.example")).ok());
    CHECK(setup.shown("d.example") == "d.example");
    CHECK(setup.shown("a.example") == "d.example");  // as the default
}

TEST_CASE("lines of a list come and go") {
    Setup setup;
    CHECK(setup.store.binds_of(*setup.list) == 1);
    auto line = std::make_unique<CertificateList::Line>(CertificateList::Line{.stored = setup.store.find("c")});
    line->options.any = true;
    line->options.max = TlsVersion::tls12;
    const CertificateList::Line* added = line.get();
    REQUIRE(setup.store.add_line(*setup.list, std::move(line)).ok());
    CHECK(added->number == 2);
    CHECK(setup.shown("c.example") == "c.example");
    CHECK(setup.store.is_listed(*setup.store.find("c")));
    setup.store.remove_line(*setup.list, *added);
    CHECK(setup.shown("c.example") == "a.example");
    CHECK(setup.list->lines.size() == 1);
    // What cannot be used changes nothing.
    line = std::make_unique<CertificateList::Line>(CertificateList::Line{.stored = setup.store.find("c")});
    line->options.any = true;
    line->options.ciphers = "NOTHING";
    CHECK_FALSE(setup.store.add_line(*setup.list, std::move(line)).ok());
    CHECK(setup.list->lines.size() == 1);
    CHECK(setup.shown("c.example") == "a.example");
}

}  // namespace
}  // namespace cfgproxy::net
