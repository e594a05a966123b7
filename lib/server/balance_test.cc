// Sequences and hashes in these tests were compared with HAProxy 2.6.12.
#include <catch2/catch.hpp>
#include <map>

#include "base/hash.h"
#include "base/text.h"
#include "server/balance_key.h"
#include "server/hash.h"
#include "server/test_helpers.h"

namespace cfgproxy::server {

using model::Algorithm;

TEST_CASE("roundrobin follows weights smoothly") {
    TestSink sink;
    auto check = [&](std::vector<std::uint32_t> weights, std::string_view expected) {
        auto proxy = make_proxy(weights);
        Backend backend(*proxy, 1, sink);
        CHECK(sequence(backend, static_cast<int>(expected.size())) == expected);
    };
    check({1, 1}, "12121212121212121212121212");
    check({2, 1}, "11211211211211211211211211");
    check({3, 2, 1}, "12131212131212131212131212");
    check({10, 1}, "11111111112111111111121111");
    check({5, 0, 2}, "11131131113113111311311131");
    check({1, 1, 1, 1}, "12341234123412341234123412");
    check({256, 255}, "11212121212121212121212121");
}

TEST_CASE("roundrobin follows changes") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1});
    Backend backend(*proxy, 1, sink);
    auto server = [&](const char* name) -> Server& { return *backend.find(name); };
    CHECK(sequence(backend, 7) == "1231231");
    backend.set_maintenance(server("s2"));
    CHECK(sequence(backend, 6) == "313131");
    CHECK(backend.set_weight(server("s1"), "3").ok());
    CHECK(sequence(backend, 10) == "1311131113");
    backend.set_ready(server("s2"));
    CHECK(sequence(backend, 12) == "113211132111");
    CHECK(backend.set_weight(server("s3"), "0").ok());
    CHECK(sequence(backend, 8) == "21112111");
    backend.set_drain(server("s1"));
    CHECK(sequence(backend, 4) == "2222");
}

TEST_CASE("roundrobin keeps shares with full and avoided servers") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1});
    proxy->servers[1]->max_connections = 1;
    Backend backend(*proxy, 1, sink);
    PickRequest avoiding{.avoid = backend.find("s1").get()};
    CHECK(backend.pick(avoiding).server->name() == "s2");  // which is full from now on
    CHECK(sequence(backend, 6) == "313131");
    CHECK(backend.pick(avoiding).server->name() == "s3");
    auto alone = make_proxy({1});
    Backend single(*alone, 1, sink);
    avoiding.avoid = single.find("s1").get();
    CHECK(single.pick(avoiding).server == avoiding.avoid);  // better than none
}

TEST_CASE("static-rr deals a fixed table") {
    TestSink sink;
    auto check = [&](std::vector<std::uint32_t> weights, std::string_view expected) {
        auto proxy = make_proxy(weights, Algorithm::static_rr);
        Backend backend(*proxy, 1, sink);
        CHECK(sequence(backend, static_cast<int>(expected.size())) == expected);
    };
    check({3, 2, 1}, "1121231121231121231121");
    check({10, 1}, "1111111111211111111112");
    check({4, 2, 2}, "1123112311231123112311");
    auto proxy = make_proxy({2, 2}, Algorithm::static_rr);
    Backend backend(*proxy, 1, sink);
    CHECK(backend.set_weight(*backend.find("s1"), "3").error() ==
          "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n");
    CHECK(backend.set_weight(*backend.find("s1"), "0%").ok());
    CHECK(sequence(backend, 4) == "2222");
    CHECK(backend.set_weight(*backend.find("s1"), "100%").ok());
    CHECK(sequence(backend, 4).find('1') != std::string::npos);
}

