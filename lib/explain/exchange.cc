#include "explain/exchange.h"

#include "base/text.h"
#include "http/h1.h"
#include "log/format.h"
#include "model/server_path.h"

namespace cfgproxy::explain {

// --- what runs beside the configuration --------------------------------------------------------------------------

Surroundings::Surroundings(const model::Config& config) : registry_(1, *this), objects_(registry_.adopt(config)) {}

std::string Surroundings::take_down(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const model::ServerPath path(name);
        std::shared_ptr<server::Server> found;
        for (const auto& backend : objects_.backends)
            if (backend && backend->name() == path.backend) found = backend->find(path.server);
        if (!found) return "there is no server '" + name + "' (BACKEND/SERVER)";
        found->backend().set_health(*found, server::Health::down, "as asked");
    }
    return {};
}

std::int64_t Surroundings::usable_servers(const model::Proxy& proxy) const {
    const server::Backend* state = backend(proxy);
    return state ? state->usable_servers() : 0;
}

bool Surroundings::is_up(const model::Server& which) const {
    const server::Backend* state = backend(*which.proxy);
    const server::Server* server = state ? state->state_of(which) : nullptr;
    return server && server->running();
}

std::vector<const model::Server*> Surroundings::servers(const model::Proxy& proxy) const {
    const server::Backend* state = backend(proxy);
    return state ? state->lines() : std::vector<const model::Server*>{};
}

// --- the exchange ------------------------------------------------------------------------------------------------

namespace {

/// "https://host:8443/path" taken apart; the host stays empty in "/path".
struct Url {
    std::string_view scheme, authority, rest;
    explicit Url(std::string_view text) : rest(text) {
        const std::size_t colon = text.find("://");
        if (colon == std::string_view::npos) return;
        scheme = text.substr(0, colon);
        rest = text.substr(colon + 3);
        const std::size_t slash = rest.find_first_of("/?");
        authority = rest.substr(0, slash);
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    }
    std::uint16_t port() const {
        const std::size_t colon = authority.rfind(':');
        if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos)
            if (const auto number = base::parse_uint(authority.substr(colon + 1)); number && *number < 65536)
                return static_cast<std::uint16_t>(*number);
        return scheme == "https" ? 443 : scheme == "http" ? 80 : 0;
    }
};

/// "192.0.2.1:80", "[2001:db8::1]:80", or without port.
bool read_address(std::string_view text, std::uint16_t otherwise, net::Address& address) {
    std::uint16_t port = otherwise;
    const std::size_t colon = text.rfind(':');
    const bool bare_v6 = text.find(':') != colon && !text.starts_with('[');
    if (colon != std::string_view::npos && !bare_v6 && !text.ends_with(']')) {
        const auto number = base::parse_uint(text.substr(colon + 1));
        if (!number || *number > 65535) return false;
        port = static_cast<std::uint16_t>(*number);
        text = text.substr(0, colon);
    }
    auto parsed = net::Address::parse_ip(text);
    if (!parsed.ok()) return false;
    address = *parsed;
    address.set_port(port);
    return true;
}

bool listens_on(const model::Bind& bind, std::uint16_t port) {
    const auto& endpoint = bind.endpoint;
    if (endpoint.kind != model::Endpoint::Kind::ip && endpoint.kind != model::Endpoint::Kind::host) return false;
    return endpoint.port_low <= port && port <= std::max(endpoint.port_low, endpoint.port_high);
}

}  // namespace

