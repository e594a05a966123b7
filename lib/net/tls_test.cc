#include "net/tls.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "net/connection.h"
#include "net/test_certificates.h"
#include "net/tls_context.h"
#include "net/trust.h"

namespace cfgproxy::net {
namespace {

std::shared_ptr<const Certificate> make_certificate(const char* common_name, const char* alternatives = nullptr,
                                                    bool rsa = false) {
    auto made = Certificate::make(common_name, {.pem = make_pem(common_name, alternatives, rsa)});
    REQUIRE(made.ok());
    return *made;
}

std::shared_ptr<const Trust> trust_in(const std::string& pem) {
    auto trust = Trust::from_pem(pem);
    REQUIRE(trust.ok());
    return *trust;
}

std::shared_ptr<const CertificateSet> set_of(std::initializer_list<std::shared_ptr<const Certificate>> all) {
    auto set = std::make_shared<CertificateSet>();
    for (const auto& certificate : all) set->add(certificate);
    return set;
}

/// Two connections over a socket pair, TLS on both.
struct Pair {
    Pair(std::unique_ptr<Tls> server_tls, std::unique_ptr<Tls> client_tls) {
        int fds[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
        server = std::make_unique<Connection>(loop, fds[0]);
        client = std::make_unique<Connection>(loop, fds[1]);
        server->start_tls(std::move(server_tls));
        client->start_tls(std::move(client_tls));
    }
    /// False when either side gives up.
    bool shake_hands() {
        for (int i = 0; i < 20; ++i) {
            const Io c = client->handshake(), s = server->handshake();
            if (c == Io::failed || s == Io::failed) return false;
            if (c == Io::ok && s == Io::ok) return true;
            loop.turn(10);
        }
        return false;
    }
    std::string receive(Connection& connection, std::size_t size) {
        std::string got;
        base::Buffer buffer;
        for (int i = 0; i < 2000 && got.size() < size; ++i) {
            const Io io = connection.receive(buffer);
            got.append(buffer.view());
            buffer.clear();
            if (io == Io::closed || io == Io::failed) break;
            if (io == Io::again) loop.turn(5);
        }
        return got;
    }
    bool send(Connection& connection, std::string_view text) {
        iovec piece{const_cast<char*>(text.data()), text.size()};
        std::size_t sent = 0;
        return connection.send(&piece, 1, sent) == Io::ok && sent == text.size();
    }
    Loop loop;
    std::unique_ptr<Connection> server, client;
};

const TlsSettings kPlain;

TEST_CASE("TLS carries bytes both ways") {
    const auto version = GENERATE(TlsVersion::tls12, TlsVersion::tls13);
    TlsSettings settings;
    settings.min = settings.max = version;
    auto server = TlsContext::for_clients(settings, set_of({make_certificate("a.example")}), false);
    auto client = TlsContext::for_servers(settings);
    REQUIRE((server.ok() && client.ok()));
    Pair pair((*server)->accept(), (*client)->connect("a.example"));
    REQUIRE(pair.shake_hands());
    CHECK(pair.server->tls()->server_name() == "a.example");
    CHECK(pair.server->tls()->version() == (version == TlsVersion::tls12 ? "TLSv1.2" : "TLSv1.3"));
    REQUIRE(pair.send(*pair.client, "hello"));
    CHECK(pair.receive(*pair.server, 5) == "hello");
    REQUIRE(pair.send(*pair.server, "world"));
    CHECK(pair.receive(*pair.client, 5) == "world");
}

TEST_CASE("more than the socket takes is kept, and nothing is lost") {
    auto server = TlsContext::for_clients(kPlain, set_of({make_certificate("a.example")}), false);
    auto client = TlsContext::for_servers(kPlain);
    Pair pair((*server)->accept(), (*client)->connect(""));
    REQUIRE(pair.shake_hands());
    std::string body;
    for (int i = 0; i < 2'000'000; ++i) body += static_cast<char>('a' + i % 23);
    std::string got;
    std::size_t from = 0;
    bool was_full = false;
    for (int i = 0; i < 5000 && got.size() < body.size(); ++i) {
        if (from < body.size()) {
            iovec piece{body.data() + from, body.size() - from};
            std::size_t sent = 0;
            pair.server->send(&piece, 1, sent);
            from += sent;
            was_full |= pair.server->has_unsent();
        }
        if (i % 3 == 0) got += pair.receive(*pair.client, 1);
        pair.loop.turn(0);
    }
    CHECK(was_full);
    CHECK(got == body);
    CHECK_FALSE(pair.server->has_unsent());
}

TEST_CASE("an end of the other side comes behind its last bytes") {
    auto server = TlsContext::for_clients(kPlain, set_of({make_certificate("a.example")}), false);
    auto client = TlsContext::for_servers(kPlain);
    Pair pair((*server)->accept(), (*client)->connect(""));
    REQUIRE(pair.shake_hands());
    REQUIRE(pair.send(*pair.client, "last"));
    pair.client->shutdown_write();
    base::Buffer buffer;
    pair.loop.turn(5);
    CHECK(pair.server->receive(buffer) == Io::ok);
    CHECK(buffer.view() == "last");
    CHECK(pair.server->can_receive());
    CHECK(pair.server->receive(buffer) == Io::closed);
    CHECK_FALSE(pair.server->can_receive());
    CHECK(pair.send(*pair.server, "answer"));  // one direction is still open
    CHECK(pair.receive(*pair.client, 6) == "answer");
}

TEST_CASE("bytes that are no TLS end the handshake") {
    auto server = TlsContext::for_clients(kPlain, set_of({make_certificate("a.example")}), false);
    Loop loop;
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    Connection end(loop, fds[0]), peer(loop, fds[1]);
    end.start_tls((*server)->accept());
    std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    iovec piece{const_cast<char*>(text.data()), text.size()};
    std::size_t sent = 0;
    REQUIRE(peer.send(&piece, 1, sent) == Io::ok);
    CHECK(end.handshake() == Io::failed);
    CHECK(end.tls()->error() != 0);
    CHECK(end.handshake() == Io::failed);
}

TEST_CASE("the name that a client asks for chooses the certificate") {
    const auto a = make_certificate("a.example"), b = make_certificate("b.example", "DNS:b.example,DNS:*.b.example"),
               b_rsa = make_certificate("b.example", "DNS:b.example", true);
    const auto set = set_of({a, b, b_rsa});
    CHECK(set->fallback().ecdsa->certificate == a);
    CHECK(set->find("A.example").ecdsa->certificate == a);
    CHECK(set->find("b.example.").ecdsa->certificate == b);
    CHECK(set->find("b.example").rsa->certificate == b_rsa);
    CHECK(set->find("x.b.example").ecdsa->certificate == b);
    CHECK_FALSE(set->find("x.y.b.example"));
    CHECK_FALSE(set->find("example"));
    CHECK_FALSE(set->find(""));

    const bool strict = GENERATE(false, true);
    auto server = TlsContext::for_clients(kPlain, set, strict);
    TlsSettings trusting;
    trusting.verify = TlsVerify::required;
    trusting.trust = trust_in(make_pem("other", nullptr));
    auto client = TlsContext::for_servers(kPlain), doubtful = TlsContext::for_servers(trusting);
    {
        Pair pair((*server)->accept(), (*client)->connect("x.b.example"));
        REQUIRE(pair.shake_hands());
    }
    {
        Pair pair((*server)->accept(), (*client)->connect("unknown.example"));
        CHECK(pair.shake_hands() != strict);
    }
    {
        Pair pair((*server)->accept(), (*doubtful)->connect("a.example"));
        CHECK_FALSE(pair.shake_hands());
    }
}

TEST_CASE("filters of a crt-list line replace the certificate's names") {
    const auto a = make_certificate("a.example", "DNS:a.example,DNS:*.a.example"), b = make_certificate("b.example");
    CertificateSet set;
    set.add(a, {"a.example", "*.a.example", "!x.a.example"});
    set.add(b, {"*.wild.example", "only.example"});
    CHECK(set.find("y.a.example").ecdsa->certificate == a);
    CHECK_FALSE(set.find("x.a.example"));
    CHECK(set.find("z.wild.example").ecdsa->certificate == b);
    CHECK(set.find("only.example").ecdsa->certificate == b);
    CHECK_FALSE(set.find("b.example"));
}

TEST_CASE("the first certificate, and default-crt of another kind of key, are for clients that ask for no known name") {
    const auto a = make_certificate("a.example"), b = make_certificate("b.example"),
               b_rsa = make_certificate("b.example", nullptr, true);
    CertificateSet set;
    CHECK_FALSE(set.fallback());
    set.add(a);
    set.add(b, {}, true);
    set.add(b_rsa, {}, true);
    CHECK(set.fallback().ecdsa->certificate == a);
    CHECK(set.fallback().rsa->certificate == b_rsa);
    CHECK(set.find("a.example").ecdsa->certificate == a);
}

TEST_CASE("a server's certificate must bear the name and be trusted") {
    const std::string pem = make_pem("a.example", "DNS:a.example");
    auto certificate = Certificate::make("a", {.pem = pem});
    REQUIRE(certificate.ok());
    auto server = TlsContext::for_clients(kPlain, set_of({*certificate}), false);
    TlsSettings settings;
    settings.verify = TlsVerify::required;
    settings.trust = trust_in(pem);
    auto by_name = TlsContext::for_servers(settings);
    settings.verify_host = "other.example";
    auto by_host = TlsContext::for_servers(settings);
    {
        Pair pair((*server)->accept(), (*by_name)->connect("a.example"));
        CHECK(pair.shake_hands());
    }
    {
        Pair pair((*server)->accept(), (*by_host)->connect(""));
        CHECK_FALSE(pair.shake_hands());
    }
}

TEST_CASE("a session towards a server is resumed") {
    auto server = TlsContext::for_clients(kPlain, set_of({make_certificate("a.example")}), false);
    auto client = TlsContext::for_servers(kPlain);
    for (const bool resumed : {false, true, true, true}) {
        Pair pair((*server)->accept(), (*client)->connect("a.example"));
        REQUIRE(pair.shake_hands());
        REQUIRE(pair.send(*pair.server, "x"));
        CHECK(pair.receive(*pair.client, 1) == "x");  // tickets came along
        CHECK(pair.client->tls()->resumed() == resumed);
    }
}

TEST_CASE("what is sent early towards a server arrives, or the connection fails and the session is forgotten") {
    const bool takes = GENERATE(true, false);
    TlsSettings early;
    early.early_data = true;
    auto certificates = std::make_shared<CertificateSet>();
    certificates->add({.certificate = make_certificate("a.example"), .early_data = true});
    auto server = TlsContext::for_clients(early, certificates, false);
    // The same keys of tickets, but no early data.
    auto strict = TlsContext::for_clients(kPlain, certificates, false);
    auto client = TlsContext::for_servers(early);
    {
        Pair first((*server)->accept(), (*client)->connect("a.example"));
        first.client->tls()->send_early();  // there is no session yet: nothing changes
        REQUIRE(first.shake_hands());
        REQUIRE(first.send(*first.server, "x"));
        REQUIRE(first.receive(*first.client, 1) == "x");  // and the ticket in front of it
    }
    Pair pair((takes ? *server : *strict)->accept(), (*client)->connect("a.example"));
    Tls& tls = *pair.client->tls();
    tls.send_early();
    REQUIRE(pair.client->handshake() == Io::ok);
    CHECK_FALSE(tls.established());
    REQUIRE(pair.send(*pair.client, "hello"));
    for (int i = 0; i < 20 && !pair.server->tls()->established(); ++i) {
        if (pair.server->handshake() == Io::failed) break;
        base::Buffer none;
        pair.client->receive(none);
        pair.loop.turn(10);
    }
    if (takes) {
        CHECK(pair.receive(*pair.server, 5) == "hello");
        REQUIRE(pair.send(*pair.server, "world"));
        CHECK(pair.receive(*pair.client, 5) == "world");
        CHECK(tls.established());
        CHECK(tls.resumed());
        CHECK_FALSE(tls.early_refused());
        return;
    }
    CHECK(pair.receive(*pair.client, 1).empty());
    CHECK(tls.early_refused());
    CHECK(pair.client->error() != 0);
    Pair again((*strict)->accept(), (*client)->connect("a.example"));
    again.client->tls()->send_early();
    REQUIRE(again.shake_hands());
    CHECK_FALSE(again.client->tls()->resumed());
}

TEST_CASE("ALPN takes the first of ours that the client knows") {
    TlsSettings settings;
    settings.alpn = std::string("\x02h2\x08http/1.1");
    auto server = TlsContext::for_clients(settings, set_of({make_certificate("a.example")}), false);
    settings.alpn = std::string("\x03xyz\x08http/1.1");
    auto client = TlsContext::for_servers(settings);
    Pair pair((*server)->accept(), (*client)->connect(""));
    REQUIRE(pair.shake_hands());
    CHECK(pair.server->tls()->protocol() == "http/1.1");
}

TEST_CASE("what is wrong with a certificate file is said") {
    const std::string pem = make_pem("a.example", nullptr), other = make_pem("b.example", nullptr);
    const std::size_t key = pem.find("-----BEGIN PRIVATE"), other_key = other.find("-----BEGIN PRIVATE");
    CHECK(Certificate::make("x", {.pem = ""}).error() == "no private key found");
    CHECK(Certificate::make("x", {.pem = pem.substr(0, key)}).error() == "no private key found");
    CHECK(Certificate::make("x", {.pem = pem.substr(key)}).error().find("no certificate") != std::string::npos);
    CHECK(Certificate::make("x", {.pem = pem.substr(0, key), .key = other.substr(other_key)}).error() ==
          "inconsistencies between private key and certificate loaded");
    CHECK(Certificate::make("x", {.pem = pem.substr(0, key), .key = pem.substr(key)}).ok());
    TlsSettings bad;
    bad.ciphers = "NOTHING";
    CHECK_FALSE(TlsContext::for_servers(bad).ok());
}

}  // namespace
}  // namespace cfgproxy::net