/// What the fast way of dealing must be equal to: all servers earn their weight in each step.
static std::string deal_slowly(const std::vector<std::uint32_t>& weights, int count) {
    int total = 0;
    for (auto w : weights) total += static_cast<int>(w);
    std::vector<int> score(weights.size(), 0);
    std::string text;
    for (int i = 0; i < count; ++i) {
        int best = -1, most = 0;
        for (std::size_t s = 0; s < weights.size(); ++s) {
            if (weights[s] == 0) continue;
            score[s] += static_cast<int>(weights[s]);
            const int level = (score[s] + total) / total;
            if (best < 0 || level > most) best = static_cast<int>(s), most = level;
        }
        score[static_cast<std::size_t>(best)] -= total;
        text += std::to_string(best + 1);
    }
    return text;
}

TEST_CASE("the table is dealt as if step by step") {
    TestSink sink;
    std::vector<std::vector<std::uint32_t>> cases{
        {1, 7, 3}, {100, 99, 98, 1}, {0, 5, 7, 11, 2}, {13, 17, 19, 23, 29, 31}};
    for (const auto& weights : cases) {
        auto proxy = make_proxy(weights, Algorithm::static_rr);
        Backend backend(*proxy, 1, sink);
        std::uint32_t total = 0;
        for (auto w : weights) total += w;
        CHECK(sequence(backend, static_cast<int>(total)) == deal_slowly(weights, static_cast<int>(total)));
    }
}

TEST_CASE("leastconn takes the least loaded in proportion to weights") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 2}, Algorithm::leastconn);
    Backend backend(*proxy, 1, sink);
    CHECK(sequence(backend, 6) == "123123");  // idle ones take turns
    std::string taken;
    for (int i = 0; i < 8; ++i) taken += backend.pick({}).server->name().substr(1);
    CHECK(taken == "12333123");
    backend.leave(*backend.find("s2"));
    CHECK(backend.pick({}).server->name() == "s2");
    PickRequest request{.avoid = backend.find("s1").get()};
    backend.leave(*backend.find("s1"));
    backend.leave(*backend.find("s1"));
    CHECK(backend.pick(request).server->name() != "s1");
    CHECK(backend.pick({}).server->name() == "s1");
}

TEST_CASE("leastconn skips the full ones, in order") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1}, Algorithm::leastconn);
    for (auto& server : proxy->servers) server->max_connections = 2;
    proxy->servers[2]->max_connections = 4;
    Backend backend(*proxy, 1, sink);
    std::string taken;
    for (int i = 0; i < 8; ++i) taken += backend.pick({}).server->name().substr(1);
    CHECK(taken == "12312333");
    CHECK(backend.pick({}).outcome == Pick::Outcome::full);
}

TEST_CASE("first fills servers in the order of their ids") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1}, Algorithm::first);
    for (auto& server : proxy->servers) server->max_connections = 2;
    proxy->servers[0]->id = 9;
    Backend backend(*proxy, 1, sink);
    std::string taken;
    for (int i = 0; i < 6; ++i) taken += backend.pick({}).server->name().substr(1);
    CHECK(taken == "223311");
    backend.leave(*backend.find("s3"));
    CHECK(backend.pick({}).server->name() == "s3");
}

TEST_CASE("hash functions") {
    CHECK(base::hash_sdbm("/dir1/file1") == 0xbacc4e39u);
    CHECK(base::hash_djb2("a") == 5381u * 33 + 'a');
    CHECK(base::hash_crc32("123456789") == 0xcbf43926u);
    CHECK(base::hash_sdbm("ab") == 'a' * 65599u + 'b');
    CHECK(base::full_hash(0) != 0);
}

