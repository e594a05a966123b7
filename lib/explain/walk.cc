#include "explain/walk.h"

#include <algorithm>

#include "base/text.h"
#include "config/reader.h"
#include "http/auth.h"
#include "http/cookie.h"
#include "log/format.h"
#include "sample/variable.h"
#include "stream/choose.h"
#include "stream/forwarded.h"

namespace cfgproxy::explain {
namespace {

using model::Verdict;

std::string described(const model::Proxy& proxy) {
    const std::string_view kind = config::kind_of(proxy);
    return std::string(kind == "proxy" ? "listen" : kind) + " '" + proxy.name + "'";
}

std::string verdict_text(Verdict verdict, const model::Reply& reply) {
    switch (verdict) {
        case Verdict::next:
            return {};
        case Verdict::stop:
            return "allowed: no further rule of this set";
        case Verdict::reply:
            return (reply.is_redirect ? "redirected with " : "answered with ") +
                   std::to_string(reply.status ? reply.status : 403);
        case Verdict::tarpit:
            return "held in the tarpit, then " + std::to_string(reply.status ? reply.status : 500);
        case Verdict::reject:
            return "rejected: the connection is closed";
        case Verdict::close:
            return "the server's connection is closed behind this";
        case Verdict::wait:
            return "waits for more data";
        case Verdict::to_http:
            return "what follows is HTTP";
        case Verdict::serve:
            return "a service of the proxy answers";
        case Verdict::error:
            return "could not be executed: 500";
    }
    return {};
}

/// The name behind "set-var(" and its kin, to look up what became of it.
std::string_view variable_of(std::string_view rule) {
    for (std::string_view word : {"set-var(", "set-var-fmt("}) {
        const std::size_t at = rule.find(word);
        if (at == std::string_view::npos) continue;
        const std::size_t from = at + word.size();
        return rule.substr(from, rule.find_first_of("),", from) - from);
    }
    return {};
}

const sample::Value* value_of(std::string_view name, const sample::Context& context) {
    if (name.starts_with("proc.")) return sample::process_variables().get(name.substr(5), *context.arena);
    constexpr std::string_view kScopes[] = {"proc.", "sess.", "txn.", "req.", "res."};
    for (std::size_t i = 0; i < std::size(kScopes); ++i)
        if (name.starts_with(kScopes[i]) && context.variables[i])
            return context.variables[i]->get(name.substr(kScopes[i].size()));
    return nullptr;
}

}  // namespace

std::string head_text(const http::Request& head) {
    std::string text = std::string(head.method_text) + " " + std::string(head.target) + " " + std::string(head.version);
    for (const http::Header& header : head.headers)
        text.append("\n").append(base::lower(header.name)).append(": ").append(header.value);
    return text;
}

std::string head_text(const http::Response& head) {
    std::string text = std::string(head.version.empty() ? "HTTP/1.1" : head.version) + " " +
                       std::to_string(head.status) + " " + std::string(head.reason);
    for (const http::Header& header : head.headers)
        text.append("\n").append(base::lower(header.name)).append(": ").append(header.value);
    return text;
}

// --- rules -------------------------------------------------------------------------------------------------------

void Walk::on_rule(const model::Rule& rule, model::RuleContext& context, sample::Found found) {
    Event event;
    event.set = set_;
    event.text = word_ + rule.text;
    event.place = rule.place;
    event.found = found;
    if (rule.when) {
        event.condition = rule.when->text;
        event.terms = trace(*rule.when, context);
    }
    if (found == sample::Found::yes) told_.hit.emplace_back(rule.place, event.text);
    told_.events.push_back(std::move(event));
    before_ = std::make_unique<Snapshot>(context);
}

void Walk::on_action(const model::Rule& rule, model::RuleContext& context, Verdict verdict) {
    Event& event = told_.events.back();
    event.changes = before_->changes(context);
    if (const auto name = variable_of(rule.text); !name.empty()) {
        const sample::Value* value = value_of(name, context);
        event.changes.push_back("variable " + std::string(name) + " = " +
                                (value ? text_of(*value, *context.arena) : std::string("(not set)")));
    }
    event.verdict = verdict_text(verdict, context.reply);
}

void Walk::note(std::string text, const base::Place& place, std::vector<std::string> changes) {
    Event event;
    event.kind = Event::Kind::note;
    event.text = std::move(text);
    event.place = place;
    event.changes = std::move(changes);
    told_.events.push_back(std::move(event));
}

void Walk::end_with(char cause, char state) {
    exchange_.record.termination[0] = cause;
    exchange_.record.termination[1] = state;
}

bool Walk::run_set(const model::RuleSet& rules, std::string_view word, const model::Proxy& proxy) {
    if (rules.empty()) return true;
    set_ = std::string(word) + " of " + described(proxy);
    // Rules of sets that are named by their word are kept without it.
    const std::size_t end = word.find(" rules");
    word_ = end == std::string_view::npos || word.starts_with("redirect") ? "" : std::string(word.substr(0, end)) + " ";
    std::size_t from = 0;
    model::RuleContext& context = exchange_.context;
    const Verdict verdict = model::run_rules(rules, context, from);
    const bool response = context.response != nullptr;
    switch (verdict) {
        case Verdict::next:
        case Verdict::stop:
        case Verdict::close:
            return true;
        case Verdict::to_http:
            exchange_.record.http = true;
            return true;
        case Verdict::serve:
            end_with('L', 'R');
            answer_by_service();
            return false;
        case Verdict::reply:
        case Verdict::tarpit:
            end_with(context.reply.cause      ? context.reply.cause
                     : context.reply.is_local ? 'L'
                                              : 'P',
                     context.reply.state          ? context.reply.state
                     : verdict == Verdict::tarpit ? 'T'
                     : response                   ? 'H'
                                                  : 'R');
            answer(context.reply);
            return false;
        case Verdict::reject:
            end_with('P', response ? 'H' : 'R');
            if (response)
                answer_status(502, "rejected by a rule");
            else
                close("rejected by a rule");
            return false;
        case Verdict::wait:
            note("The rule waits for data that this request does not bring; live traffic would wait as well.", {});
            return true;
        case Verdict::error:
            end_with('I', response ? 'H' : 'R');
            answer_status(500, "a rule could not be executed");
            return false;
    }
    return true;
}

bool Walk::tcp_rules(const model::Proxy& proxy, bool frontend) {
    if (frontend && (!run_set(proxy.tcp_request_connection, "tcp-request connection rules", proxy) ||
                     !run_set(proxy.tcp_request_session, "tcp-request session rules", proxy)))
        return false;
    return run_set(proxy.tcp_request_content, "tcp-request content rules", proxy);
}

bool Walk::request_rules(const model::Proxy& proxy) {
    if (!exchange_.record.http) return true;
    if (!run_set(proxy.http_request, "http-request rules", proxy)) return false;
    const bool stats = is_stats_page(proxy);
    if (!run_set(proxy.legacy_request, "request filters (1.x)", proxy)) return false;
    if (stats) return show_stats_page(proxy), false;
    return run_set(proxy.redirects, "redirect rules", proxy);
}

bool Walk::monitor() {
    const model::Proxy& frontend = *exchange_.frontend;
    if (!exchange_.record.http || frontend.monitor_uri.empty() || exchange_.request.target != frontend.monitor_uri)
        return false;
    int status = 200;
    for (const auto& condition : frontend.monitor_fail) {
        const auto found = condition->test(exchange_.context);
        Event event;
        event.set = "monitor of " + described(frontend);
        event.text = "monitor fail";
        event.condition = condition->text;
        event.place = condition->place;
        event.found = found;
        event.terms = trace(*condition, exchange_.context);
        told_.events.push_back(std::move(event));
        if (found != sample::Found::yes) continue;
        status = 503;
        break;
    }
    exchange_.record.server_name = "<NOSRV>";
    end_with('L', 'R');
    answer_status(status, "it is the monitor-uri");
    return true;
}

bool Walk::is_stats_page(const model::Proxy& proxy) const {
    const auto method = exchange_.request.method;
    if (!proxy.stats.enabled ||
        (method != http::Method::get && method != http::Method::head && method != http::Method::post))
        return false;
    return exchange_.request.path_and_query().starts_with(proxy.stats.uri);
}

/// `stats auth`: the page is for those who know one of its users.
bool Walk::knows_password(const model::StatsSettings& stats) {
    const http::Header* given = exchange_.request.headers.find(http::Known::authorization);
    http::Credentials credentials;
    if (!given || !http::parse_basic(given->value, exchange_.arena, credentials)) return false;
    return std::find(stats.users.begin(), stats.users.end(),
                     std::pair(std::string(credentials.user), std::string(credentials.password))) != stats.users.end();
}

void Walk::answer_by_service() {
    answered_ = true;
    told_.answered_by = "the service " + std::string(exchange_.context.service);
    told_.status = 200;
    exchange_.record.status = 200;
}

void Walk::show_stats_page(const model::Proxy& proxy) {
    if (!run_set(proxy.stats_rules, "stats http-request rules", proxy)) return;
    exchange_.record.server_name = "<STATS>";
    end_with('L', 'R');
    const bool asks = proxy.stats_rules.empty() && !proxy.stats.users.empty();
    const bool refused = asks && !knows_password(proxy.stats);
    note("The URL begins with 'stats uri " + proxy.stats.uri + "': the statistics page" +
             (refused ? ", for those who know a password of 'stats auth'; this request brings none." : " answers."),
         proxy.place);
    if (refused) {
        exchange_.record.queue_ms = exchange_.record.connect_ms = 0;
        model::Reply reply;
        reply.status = 401;
        reply.error_page = true;
        reply.headers.add(exchange_.arena, "www-authenticate",
                          exchange_.arena.concat("Basic realm=\"", proxy.stats.realm, "\""));
        return answer(reply);
    }
    answered_ = true;
    told_.answered_by = "the statistics page";
    told_.status = 200;
    exchange_.record.status = 200;
}

bool Walk::choose_backend() {
    const model::Proxy& frontend = *exchange_.frontend;
    set_ = "use_backend rules of " + described(frontend);
    const auto render = [&](const model::Template& name) {
        return log::render(name, &exchange_.record, exchange_.context);
    };
    const auto observe = [&](const model::UseBackend& rule, sample::Found found) {
        Event event;
        event.set = set_;
        event.text = rule.text.empty() ? "use_backend " + rule.name : rule.text;
        event.place = rule.place;
        event.found = found;
        if (rule.when) {
            event.condition = rule.when->text;
            event.terms = trace(*rule.when, exchange_.context);
        }
        if (rule.dynamic && found == sample::Found::yes) {
            const auto name = std::string(render(*rule.dynamic));
            event.changes.push_back("backend name \"" + name + "\"" +
                                    (config_.find_backend(name) ? "" : ": there is none"));
        }
        if (found == sample::Found::yes) told_.hit.emplace_back(rule.place, event.text);
        told_.events.push_back(std::move(event));
    };
    const auto switched = stream::switch_backend(frontend, config_, exchange_.context, nullptr, render, observe,
                                                 [](const model::Proxy&) { return true; });
    if (!switched.backend) {
        end_with('S', 'C');
        answer_status(503, switched.wait ? "a condition waits for data" : "no backend was chosen");
        return false;
    }
    told_.backend = switched.backend->name;
    told_.backend_place = switched.backend->place;
    told_.backend_reason = switched.rule                   ? switched.rule->text
                           : exchange_.context.switched_to ? "by a rule"
                           : switched.backend == &frontend ? "the section's own servers"
                                                           : "default_backend " + switched.backend->name;
    if (switched.rule && told_.backend_reason.empty()) told_.backend_reason = "use_backend " + switched.rule->name;
    if (!switched.rule && !exchange_.context.switched_to && switched.backend != &frontend &&
        frontend.default_backend_place.line)
        told_.hit.emplace_back(frontend.default_backend_place, told_.backend_reason);
    exchange_.context.backend = switched.backend;
    exchange_.record.backend_name = switched.backend->name;
    exchange_.record.backend_connections = 1;
    if (exchange_.record.http || switched.backend->mode != model::Mode::http) return true;
    exchange_.record.http = true;
    note("The backend is one of HTTP: what the client sends is HTTP from here on.", switched.backend->place);
    return request_rules(frontend);
}

// --- towards the server ------------------------------------------------------------------------------------------

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
