#pragma once
#include <cstdint>
#include <string_view>

#include "net/address.h"

namespace cfgproxy::http {

/// The first half of a node of RFC 7239 (section 6): who.
struct NodeName {
    enum class Kind : std::uint8_t { unknown, ip, hidden } kind = Kind::unknown;
    net::Address ip;
    std::string_view text;  ///< hidden: with its '_'
};
/// The second half: which port.
struct NodePort {
    enum class Kind : std::uint8_t { none, number, hidden } kind = Kind::none;
    std::uint16_t number = 0;
    std::string_view text;  ///< hidden: with its '_'
};

/// Each takes what it reads off the front of `text`; false if there is nothing of the kind. A port, and an IPv6 address
/// in its brackets, may only stand in quotes.
bool take_node_name(std::string_view& text, NodeName& name, bool in_quotes);
bool take_node_port(std::string_view& text, NodePort& port);
bool take_node(std::string_view& text, NodeName& name, NodePort& port, bool in_quotes);
/// A host name or address, with a port if in quotes.
bool take_host(std::string_view& text, bool in_quotes);
/// Letters, digits, '.', '-' and '_': what may stand behind the '_' of a hidden name. At least one.
bool take_hidden(std::string_view& text);

/// One element of a Forwarded field. Views into it, without quotes; null: not there.
struct ForwardedElement {
    std::string_view for_, by, host, proto;
};
/// False if anything in it is not as HAProxy wants it: for, by, host and proto (http or https), each at most once, in
/// lower case, and nothing else.
bool parse_forwarded(std::string_view text, ForwardedElement& element);

}  // namespace cfgproxy::http