TEST_CASE("hashes take the server that HAProxy takes") {
    TestSink sink;
    using model::HashFunction;
    auto check = [&](bool consistent, HashFunction function, bool with_avalanche, std::string_view expected) {
        auto proxy = make_proxy({1, 2, 3, 1, 1}, Algorithm::uri);
        proxy->balance.hash_type = consistent ? model::HashType::consistent : model::HashType::map_based;
        proxy->balance.function = function;
        proxy->balance.avalanche = with_avalanche;
        Backend backend(*proxy, 1, sink);
        std::string got;
        for (int i = 1; i <= 30; ++i) {
            const std::string uri =
                "/dir" + std::to_string(i % 7) + "/file" + std::to_string(i) + "?x=" + std::to_string(i);
            http::Request request;
            request.target = uri;
            sample::Context context;
            context.request = &request;
            got += sequence(backend, 1, {.context = &context});
        }
        CHECK(got == expected);
    };
    check(false, HashFunction::sdbm, false, "223522413333333333321111111553");
    check(false, HashFunction::djb2, false, "341334223413352235233522352345");
    check(false, HashFunction::wt6, false, "313312332223533422341322234221");
    check(false, HashFunction::crc32, false, "153133235231322111133232435225");
    check(false, HashFunction::sdbm, true, "225333333134355233225335123213");
    check(true, HashFunction::sdbm, true, "345152311332553253355233251322");
    check(true, HashFunction::djb2, false, "432313143135333213533321353332");
    check(true, HashFunction::wt6, true, "253322112521133123351131531152");
}

/// The key that is hashed, seen through a hash that can be computed for a guess.
static bool hashes(const model::Balance& balance, const sample::Context& context, std::string_view key) {
    auto got = hash_request(balance, {.context = &context});
    return got && *got == base::hash_sdbm(key);
}

TEST_CASE("what of a URI is hashed") {
    http::Request request;
    sample::Context context;
    context.request = &request;
    model::Balance balance;
    balance.algorithm = Algorithm::uri;
    request.target = "/a/b/c?d=/e";
    CHECK(hashes(balance, context, "/a/b/c"));
    balance.uri_whole = true;
    CHECK(hashes(balance, context, "/a/b/c?d=/e"));
    balance.uri_depth = 2;
    CHECK(hashes(balance, context, "/a/b"));
    balance.uri_length = 3;
    CHECK(hashes(balance, context, "/a/"));
    balance = {};
    balance.algorithm = Algorithm::uri;
    request.target = "http://host/p?q";
    CHECK(hashes(balance, context, "http://host/p"));
    balance.uri_path_only = true;
    CHECK(hashes(balance, context, "/p"));
    context.request = nullptr;
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value());
}

TEST_CASE("which parameter and header are hashed") {
    base::Arena arena;
    http::Request request;
    sample::Context context;
    context.request = &request;
    model::Balance balance;
    balance.algorithm = Algorithm::url_param;
    balance.argument = "id";
    request.target = "/x?idd=1&id=abc&id=def";
    CHECK(hashes(balance, context, "abc"));
    request.target = "/x?id=";
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value() != true);
    CHECK(hashes(balance, context, ""));
    request.target = "/x?xid=1";
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value());
    context.method = http::Method::post;
    context.request_data = "a=b&id=body&c=d";
    CHECK(hashes(balance, context, "body"));
    context.request_data = "id=\x01";
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value());

    balance.algorithm = Algorithm::hdr;
    balance.argument = "Host";
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value());
    request.headers.add(arena, "host", "www.Example.com");
    CHECK(hashes(balance, context, "www.Example.com"));
    balance.hdr_domain_only = true;
    CHECK(hashes(balance, context, "Example"));
    for (auto [host, key] : {std::pair{"example.com", "example"}, {"localhost", "localhost"}, {"a.b.c.d", "c"}}) {
        request.headers[0].value = host;
        CHECK(hashes(balance, context, key));
    }
}

TEST_CASE("source addresses are exclusive-ored words") {
    sample::Context context;
    model::Balance balance;
    balance.algorithm = Algorithm::source;
    context.src = net::Address::parse_ip("192.0.2.1").value();
    CHECK(hash_request(balance, {.context = &context}) == 0xc0000201u);
    context.src = net::Address::parse_ip("2001:db8::1").value();
    CHECK(hash_request(balance, {.context = &context}) == (0x20010db8u ^ 1u));
    context.src = net::Address::unix_peer();
    CHECK_FALSE(hash_request(balance, {.context = &context}).has_value());
}