Exchange::Exchange(const model::Config& config, const Question& question, Surroundings& live) {
    const Url url(question.url);
    tls_ = url.scheme == "https";
    port_ = url.port();
    choose_frontend(config, question);
    if (!error_.empty()) return;

    context.arena = context.session_arena = &arena;
    context.frontend = context.backend = frontend;
    context.bind = bind;
    context.live = &live;
    context.session_counters = &tracked_by_session_;
    context.stream_counters = &tracked_;
    for (int i = 0; i < 6; ++i) context.variables[i] = &variables_[i];
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    context.wall_us = static_cast<std::uint64_t>(now.tv_sec) * 1000000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    context.request_complete = true;
    if (!read_address(question.source, 54321, context.src)) {
        error_ = "'" + question.source + "' is no address";
        return;
    }
    const std::uint16_t port = bind ? bind->endpoint.port_low : port_;
    if (question.destination.empty()) {
        context.dst = bind && bind->endpoint.ip.is_ip() && !bind->endpoint.ip.is_any()
                          ? bind->endpoint.ip
                          : *net::Address::parse_ip("127.0.0.1");
        context.dst.set_port(port_ && bind && listens_on(*bind, port_) ? port_ : port);
    } else if (!read_address(question.destination, port, context.dst)) {
        error_ = "'" + question.destination + "' is no address";
        return;
    }
    prepare_captures();
    read_request(question);
    for (const auto& [name, value] : question.variables)
        if (!set_variable(name, value)) return;

    record.client = context.src;
    record.frontend_address = context.dst;
    record.accept_wall_us = record.request_wall_us = context.wall_us;
    record.frontend_name = record.backend_name = frontend->name;
    record.server_name = "<NOSRV>";
    record.live = &live;
    record.http = frontend->mode == model::Mode::http;
    if (bind) record.bind_id = bind->id, record.bind_name = bind->name;
    record.active_connections = record.frontend_connections = 1;
    record.idle_ms = record.request_ms = 0;
    record.active_ms = record.total_ms = 0;
}

void Exchange::choose_frontend(const model::Config& config, const Question& question) {
    net::Address wanted;
    std::uint16_t port = port_;
    if (!question.destination.empty() && read_address(question.destination, port_, wanted)) port = wanted.port();
    if (!question.frontend.empty()) {
        frontend = config.find_frontend(question.frontend);
        if (!frontend) {
            error_ = "there is no frontend '" + question.frontend + "'";
            const char* before = "; there are ";
            for (const auto& proxy : config.proxies) {
                if (proxy->disabled || !proxy->is_frontend()) continue;
                error_ += before + proxy->name;
                before = ", ";
            }
            return;
        }
        for (const model::Bind& candidate : frontend->binds)
            if (!bind || (port && listens_on(candidate, port) && !listens_on(*bind, port))) bind = &candidate;
        reached_by = "as asked";
        return;
    }
    std::size_t frontends = 0;
    const model::Proxy* first = nullptr;
    for (const auto& proxy : config.proxies) {
        if (!proxy->is_frontend() || proxy->disabled || proxy->binds.empty()) continue;
        ++frontends;
        if (!first || (first->mode != model::Mode::http && proxy->mode == model::Mode::http)) first = proxy.get();
        for (const model::Bind& candidate : proxy->binds) {
            const bool address_fits = question.destination.empty() || !wanted.is_ip() ||
                                      candidate.endpoint.ip.is_any() || candidate.endpoint.ip.same_ip(wanted);
            if (frontend || port == 0 || !listens_on(candidate, port) || !address_fits) continue;
            frontend = proxy.get();
            bind = &candidate;
            reached_by = "it listens on port " + std::to_string(port);
        }
    }
    if (frontend) return;
    if (!first) {
        error_ = "no frontend listens";
        return;
    }
    frontend = first;
    bind = &first->binds.front();
    reached_by =
        frontends == 1 ? "there is no other" : "none listens on the request's port, so the first one; see --frontend";
}

