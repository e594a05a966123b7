// The values by which cookies tell the servers of a backend: those of their lines, and dynamic ones.
#include <fmt/format.h>

#include "base/hash.h"
#include "server/backend_impl.h"

namespace cfgproxy::server {
namespace {

/// `cookie ... dynamic`: the same for all balancers that know the key. Of what has no address: nothing.
std::string dynamic_cookie(std::string_view key, const Server& server) {
    const net::Address address = server.address();
    if (key.empty() || !address.is_ip()) return {};
    std::string text(key);
    const in_addr v4 = address.family() == AF_INET ? address.v4() : in_addr{};
    if (address.family() == AF_INET)
        text.append(reinterpret_cast<const char*>(&v4), sizeof v4);
    else
        text.append(reinterpret_cast<const char*>(&address.v6()), sizeof(in6_addr));
    const std::uint16_t port = address.port() ? address.port() : server.config().endpoint.port_low;
    text += {'\0', '\0', static_cast<char>(port >> 8), static_cast<char>(port & 0xff)};
    return fmt::format("{:016x}", base::hash_xxh64(text, 0));
}

}  // namespace

/// What has been made is kept, since threads may be reading it: a few words for each change of a key or an address.
void Backend::Impl::settle_cookies() {
    by_cookie.clear();
    for (const auto& server : servers) {
        const std::string* cookie = &server->config().cookie;
        if (cookie->empty() && makes_cookies) cookie = &*made_cookies.insert(dynamic_cookie(cookie_key, *server)).first;
        server->cookie_.store(cookie, std::memory_order_release);
        if (!cookie->empty()) by_cookie.emplace(*cookie, server.get());
    }
}

void Backend::use_dynamic_cookies(bool on) {
    std::lock_guard lock(mutex_);
    impl_->makes_cookies = on;
    impl_->settle_cookies();
}

void Backend::set_dynamic_cookie_key(std::string_view key) {
    std::lock_guard lock(mutex_);
    impl_->cookie_key = key;
    impl_->settle_cookies();
}

}  // namespace cfgproxy::server