TEST_CASE("consistent hashing moves few keys") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1, 1, 1}, Algorithm::source);
    proxy->balance.hash_type = model::HashType::consistent;
    proxy->balance.avalanche = true;
    Backend backend(*proxy, 1, sink);
    sample::Context context;
    auto assign = [&] {
        std::string all;
        for (int i = 0; i < 200; ++i) {
            context.src = net::Address::parse_ip("10.0." + std::to_string(i) + ".7").value();
            all += sequence(backend, 1, {.context = &context});
        }
        return all;
    };
    const std::string before = assign();
    backend.set_maintenance(*backend.find("s3"));
    const std::string without = assign();
    for (std::size_t i = 0; i < before.size(); ++i)
        if (before[i] != '3') CHECK(without[i] == before[i]);
    CHECK(without.find('3') == without.npos);
    backend.set_ready(*backend.find("s3"));
    CHECK(assign() == before);
}

TEST_CASE("hash-balance-factor bounds the load of a popular key's server") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1, 1}, Algorithm::source);
    proxy->balance.hash_type = model::HashType::consistent;
    proxy->balance.hash_balance_factor = 150;
    Backend backend(*proxy, 1, sink);
    sample::Context context;
    context.src = net::Address::parse_ip("10.1.2.3").value();
    std::map<std::string, int> load;
    for (int i = 0; i < 100; ++i) ++load[backend.pick({.context = &context}).server->name()];
    for (const auto& [name, sessions] : load) CHECK(sessions <= 38);  // 1.5 times a quarter of 100
    CHECK(load.size() >= 3);
}

/// Which address each of some clients is led to, in a backend whose servers have these last bytes.
static std::string addresses_chosen(const std::vector<int>& bytes, model::HashKey key) {
    TestSink sink;
    auto proxy = make_proxy(std::vector<std::uint32_t>(bytes.size(), 1), Algorithm::source);
    proxy->balance.hash_type = model::HashType::consistent;
    proxy->balance.avalanche = true;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        model::Server& server = *proxy->servers[i];
        server.endpoint.ip = net::Address::parse_ip("192.0.2." + std::to_string(bytes[i])).value();
        server.endpoint.ip.set_port(80);
        server.guid = "server-" + std::to_string(bytes[i]);
        server.hash_key = key;
    }
    Backend backend(*proxy, 1, sink);
    sample::Context context;
    std::string all;
    for (int i = 0; i < 50; ++i) {
        context.src = net::Address::parse_ip("10.0." + std::to_string(i) + ".7").value();
        const Pick pick = backend.pick({.context = &context});
        all += pick.server->address().ip_text().substr(8) + " ";
        backend.leave(*pick.server);
    }
    return all;
}

TEST_CASE("hash-key: what servers are decides, not where they stand in the file") {
    using model::HashKey;
    for (const HashKey key : {HashKey::addr, HashKey::addr_port, HashKey::guid})
        CHECK(addresses_chosen({1, 2, 3}, key) == addresses_chosen({3, 1, 2}, key));
    CHECK(addresses_chosen({1, 2, 3}, HashKey::id) != addresses_chosen({3, 1, 2}, HashKey::id));
    CHECK(addresses_chosen({1, 2, 3}, HashKey::id) != addresses_chosen({1, 2, 3}, HashKey::id32));
    CHECK(addresses_chosen({1, 2, 3}, HashKey::addr) != addresses_chosen({1, 2, 3}, HashKey::addr_port));
}

