// What is done for the server: what is added to the request, who it goes to and why.
#include <algorithm>

#include "explain/walk.h"
#include "http/cookie.h"
#include "log/format.h"
#include "stream/forwarded.h"

namespace cfgproxy::explain {

/// What an option adds to the request; nothing is said if it adds nothing.
template <class Add>
void Walk::add_by_option(std::string_view option, const base::Place& place, Add add) {
    const Snapshot before(exchange_.context);
    add();
    if (auto changes = before.changes(exchange_.context); !changes.empty())
        note("Added by " + std::string(option) + ":", place, std::move(changes));
}

void Walk::prepare_request() {
    if (!exchange_.record.http) return;
    const model::Proxy& frontend = *exchange_.frontend;
    http::HeaderList& headers = exchange_.request.headers;
    if (frontend.unique_id_format) {
        exchange_.record.unique_id = log::render(*frontend.unique_id_format, &exchange_.record, exchange_.context);
        exchange_.context.unique_id = exchange_.record.unique_id;
        if (!frontend.unique_id_header.empty())
            add_by_option("unique-id-header", frontend.place,
                          [&] { headers.add(exchange_.arena, frontend.unique_id_header, exchange_.record.unique_id); });
    }
    const auto add_address = [&](const model::AddressHeader& mine, const model::AddressHeader& other,
                                 const net::Address& address) {
        if ((!mine.enabled && !other.enabled) || !address.is_ip()) return;
        const bool if_none = (!mine.enabled || mine.if_none) && (!other.enabled || other.if_none);
        const std::string& name = other.enabled && !other.header.empty() ? other.header : mine.header;
        if (if_none && headers.find(name)) return;
        for (const auto* option : {&mine, &other})
            for (const net::Network& network : option->except)
                if (network.contains(address)) return;
        headers.add(exchange_.arena, name, exchange_.arena.copy(address.ip_text()));
    };
    add_by_option("option forwardfor", backend().place,
                  [&] { add_address(frontend.forwardfor, backend().forwardfor, exchange_.context.src); });
    add_by_option("option originalto", backend().place,
                  [&] { add_address(frontend.originalto, backend().originalto, exchange_.context.dst); });
    add_by_option("option forwarded", backend().place, [&] { stream::add_forwarded(backend(), exchange_.context); });
    set_connection();
}

/// The connection field towards the server, as stream::set_request_connection() makes it.
void Walk::set_connection() {
    using Mode = model::ConnectionMode;
    http::Request& request = exchange_.request;
    if (request.connection & http::kUpgrade) return;
    const auto mode_of = [](const model::Proxy& proxy) {
        return proxy.options.connection_mode.value_or(Mode::keep_alive);
    };
    const Mode mode = std::max(mode_of(*exchange_.frontend), mode_of(backend()));
    const bool keeps = mode == Mode::keep_alive || backend().options.http_pretend_keepalive;
    std::string_view value;
    if (mode == Mode::tunnel)
        value = request.connection & http::kClose ? "close" : request.connection & http::kKeepAlive ? "keep-alive" : "";
    else if (!keeps)
        value = "close";
    else if (!request.is_at_least_1_1())
        value = "keep-alive";
    if (value.empty()) return;
    const std::string_view option = mode == Mode::server_close && !keeps ? "option http-server-close"
                                    : mode == Mode::close && !keeps      ? "option httpclose"
                                    : mode == Mode::tunnel               ? "option http-tunnel"
                                                                         : "keep-alive, as the client speaks HTTP/1.0";
    add_by_option(option, backend().place, [&] { request.headers.add(exchange_.arena, "connection", value); });
}

/// A cookie or a use-server rule that asks for a server.
void Walk::persistence(server::PickRequest& pick) {
    server::Backend& state = *live_.backend(backend());
    const model::CookieSettings& cookie = backend().cookie;
    if (exchange_.record.http && cookie.kind != model::CookieSettings::Kind::none) {
        exchange_.record.termination[2] = exchange_.record.termination[3] = 'N';
        for (const http::Header& header : exchange_.request.headers) {
            if (header.known != http::Known::cookie) continue;
            std::string_view value = http::find_cookie(header.value, cookie.name);
            if (value.data() == nullptr) continue;
            if (cookie.kind == model::CookieSettings::Kind::prefix) value = value.substr(0, value.find('~'));
            value = value.substr(0, value.find('|'));
            server::Server* wanted = state.find_by_cookie(value);
            exchange_.record.termination[2] = !wanted ? 'I' : wanted->running() ? 'V' : 'D';
            if (wanted && wanted->running()) {
                pick.persistent = wanted;
                told_.server_reason = "cookie " + cookie.name + "=" + std::string(value);
            } else {
                note("Cookie " + cookie.name + "=" + std::string(value) +
                         (wanted ? " asks for a server that is down." : " belongs to no server."),
                     backend().place);
            }
            break;
        }
    }
    for (const model::UseServer& rule : backend().use_servers) {
        if (pick.persistent) break;
        const auto found = rule.when ? rule.when->test(exchange_.context) : sample::Found::yes;
        Event event;
        event.set = "use-server rules of " + described(backend());
        event.text = "use-server " + rule.name;
        event.place = rule.place;
        event.found = found;
        if (rule.when) {
            event.condition = rule.when->text;
            event.terms = trace(*rule.when, exchange_.context);
        }
        told_.events.push_back(event);
        if (found != sample::Found::yes || !rule.server) continue;
        told_.hit.emplace_back(rule.place, event.text);
        server::Server* wanted = state.state_of(*rule.server);
        if (!wanted || !wanted->running()) continue;
        pick.persistent = wanted;
        told_.server_reason = "use-server " + rule.name;
    }
    stickiness(backend().stick_requests, "store-request");
}

/// `stick` rules: what they look for in tables, which a question finds empty, and what they would put into them.
void Walk::stickiness(const std::vector<model::StickRule>& rules, std::string_view storing) {
    for (const model::StickRule& rule : rules) {
        if (!rule.table) continue;
        const auto found = rule.when ? rule.when->test(exchange_.context) : sample::Found::yes;
        Event event;
        event.set = "stick rules of " + described(backend());
        event.text = "stick " +
                     std::string(rule.match && rule.store ? "on"
                                 : rule.match             ? "match"
                                                          : storing) +
                     " " + rule.key->text + (rule.table_name.empty() ? "" : " table " + rule.table_name);
        event.place = rule.place;
        event.found = found;
        if (rule.when) {
            event.condition = rule.when->text;
            event.terms = trace(*rule.when, exchange_.context);
        }
        if (found == sample::Found::yes) {
            std::string_view key;
            if (rule.key->evaluate_text(exchange_.context, key) != sample::Found::yes) {
                event.changes.push_back("no key: the expression gives nothing");
            } else {
                const std::string about = " " + std::string(key) + " in table " + rule.table->name;
                if (rule.match) event.changes.push_back("looks for" + about + ": here tables are empty");
                if (rule.store) event.changes.push_back("stores the server under" + about);
            }
            told_.hit.emplace_back(rule.place, event.text);
        }
        told_.events.push_back(std::move(event));
    }
}

void Walk::list_servers(server::Backend& state) {
    for (const auto& server : state.servers()) {
        Candidate candidate;
        candidate.name = server->name();
        candidate.address = server->config().endpoint.text;
        candidate.weight = server->user_weight();
        candidate.backup = server->is_backup();
        candidate.possible = server->usable() && (!server->is_backup() || state.active_servers() == 0);
        candidate.state = server->in_maintenance() ? "disabled" : server->running() ? "up" : "down";
        if (candidate.weight == 0 && candidate.possible) candidate.possible = false;
        told_.servers.push_back(std::move(candidate));
    }
}

bool Walk::pick_server() {
    constexpr std::string_view kNames[] = {"roundrobin", "static-rr", "leastconn", "first",      "source", "uri",
                                           "url_param",  "hdr",       "random",    "rdp-cookie", "hash"};
    server::Backend& state = *live_.backend(backend());
    list_servers(state);
    server::PickRequest request{.context = &exchange_.context, .now_ms = exchange_.context.wall_us / 1000};
    persistence(request);
    const auto algorithm = static_cast<std::size_t>(backend().balance.algorithm);
    told_.balance = algorithm < std::size(kNames) ? kNames[algorithm] : "other";
    if (told_.servers.empty() && backend().dispatch) {
        told_.server = "dispatch " + backend().dispatch->text;
        exchange_.record.server_name = "<NOSRV>";
        return true;
    }
    const server::Pick pick = state.pick(request);
    if (!pick.server) {
        end_with('S', 'C');
        answer_status(503, "no server of the backend may be used");
        return false;
    }
    told_.server = pick.server->name();
    if (told_.server_reason.empty()) {
        using model::Algorithm;
        const auto kind = backend().balance.algorithm;
        const bool hashes = kind == Algorithm::source || kind == Algorithm::uri || kind == Algorithm::url_param ||
                            kind == Algorithm::hdr || kind == Algorithm::hash || kind == Algorithm::rdp_cookie;
        std::size_t possible = 0;
        for (const Candidate& candidate : told_.servers) possible += candidate.possible;
        told_.server_reason = hashes          ? "by its hash, as long as the same servers run"
                              : possible == 1 ? "the only one"
                                              : "the first one after a start; then they take turns";
    }
    exchange_.context.server = &pick.server->config();
    exchange_.record.server_name = exchange_.arena.copy(pick.server->name());
    exchange_.record.server_address = pick.server->address();
    exchange_.record.server_connections = 1;
    exchange_.record.queue_ms = exchange_.record.connect_ms = 0;
    state.leave(*pick.server);
    return true;
}

}  // namespace cfgproxy::explain