void Exchange::read_request(const Question& question) {
    const Url url(question.url);
    std::string target(url.rest);
    if (target.empty() || target[0] == '?') target.insert(target.begin(), '/');
    request_text_ = question.method + " " + target + " " + question.version + "\r\n";
    bool has_host = false, has_length = false;
    for (const auto& [name, value] : question.headers) {
        has_host |= base::iequal(name, "host");
        has_length |= base::iequal(name, "content-length") || base::iequal(name, "transfer-encoding");
    }
    if (!has_host && !url.authority.empty()) {
        std::string_view host = url.authority;
        for (std::string_view port : {":80", ":443"})
            if (host.ends_with(port) && port == (tls_ ? ":443" : ":80")) host.remove_suffix(port.size());
        request_text_ += "host: " + std::string(host) + "\r\n";
    }
    for (const auto& [name, value] : question.headers) request_text_ += name + ": " + value + "\r\n";
    if (!question.body.empty() && !has_length)
        request_text_ += "content-length: " + std::to_string(question.body.size()) + "\r\n";
    request_text_ += "\r\n";
    const std::size_t head = request_text_.size();
    request_text_ += question.body;

    http::H1HeadParser parser;
    const auto state = parser.feed(request_text_.data(), static_cast<std::uint32_t>(head), {}, arena);
    if (state != http::ParseState::done || !parser.finish(request_text_.data(), arena, request)) {
        refused_ = parser.error().status ? parser.error().status : 400;
        refusal_ = parser.error().reason;
        record.request_line = "<BADREQ>";
        return;
    }
    context.request = &request;
    context.method = request.method;
    context.method_text = arena.copy(request.method_text);
    context.request_data = std::string_view(request_text_).substr(head);
    record.method = request.method;
    record.method_text = context.method_text;
    record.target = arena.copy(request.target);
    record.version = arena.copy(request.version);
    record.request_line = log::copy_request_line(arena, request);
    context.request_line = record.request_line;
    context.request_version = record.version;
}

bool Exchange::read_response(const std::string& text) {
    response_text_.clear();
    // Lines may end as they are typed.
    const std::size_t blank = text.find("\n\n"), strict = text.find("\r\n\r\n");
    const std::size_t end = strict != std::string::npos ? strict : blank;
    for (std::string_view line : base::split(std::string_view(text).substr(0, end), '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) response_text_.append(line).append("\r\n");
    }
    response_text_ += "\r\n";
    const std::size_t head = response_text_.size();
    if (end != std::string::npos) response_text_ += text.substr(end + (strict != std::string::npos ? 4 : 2));
    http::H1HeadParser parser(true);
    const auto state = parser.feed(response_text_.data(), static_cast<std::uint32_t>(head), {}, arena);
    if (state != http::ParseState::done || !parser.finish(response_text_.data(), arena, response, context.method))
        return false;
    response_body = std::string_view(response_text_).substr(head);
    context.response_version = response.is_at_least_1_1() ? "HTTP/1.1" : "HTTP/1.0";
    return true;
}

bool Exchange::set_variable(const std::string& name, const std::string& value) {
    constexpr std::string_view kScopes[] = {"proc.", "sess.", "txn.", "req.", "res."};
    for (std::size_t i = 0; i < std::size(kScopes); ++i) {
        if (!name.starts_with(kScopes[i]) || name.size() == kScopes[i].size()) continue;
        const std::string_view rest = std::string_view(name).substr(kScopes[i].size());
        sample::set_variable(context, static_cast<sample::Scope>(i), arena.copy(rest),
                             sample::Value::of_text(arena.copy(value)));
        return true;
    }
    error_ = "'" + name + "' is no name of a variable (proc.NAME, sess.NAME, txn.NAME, req.NAME, res.NAME)";
    return false;
}

void Exchange::prepare_captures() {
    const auto make = [&](std::size_t count) {
        return count == 0 ? nullptr : arena.make_array<std::string_view>(count);
    };
    context.request_captures = make(frontend->request_captures.size());
    context.response_captures = make(frontend->response_captures.size());
    record.request_captures = context.request_captures;
    record.response_captures = context.response_captures;
    record.request_capture_count = static_cast<std::uint32_t>(frontend->request_captures.size());
    record.response_capture_count = static_cast<std::uint32_t>(frontend->response_captures.size());
}

}  // namespace cfgproxy::explain
