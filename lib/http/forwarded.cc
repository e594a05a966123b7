#include "http/forwarded.h"

#include <netinet/in.h>

#include "base/letters.h"
#include "base/text.h"

namespace cfgproxy::http {
namespace {

template <class Wanted>
std::size_t length_of(std::string_view text, std::size_t limit, Wanted wanted) {
    std::size_t length = 0;
    while (length < text.size() && length < limit && wanted(text[length])) ++length;
    return length;
}

bool take_ip(std::string_view& text, std::size_t length, int family, net::Address* ip) {
    auto parsed = net::Address::parse_ip(text.substr(0, length));
    if (!parsed || parsed->family() != family) return false;
    if (ip) *ip = *parsed;
    text.remove_prefix(length);
    return true;
}

bool take_ipv6(std::string_view& text, net::Address* ip) {
    text.remove_prefix(1);
    const std::size_t length =
        length_of(text, INET6_ADDRSTRLEN - 1, [](char c) { return base::is_alnum(c) || c == ':'; });
    if (length == text.size() || text[length] != ']' || !take_ip(text, length, AF_INET6, ip)) return false;
    text.remove_prefix(1);
    return true;
}

bool take_number(std::string_view& text, std::uint16_t& port) {
    std::uint32_t number = 0;
    std::size_t length = 0;
    for (; length < text.size() && base::is_digit(text[length]); ++length) {
        number = number * 10 + static_cast<std::uint32_t>(text[length] - '0');
        if (number > 65535) return false;
    }
    if (number == 0) return false;
    port = static_cast<std::uint16_t>(number);
    text.remove_prefix(length);
    return true;
}

bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

bool take_proto(std::string_view& text) {
    if (!take_word(text, "http")) return false;
    take_word(text, "s");
    return true;
}

}  // namespace

bool take_hidden(std::string_view& text) {
    const std::size_t length =
        length_of(text, text.size(), [](char c) { return base::is_alnum(c) || c == '.' || c == '-' || c == '_'; });
    text.remove_prefix(length);
    return length > 0;
}

bool take_node_name(std::string_view& text, NodeName& name, bool in_quotes) {
    if (text.empty()) return false;
    if (text[0] == '_') {
        const std::string_view whole = text;
        text.remove_prefix(1);
        if (!take_hidden(text)) return false;
        name = {.kind = NodeName::Kind::hidden, .ip = {}, .text = whole.substr(0, whole.size() - text.size())};
        return true;
    }
    if (text[0] == 'u') {
        name = {};
        return take_word(text, "unknown");
    }
    name = {.kind = NodeName::Kind::ip, .ip = {}, .text = {}};
    if (in_quotes && text[0] == '[') return take_ipv6(text, &name.ip);
    const std::size_t length =
        length_of(text, INET_ADDRSTRLEN - 1, [](char c) { return base::is_digit(c) || c == '.'; });
    return take_ip(text, length, AF_INET, &name.ip);
}

bool take_node_port(std::string_view& text, NodePort& port) {
    if (!text.starts_with('_')) {
        port.kind = NodePort::Kind::number;
        return take_number(text, port.number);
    }
    const std::string_view whole = text;
    text.remove_prefix(1);
    if (!take_hidden(text)) return false;
    port = {.kind = NodePort::Kind::hidden, .number = 0, .text = whole.substr(0, whole.size() - text.size())};
    return true;
}

bool take_node(std::string_view& text, NodeName& name, NodePort& port, bool in_quotes) {
    if (!take_node_name(text, name, in_quotes)) return false;
    port = {};
    if (!text.starts_with(':')) return true;
    if (!in_quotes) return false;
    text.remove_prefix(1);
    return take_node_port(text, port);
}

bool take_host(std::string_view& text, bool in_quotes) {
    if (text.empty()) return false;
    if (in_quotes && text[0] == '[') {
        if (!take_ipv6(text, nullptr)) return false;
    } else {
        text.remove_prefix(length_of(text, text.size(), [](char c) { return base::is_alnum(c) || c == '.'; }));
    }
    if (!text.starts_with(':')) return true;
    if (!in_quotes) return false;
    text.remove_prefix(1);
    std::uint16_t port;
    return take_number(text, port);
}

bool parse_forwarded(std::string_view text, ForwardedElement& element) {
    element = {};
    bool first = true;
    while (!text.empty()) {
        if (!first && !take_word(text, ";")) return false;
        first = false;
        std::string_view* value;
        if (!element.for_.data() && text.size() > 4 && take_word(text, "for="))
            value = &element.for_;
        else if (!element.by.data() && text.size() > 3 && take_word(text, "by="))
            value = &element.by;
        else if (!element.host.data() && text.size() > 5 && take_word(text, "host="))
            value = &element.host;
        else if (!element.proto.data() && text.size() > 6 && take_word(text, "proto="))
            value = &element.proto;
        else
            return false;
        const bool in_quotes = value != &element.proto && take_word(text, "\"");
        const std::string_view start = text;
        NodeName name;
        NodePort port;
        const bool good = value == &element.proto  ? take_proto(text)
                          : value == &element.host ? take_host(text, in_quotes)
                                                   : take_node(text, name, port, in_quotes);
        if (!good) return false;
        *value = start.substr(0, start.size() - text.size());
        if (in_quotes && !take_word(text, "\"")) return false;
        if (element.for_.data() && element.by.data() && element.host.data() && element.proto.data())
            return true;  // as HAProxy: nothing behind the fourth is looked at
    }
    return !first;
}

}  // namespace cfgproxy::http
