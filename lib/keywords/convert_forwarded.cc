#include "base/text.h"
#include "http/forwarded.h"
#include "keywords/sample_support.h"

/// Converters of the Forwarded field (RFC 7239, manual 7.3.1, rfc7239_...).
namespace cfgproxy::keywords {
namespace {

using http::NodeName;
using http::NodePort;

bool convert_is_valid(const Context&, Arguments, Value& value) {
    http::ForwardedElement element;
    value.set_bool(http::parse_forwarded(value.text, element));
    return true;
}

/// Any name may be asked for; nothing is found by those that are none of the four.
bool convert_field(const Context&, Arguments args, Value& value) {
    http::ForwardedElement element;
    if (!http::parse_forwarded(value.text, element)) return false;
    const std::string_view name = args[0].text;
    const std::string_view found = name == "for"     ? element.for_
                                   : name == "by"    ? element.by
                                   : name == "host"  ? element.host
                                   : name == "proto" ? element.proto
                                                     : std::string_view{};
    if (!found.data()) return false;
    value.set_text(found);
    return true;
}

/// What stands behind the node is not looked at, as in HAProxy.
bool read_node(const Value& value, NodeName& name, NodePort& port) {
    std::string_view rest = value.text;
    return http::take_node(rest, name, port, true);
}

bool convert_node_name(const Context&, Arguments, Value& value) {
    NodeName name;
    NodePort port;
    if (!read_node(value, name, port)) return false;
    switch (name.kind) {
        case NodeName::Kind::ip:
            value.set_ip(name.ip);
            return true;
        case NodeName::Kind::hidden:
            value.set_text(name.text);
            return true;
        case NodeName::Kind::unknown:
            break;
    }
    value.set_text("unknown");
    return true;
}

bool convert_node_port(const Context&, Arguments, Value& value) {
    NodeName name;
    NodePort port;
    if (!read_node(value, name, port)) return false;
    switch (port.kind) {
        case NodePort::Kind::number:
            value.set_int(port.number);
            return true;
        case NodePort::Kind::hidden:
            value.set_text(port.text);
            return true;
        case NodePort::Kind::none:
            break;
    }
    return false;
}

bool hide(const Context& context, Value& value) {
    std::string_view rest = value.text;
    if (!http::take_hidden(rest) || !rest.empty()) return false;
    value.set_text(context.arena->concat("_", value.text));
    return true;
}

bool make_node_name(const Context& context, Arguments, Value& value) {
    if (value.type == Type::ipv6) {
        sample::cast(value, Type::str, *context.arena);
        value.set_text(context.arena->concat("[", value.text, "]"));
        return true;
    }
    if (value.type == Type::ipv4) return sample::cast(value, Type::str, *context.arena);
    if (!sample::cast(value, Type::str, *context.arena)) return false;
    if (!value.text.empty()) return hide(context, value);
    value.set_text("unknown");
    return true;
}

bool make_node_port(const Context& context, Arguments, Value& value) {
    if (value.type == Type::sint) {
        value.set_int(static_cast<std::uint32_t>(value.number));
        return sample::cast(value, Type::str, *context.arena);
    }
    return sample::cast(value, Type::str, *context.arena) && hide(context, value);
}

constexpr auto kDone = Support::done;

// clang-format off
constexpr Converter kTable[] = {
    {.name = "rfc7239_field", .args = "string", .support = kDone, .run = convert_field, .since = "2.8"},
    {.name = "rfc7239_is_valid", .out = Type::boolean, .support = kDone, .run = convert_is_valid, .since = "2.8"},
    {.name = "rfc7239_n2nn", .out = Type::any, .support = kDone, .run = convert_node_name, .since = "2.8"},
    {.name = "rfc7239_n2np", .out = Type::any, .support = kDone, .run = convert_node_port, .since = "2.8"},
    {.name = "rfc7239_nn", .in = Type::any, .support = kDone, .run = make_node_name, .since = "3.1"},
    {.name = "rfc7239_np", .in = Type::any, .support = kDone, .run = make_node_port, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
