#include <netdb.h>

#include <charconv>

#include "base/offline.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/reader.h"

namespace cfgproxy::config {
namespace {

using base::quoted;
using model::Endpoint;

/// What a family prefix says. `family` AF_UNSPEC: either IP version, or a path if it begins with a slash.
struct FamilyPrefix {
    std::string_view text;
    int family;
    bool abstract = false, datagram = false, stream = false;
};
constexpr int kFamilyFd = -2, kFamilySockpair = -3, kFamilyQuic = -4, kFamilyReverse = -5;
constexpr FamilyPrefix kPrefixes[] = {
    {"unix@", AF_UNIX},
    {"uxdg@", AF_UNIX, false, true},
    {"uxst@", AF_UNIX, false, false, true},
    {"abns@", AF_UNIX, true},
    {"abnsz@", AF_UNIX, true},
    {"ipv4@", AF_INET},
    {"ipv6@", AF_INET6},
    {"ip@", AF_UNSPEC},
    {"tcp4@", AF_INET, false, false, true},
    {"tcp6@", AF_INET6, false, false, true},
    {"tcp@", AF_UNSPEC, false, false, true},
    {"udp4@", AF_INET, false, true},
    {"udp6@", AF_INET6, false, true},
    {"udp@", AF_UNSPEC, false, true},
    {"fd@", kFamilyFd},
    {"sockpair@", kFamilySockpair},
    {"quic4@", kFamilyQuic},
    {"quic6@", kFamilyQuic},
    {"rhttp@", kFamilyReverse},
};

FamilyPrefix take_prefix(std::string_view& rest, bool& datagram) {
    if (rest.starts_with("stream+")) {
        rest.remove_prefix(7);
        datagram = false;
    } else if (rest.starts_with("dgram+")) {
        rest.remove_prefix(6);
        datagram = true;
    }
    // Nearly all addresses have none.
    const std::size_t longest = 9;
    const bool may_have = rest.substr(0, longest).find('@') != rest.npos;
    for (const FamilyPrefix& prefix : kPrefixes) {
        if (!may_have) break;
        if (!rest.starts_with(prefix.text)) continue;
        rest.remove_prefix(prefix.text.size());
        if (prefix.datagram || prefix.stream) datagram = prefix.datagram;
        return prefix;
    }
    if (rest.starts_with('/')) return {"", AF_UNIX};
    return {"", AF_UNSPEC};
}

base::Result<void> parse_path(std::string_view path, std::string_view whole, bool abstract, Endpoint& endpoint) {
    // HAProxy keeps room behind a path for the name of the socket while it is being replaced: ".<pid>.tmp".
    const std::size_t longest = abstract ? 107 : 97;
    if (path.size() > longest)
        return base::Error{"socket path " + quoted(whole) + " too long (max " + std::to_string(longest) + ")"};
    endpoint.kind = abstract ? Endpoint::Kind::abstract_unix : Endpoint::Kind::unix_path;
    endpoint.path = path;
    return {};
}

base::Result<void> parse_descriptor(std::string_view text, std::string_view whole, AddressRules rules,
                                    Endpoint& endpoint) {
    auto number = base::parse_uint(text);
    if (!number || *number > 0x7fffffff)
        return base::Error{"file descriptor " + quoted(text) + " is not a valid integer in " + quoted(whole)};
    if (!rules.fd_allowed) return base::Error{"a file descriptor is not acceptable here in " + quoted(whole)};
    endpoint.kind = Endpoint::Kind::fd;
    endpoint.fd = static_cast<int>(*number);
    return {};
}

base::Result<void> parse_reverse(std::string_view name, std::string_view whole, AddressRules rules,
                                 Endpoint& endpoint) {
    if (!rules.experimental)
        return base::Error{"Address " + quoted(whole) +
                           " is experimental, must be allowed via a global 'expose-experimental-directives'"};
    if (!rules.reverse_allowed) return base::Error{"reverse HTTP is not acceptable here in " + quoted(whole)};
    endpoint.kind = Endpoint::Kind::rhttp;
    endpoint.path = name;
    return {};
}

base::Result<void> parse_fixed_port(std::string_view port, std::string_view whole, AddressRules rules,
                                    Endpoint& endpoint) {
    auto dash = port.find('-');
    if (dash != std::string_view::npos && !rules.port_range)
        return base::Error{"port range not permitted here in " + quoted(whole)};
    std::string_view first = port.substr(0, dash),
                     last = dash == std::string_view::npos ? first : port.substr(dash + 1);
    const auto low = leading_number(first), high = leading_number(last);
    const int least = rules.port_required ? 1 : 0;
    if (low < least || low > 65535) return base::Error{"invalid port " + quoted(first)};
    if (high < least || high > 65535) return base::Error{"invalid port " + quoted(last)};
    if (low > high) return base::Error{"invalid port range '" + std::to_string(low) + "-" + std::to_string(high) + "'"};
    endpoint.port_low = static_cast<std::uint16_t>(low);
    endpoint.port_high = static_cast<std::uint16_t>(high);
    // "192.0.2.1:0" is as no port at all.
    endpoint.port_mapped = rules.port_offset && low == 0;
    return {};
}

base::Result<void> parse_port(std::string_view port, std::string_view whole, AddressRules rules, Endpoint& endpoint) {
    if (port.empty()) {
        if (rules.port_required) return base::Error{"missing port specification in " + quoted(whole)};
        endpoint.port_mapped = rules.port_offset;
        return {};
    }
    if (base::is_digit(port[0])) return parse_fixed_port(port, whole, rules, endpoint);
    if (port[0] != '+' && port[0] != '-')
        return base::Error{"invalid character '" + std::string(1, port[0]) + "' in port number " + quoted(port) +
                           " in " + quoted(whole)};
    if (!rules.port_offset) return base::Error{"port offset not permitted here in " + quoted(whole)};
    const auto offset = static_cast<std::int32_t>(leading_number(port.substr(1)));
    endpoint.port_mapped = true;
    endpoint.port_offset = port[0] == '-' ? -offset : offset;
    return {};
}

base::Result<void> parse_host(std::string_view host, int family, std::string_view whole, AddressRules rules,
                              Endpoint& endpoint) {
    const bool any = host.empty() || host == "*";
    auto ip = net::Address::parse_ip(any && family == AF_INET6 ? std::string_view("::") : host);
    if (ip && (family == AF_UNSPEC || family == ip->family())) {
        endpoint.kind = Endpoint::Kind::ip;
        endpoint.ip = *ip;
        endpoint.ip.set_port(endpoint.port_low);
        return {};
    }
    if (!rules.host_allowed || any) return base::Error{"invalid address: " + quoted(host) + " in " + quoted(whole)};
    endpoint.kind = Endpoint::Kind::host;
    endpoint.path = host;
    return {};
}

base::Result<void> parse_ip_and_port(std::string_view rest, int family, std::string_view whole, AddressRules rules,
                                     Endpoint& endpoint) {
    // The last colon separates the port, unless a bracket closes behind it: "::1:80" is port 80 of ::1.
    auto end = rest.find_last_of(":]");
    std::string_view port;
    std::string_view host = rest;
    if (end != std::string_view::npos && rest[end] == ':') {
        if (!rules.port_allowed) return base::Error{"port specification not permitted here in " + quoted(whole)};
        port = rest.substr(end + 1);
        host = rest.substr(0, end);
    }
    if (auto done = parse_port(port, whole, rules, endpoint); !done) return done;
    return parse_host(host, family, whole, rules, endpoint);
}

}  // namespace

base::Result<model::Endpoint> parse_endpoint(std::string_view text, AddressRules rules) {
    Endpoint endpoint;
    endpoint.text = text;
    endpoint.datagram = rules.datagram;
    std::string_view rest = text;
    const FamilyPrefix prefix = take_prefix(rest, endpoint.datagram);
    base::Result<void> done;
    if (prefix.family == kFamilyQuic) {
        return base::Error{"unsupported stream protocol for datagram family 2 address " + quoted(text) +
                           "; QUIC is not compiled in if this is what you were looking for."};
    } else if (prefix.family == kFamilySockpair) {
        done = parse_descriptor(rest, text, rules, endpoint);
        endpoint.kind = Endpoint::Kind::sockpair;
    } else if (prefix.family == kFamilyReverse) {
        done = parse_reverse(rest, text, rules, endpoint);
    } else if (prefix.family == kFamilyFd) {
        done = parse_descriptor(rest, text, rules, endpoint);
    } else if (prefix.family == AF_UNIX) {
        if (!rules.unix_allowed) return base::Error{"a UNIX socket is not acceptable here in " + quoted(text)};
        done = parse_path(rest, text, prefix.abstract, endpoint);
        endpoint.unpadded = prefix.text == "abnsz@";
    } else {
        done = parse_ip_and_port(rest, prefix.family, text, rules, endpoint);
    }
    if (!done) return base::Error{done.error()};
    if (endpoint.datagram && !rules.datagram)
        return base::Error{"dgram-type address not acceptable in " + quoted(text)};
    return endpoint;
}

bool resolve_host(model::Endpoint& endpoint) {
    if (endpoint.kind != Endpoint::Kind::host || base::offline()) return true;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(endpoint.path.c_str(), nullptr, &hints, &found) != 0) return false;
    for (addrinfo* at = found; at; at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
        endpoint.ip = net::Address::from(at->ai_addr, at->ai_addrlen);
        endpoint.ip.set_port(endpoint.port_low);
        break;
    }
    freeaddrinfo(found);
    return endpoint.ip.is_ip();
}

}  // namespace cfgproxy::config
