// `option forwarded`: the Forwarded field of RFC 7239 (manual 3.4 section 4.2).
#include "stream/forwarded.h"

#include "base/text.h"
#include "http/forwarded.h"

namespace cfgproxy::stream {
namespace {

using From = model::Forwarded::From;
using Part = model::Forwarded::Part;

/// "[2001:db8::1]", in quotes of its own unless the whole node stands in some.
void append_ipv6(std::string& to, const net::Address& ip, bool quoted) {
    if (!quoted) to += '"';
    to += '[';
    to += ip.ip_text();
    to += ']';
}

/// What the user gives as a name: as it is if it is a node's name, hidden behind '_' if it can be, else nothing.
void append_given_name(std::string& to, std::string_view text, bool quoted) {
    http::NodeName name;
    std::string_view rest = text;
    if (http::take_node_name(rest, name, true) && rest.empty()) {
        if (name.kind == http::NodeName::Kind::ip && name.ip.family() == AF_INET6)
            append_ipv6(to, name.ip, quoted);
        else
            to += text;
        return;
    }
    rest = text;
    if (http::take_hidden(rest) && rest.empty()) to.append("_").append(text);
}

void append_name(std::string& to, const sample::Context& context, const Part& part, const net::Address& address,
                 bool quoted) {
    if (part.from == From::connection) {
        if (address.family() == AF_INET) to += address.ip_text();
        if (address.family() == AF_INET6) append_ipv6(to, address, quoted);
        return;
    }
    sample::Value value;
    if (part.expression->evaluate(context, value) != sample::Found::yes) return;
    if (value.type == sample::Type::ipv6) return append_ipv6(to, value.ip, quoted);
    if (sample::cast(value, sample::Type::str, *context.arena)) append_given_name(to, value.text, quoted);
}

void append_port(std::string& to, const sample::Context& context, const Part& part, const net::Address& address) {
    if (part.from == From::connection) {
        if (address.is_ip()) base::append_uint(to, address.port());
        return;
    }
    std::string_view text;
    if (part.expression->evaluate_text(context, text) != sample::Found::yes) return;
    http::NodePort port;
    std::string_view rest = text;
    if (http::take_node_port(rest, port) && rest.empty()) {
        to += text;
        return;
    }
    rest = text;
    if (http::take_hidden(rest) && rest.empty()) to.append("_").append(text);
}

void append_node(std::string& to, const sample::Context& context, const Part& name, const Part& port,
                 const net::Address& address) {
    const std::size_t start = to.size();
    const bool quoted = port.from != From::nothing;
    if (quoted) to += '"';
    const std::size_t behind_quote = to.size();
    append_name(to, context, name, address, quoted);
    if (to.size() == behind_quote) to += "unknown";
    if (quoted) {
        to += ':';
        const std::size_t behind_colon = to.size();
        append_port(to, context, port, address);
        if (to.size() == behind_colon) to.pop_back();
    }
    if (to[start] == '"') to += '"';
}

void append_host(std::string& to, const sample::Context& context, const Part& host) {
    std::string_view text;
    if (host.from == From::connection) {
        const http::Header* header = context.request ? context.request->headers.find(http::Known::host) : nullptr;
        if (header) text = header->value;
    } else if (host.expression->evaluate_text(context, text) != sample::Found::yes) {
        return;
    }
    std::string_view rest = text;
    if (http::take_host(rest, true) && rest.empty()) to += text;
}

/// All elements of all Forwarded fields are in order; `last` is the last such field, if there is one.
bool is_sound(http::HeaderList& headers, http::Header*& last) {
    for (http::Header& header : headers) {
        if (header.name != "forwarded") continue;
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element)) {
            http::ForwardedElement parsed;
            if (!http::parse_forwarded(element, parsed)) return false;
            last = &header;
        }
    }
    return true;
}

}  // namespace

std::string forwarded_element(const model::Forwarded& option, const sample::Context& context) {
    std::string text;
    const auto parameter = [&](std::string_view name) -> std::string& {
        if (!text.empty()) text += ';';
        return text.append(name).append("=");
    };
    if (option.proto) parameter("proto") += context.client_tls ? "https" : "http";
    if (option.host.from != From::nothing) {
        parameter("host") += '"';
        append_host(text, context, option.host);
        text += '"';
    }
    if (option.by.from != From::nothing) append_node(parameter("by"), context, option.by, option.by_port, context.dst);
    if (option.for_.from != From::nothing)
        append_node(parameter("for"), context, option.for_, option.for_port, context.src);
    return text;
}

void add_forwarded(const model::Proxy& backend, sample::Context& context) {
    if (!backend.forwarded.enabled || !context.request) return;
    const std::string element = forwarded_element(backend.forwarded, context);
    http::HeaderList& headers = context.request->headers;
    http::Header* last = nullptr;
    if (is_sound(headers, last) && last)
        last->value = context.arena->concat(last->value, ",", element);
    else
        headers.add(*context.arena, "forwarded", context.arena->copy(element));
}

}  // namespace cfgproxy::stream