TEST_CASE("hash-key addr: a server moves on the ring with its address") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1, 1}, Algorithm::source);
    proxy->balance.hash_type = model::HashType::consistent;
    proxy->balance.avalanche = true;
    for (auto& server : proxy->servers) {
        server->endpoint.ip = net::Address::parse_ip("192.0.2." + std::to_string(server->id)).value();
        server->endpoint.ip.set_port(80);
        server->hash_key = model::HashKey::addr;
    }
    Backend backend(*proxy, 1, sink);
    sample::Context context;
    auto assign = [&] {
        std::string all;
        for (int i = 0; i < 100; ++i) {
            context.src = net::Address::parse_ip("10.0." + std::to_string(i) + ".7").value();
            all += sequence(backend, 1, {.context = &context});
        }
        return all;
    };
    const std::string before = assign();
    backend.set_address(*backend.find("s2"), "198.51.100.9", "");
    const std::string moved = assign();
    CHECK(moved != before);
    CHECK(moved.find('2') != moved.npos);
    backend.set_address(*backend.find("s2"), "192.0.2.2", "");
    CHECK(assign() == before);
}

TEST_CASE("sticky keeps its server until that is down") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1}, Algorithm::sticky);
    proxy->servers[2]->backup = true;
    Backend backend(*proxy, 1, sink);
    CHECK(sequence(backend, 3) == "111");
    backend.set_maintenance(*backend.find("s1"));
    CHECK(sequence(backend, 2) == "22");
    backend.set_ready(*backend.find("s1"));
    CHECK(sequence(backend, 2) == "22");
    backend.set_maintenance(*backend.find("s2"));
    CHECK(sequence(backend, 1) == "1");
    backend.set_maintenance(*backend.find("s1"));
    CHECK(sequence(backend, 1) == "3");
    backend.set_ready(*backend.find("s2"));
    CHECK(sequence(backend, 1) == "2");  // a backup server is left
}

TEST_CASE("hash-type none: the key is a number") {
    CHECK(hash(model::HashFunction::none, "42") == 42);
    CHECK(hash(model::HashFunction::none, "-1") == 0xffffffffu);
    CHECK(hash(model::HashFunction::none, "7 dwarfs") == 7);
    CHECK(hash(model::HashFunction::none, "none") == 0);
}

TEST_CASE("random draws spread the load") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 2}, Algorithm::random);
    Backend backend(*proxy, 1, sink);
    for (int i = 0; i < 4000; ++i) backend.pick({});
    CHECK(backend.find("s1")->sessions.get() == Approx(1000).margin(60));
    CHECK(backend.find("s3")->sessions.get() == Approx(2000).margin(60));
    for (auto& server : proxy->servers) server->max_connections = 1;
    Backend full(*proxy, 1, sink);
    TestUser user;
    for (int i = 0; i < 50; ++i)
        if (full.pick({}).outcome == Pick::Outcome::full) break;
    CHECK(full.find("s3")->sessions.get() <= 1);
}

TEST_CASE("backup servers act when no other one does") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1});
    proxy->servers[1]->backup = proxy->servers[2]->backup = true;
    Backend backend(*proxy, 1, sink);
    CHECK(sequence(backend, 3) == "111");
    CHECK(backend.usable_servers() == 1);
    backend.set_maintenance(*backend.find("s1"));
    CHECK(sequence(backend, 3) == "222");  // the first one only
    CHECK(backend.active_servers() == 0);
    CHECK(backend.backup_servers() == 2);
    CHECK(backend.usable_servers() == 1);
    backend.set_maintenance(*backend.find("s2"));
    CHECK(sequence(backend, 2) == "33");
    backend.set_ready(*backend.find("s2"));
    CHECK(sequence(backend, 2) == "22");
    proxy->options.all_backups = true;
    Backend all(*proxy, 1, sink);
    all.set_maintenance(*all.find("s1"));
    CHECK(sequence(all, 4) == "2323");
    CHECK(all.usable_servers() == 2);
}

}  // namespace cfgproxy::server
