#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

bool excepted(const model::AddressHeader& option, const net::Address& address) {
    for (const net::Network& network : option.except)
        if (network.contains(address)) return true;
    return false;
}

/// One of the two options: enabled by the frontend or the backend, the backend's name first; excepted by either.
void add_address_header(Stream& s, const model::AddressHeader& of_frontend, const model::AddressHeader& of_backend,
                        const net::Address& address) {
    if (!of_frontend.enabled && !of_backend.enabled) return;
    if (!address.is_ip()) return;
    const bool if_none = (!of_frontend.enabled || of_frontend.if_none) && (!of_backend.enabled || of_backend.if_none);
    const std::string& name = of_backend.enabled && !of_backend.header.empty() ? of_backend.header : of_frontend.header;
    if (if_none && s.request.headers.find(name)) return;
    if (excepted(of_frontend, address) || excepted(of_backend, address)) return;
    char text[46];
    const std::size_t length = address.write_ip(text);
    s.request.headers.add(s.arena, name, s.arena.copy({text, length}));
}

/// In tunnel mode both sides' words about the connection go through as they are.
void pass_connection_on(Stream& s, http::Head& head) {
    if (head.connection & http::kClose)
        head.headers.add(s.arena, "connection", "close");
    else if (head.connection & http::kKeepAlive)
        head.headers.add(s.arena, "connection", "keep-alive");
}

/// The connection field towards the client, of any response.
void set_client_connection(Stream& s) {
    http::Response& response = s.response;
    // Without a length or chunks only the close tells the end.
    if (response.framing == http::Framing::until_close) s.keep_client = false;
    if (s.keep_client) {
        const bool old_chunks = !response.is_at_least_1_1() && response.framing == http::Framing::chunked;
        if ((!s.request.is_at_least_1_1() || !response.is_at_least_1_1()) && !old_chunks)
            response.headers.add(s.arena, "connection", "keep-alive");
    } else if (response.is_at_least_1_1()) {
        response.headers.add(s.arena, "connection", "close");
    }
}

/// The client's connection shall end, whatever the server does.
bool is_last_exchange(const Stream& s) {
    return s.frontend->options.connection_mode == model::ConnectionMode::close ||
           s.session.env().process.stopping.load(std::memory_order_relaxed) || s.session.binding().gone;
}

}  // namespace

model::ConnectionMode connection_mode(const Stream& s) {
    const auto of = [](const model::Proxy& p) {
        return p.options.connection_mode.value_or(model::ConnectionMode::keep_alive);
    };
    return std::max(of(*s.frontend), of(*s.backend));
}

void add_address_headers(Stream& s) {
    add_address_header(s, s.frontend->forwardfor, s.backend->forwardfor, s.context.src);
    add_address_header(s, s.frontend->originalto, s.backend->originalto, s.context.dst);
}

void set_request_connection(Stream& s) {
    http::Request& request = s.request;
    if (request.connection & http::kUpgrade) return;  // both of its fields stand in the list
    s.keep_server = connection_mode(s) == model::ConnectionMode::keep_alive;
    if (connection_mode(s) == model::ConnectionMode::tunnel) return pass_connection_on(s, request);
    const bool fake = s.backend->options.http_pretend_keepalive;
    if (s.keep_server || fake) {
        if (!request.is_at_least_1_1()) request.headers.add(s.arena, "connection", "keep-alive");
    } else if (request.is_at_least_1_1()) {
        request.headers.add(s.arena, "connection", "close");
    }
}

void set_response_connection(Stream& s) {
    http::Response& response = s.response;
    if (response.framing == http::Framing::tunnel) return;
    if (connection_mode(s) == model::ConnectionMode::tunnel) {
        s.keep_client = false;
        return pass_connection_on(s, response);
    }
    // Towards the server: a close, an old version without keep-alive, or a body without end leave nothing to keep.
    const bool server_keeps =
        response.is_at_least_1_1() ? !(response.connection & http::kClose) : (response.connection & http::kKeepAlive);
    if (!server_keeps || response.framing == http::Framing::until_close) s.keep_server = false;
    if (is_last_exchange(s)) s.keep_client = false;
    set_client_connection(s);
}

void set_reply_connection(Stream& s) {
    if (is_last_exchange(s) || s.frontend->options.connection_mode == model::ConnectionMode::tunnel)
        s.keep_client = false;
    set_client_connection(s);
}

}  // namespace cfgproxy::stream
