#include "keywords/source.h"

#include "base/text.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using Kind = model::ShownSource::Kind;

bool read_header(std::string_view inside, model::ShownSource& shown, std::string& error) {
    const auto comma = inside.find(',');
    shown.kind = Kind::header;
    shown.header = base::trim(inside.substr(0, comma));
    if (shown.header.empty()) {
        error = "usesrc: missing header name in hdr_ip()";
        return false;
    }
    if (comma == inside.npos) return true;
    const auto number = base::parse_int(base::trim(inside.substr(comma + 1)));
    if (!number || *number < -10) {
        error = "usesrc hdr_ip(name,num) does not support negative occurrences values smaller than 10";
        return false;
    }
    shown.occurrence = static_cast<std::int32_t>(*number);
    return true;
}

}  // namespace

bool read_shown_source(Parser& parser, std::string_view text, model::ShownSource& shown, std::string& error) {
    shown = {};
    if (text == "client" || text == "clientip") {
        shown.kind = text == "client" ? Kind::client : Kind::client_ip;
        return true;
    }
    if (text.starts_with("hdr_ip(") && text.ends_with(')'))
        return read_header(text.substr(7, text.size() - 8), shown, error);
    auto endpoint = config::parse_endpoint(parser.environment().expand(text), {});
    if (!endpoint || !config::resolve_host(*endpoint)) {
        error = endpoint ? "invalid address: " + quoted(endpoint->path) + " in " + quoted(text) : endpoint.error();
        return false;
    }
    shown.kind = Kind::address;
    shown.address = endpoint->ip;
    if (shown.address.is_ip() && shown.address.port() == 0) shown.address.set_port(endpoint->port_low);
    return true;
}

}  // namespace cfgproxy::keywords
