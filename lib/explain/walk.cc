#include "explain/walk.h"

#include <algorithm>

#include "base/text.h"
#include "config/reader.h"
#include "http/auth.h"
#include "log/format.h"
#include "sample/variable.h"
#include "stream/choose.h"

namespace cfgproxy::explain {
namespace {

using model::Verdict;

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

std::string described(const model::Proxy& proxy) {
    const std::string_view kind = config::kind_of(proxy);
    return std::string(kind == "proxy" ? "listen" : kind) + " '" + proxy.name + "'";
}

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

}  // namespace cfgproxy::explain
