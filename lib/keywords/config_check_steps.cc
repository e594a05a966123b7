// The steps of health checks: tcp-check, http-check (manual 2.6 section 4.2).
#include "keywords/alpn.h"
#include "keywords/check_steps.h"
#include "keywords/formats.h"
#include "keywords/rules.h"
#include "keywords/setters.h"
#include "server/check_expect.h"

namespace cfgproxy::keywords {
namespace {

using model::CheckConnect;
using model::CheckExpect;
using model::CheckRequest;
using model::CheckSend;
using model::CheckStep;
using model::HealthCheck;
using ActionStep = std::shared_ptr<const model::Action>;

bool is_real(const CheckStep& step) {
    return !std::holds_alternative<std::monostate>(step.what) && !std::holds_alternative<ActionStep>(step.what);
}

bool from_option(const CheckStep& step) {
    const auto* request = std::get_if<CheckRequest>(&step.what);
    return request && request->from_option;
}

/// An option's value, which must be there.
bool has_value(Parser& parser, std::size_t i, std::string_view what = "a string as argument.") {
    return !parser.arg(i + 1).empty() ||
           refuse_step(parser, i, quoted(parser.arg(i)) + " expects " + std::string(what));
}

bool read_address(Parser& parser, std::size_t i, CheckConnect& connect) {
    if (!has_value(parser, i, "<ipv4|ipv6> as argument.")) return false;
    auto endpoint = config::parse_endpoint(parser.environment().expand(parser.arg(i + 1)), {});
    if (!endpoint) return refuse_step(parser, i + 1, "'addr' : " + endpoint.error() + ".");
    endpoint->place = parser.arg_word(i + 1).place;
    if (!config::resolve_host(*endpoint))
        return refuse_step(
            parser, i + 1,
            "'addr' : invalid address: " + quoted(endpoint->path) + " in " + quoted(parser.arg(i + 1)) + ".");
    connect.address = std::move(*endpoint);
    return true;
}

bool read_port(Parser& parser, std::size_t i, CheckConnect& connect) {
    if (!has_value(parser, i, "a port number or a sample expression as argument.")) return false;
    std::string_view text = parser.arg(i + 1);
    if (text.find_first_not_of("0123456789") != text.npos) {
        std::string error;
        connect.port_expression =
            parser.keep<const sample::Expression>(parser.expression(parser.arg_word(i + 1), error));
        return connect.port_expression ||
               refuse_step(parser, i + 1, "error detected while parsing port expression : " + error);
    }
    const auto port = config::leading_number(text);
    if (port < 1 || port > 65535)
        return refuse_step(parser, i + 1,
                           "expects a valid TCP port (from range 1 to 65535) or a sample expression, "
                           "got " +
                               std::string(text) + ".");
    connect.port = static_cast<std::uint16_t>(port);
    return true;
}

bool read_alpn(Parser& parser, std::size_t i, CheckConnect& connect) {
    if (!has_value(parser, i)) return false;
    std::string error;
    connect.alpn = protocol_list(parser.arg(i + 1), error);
    return error.empty() || refuse_step(parser, i + 1, "'alpn' : " + error);
}

/// Which protocol is spoken: of tcp-check it can be none only.
bool read_protocol(Parser& parser, std::size_t i, CheckConnect& connect) {
    if (!has_value(parser, i, "a MUX protocol as argument.")) return false;
    const std::string_view name = parser.arg(i + 1);
    const bool h1 = name == "h1", h2 = name == "h2", http = parser.words()[0].text == "http-check";
    if (!h1 && !h2 && name != "none" && name != "fcgi" && name != "spop" && name != "quic")
        return refuse_step(parser, i, "'proto' : unknown MUX protocol " + quoted(name) + ".");
    if (http ? name == "none" || name == "spop" : name != "none")
        return refuse_step(
            parser, i,
            "'proto' : invalid MUX protocol " + quoted(name) + " for " + std::string(parser.words()[0].text) + ".");
    if (http && name == "quic") parser.refuse_pending(parser.arg_word(i + 1), "check protocol", name);
    if (h1 || h2) connect.proto = h1 ? model::Proto::h1 : model::Proto::h2;
    if (name == "fcgi") connect.proto = model::Proto::fcgi;
    return true;
}

bool read_connect(Parser& parser, const std::vector<CheckStep>& before, CheckStep& step) {
    for (const CheckStep& other : before) {
        if (std::holds_alternative<CheckConnect>(other.what)) break;
        if (is_real(other) && !from_option(other))
            return refuse_step(parser, 0,
                               "first step MUST also be a 'connect', optionally preceded by a 'set-var', an "
                               "'unset-var' or a 'comment', when there is a 'connect' step in the "
                               "tcp-check ruleset");
    }
    auto& connect = step.what.emplace<CheckConnect>();
    for (std::size_t i = 0; i < parser.args().size(); ++i) {
        std::string_view option = parser.arg(i);
        if (option == "default") {
            connect.like_server = true;
        } else if (option == "send-proxy") {
            connect.send_proxy = true;
        } else if (option == "linger") {
            connect.linger = true;
        } else if (option == "addr") {
            if (!read_address(parser, i++, connect)) return false;
        } else if (option == "port") {
            if (!read_port(parser, i++, connect)) return false;
        } else if (option == "comment") {
            if (!has_value(parser, i)) return false;
            step.comment = parser.arg(++i);
        } else if (option == "ssl") {
            connect.tls = true;
        } else if (option == "sni") {
            if (!has_value(parser, i)) return false;
            connect.sni = parser.arg(++i);
        } else if (option == "alpn") {
            if (!read_alpn(parser, i++, connect)) return false;
        } else if (option == "via-socks4") {
            connect.via_socks4 = true;
        } else if (option == "proto") {
            if (!read_protocol(parser, i++, connect)) return false;
        } else {
            return refuse_step(parser, i,
                               "expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or "
                               "'via-socks4', 'linger', 'default' but got " +
                                   quoted(option) + " as argument.");
        }
    }
    return true;
}

bool read_send(Parser& parser, std::string_view word, CheckStep& step) {
    auto& send = step.what.emplace<CheckSend>();
    send.hex = word.starts_with("send-binary");
    if (parser.arg(0).empty())
        return refuse_step(
            parser, 0,
            quoted(word) + " expects a " + (word == "send-binary" ? "binary string" : "string") + " as argument");
    for (std::size_t i = 1; i < parser.args().size(); i += 2) {
        if (parser.arg(i) != "comment")
            return refuse_step(parser, i, "expects 'comment' but got " + quoted(parser.arg(i)) + " as argument.");
        if (!has_value(parser, i)) return false;
        step.comment = parser.arg(i + 1);
    }
    const Word& data = parser.args()[0];
    send.data = data.text;
    if (word.ends_with("-lf")) return static_cast<bool>(send.format = step_format(parser, data));
    if (!send.hex || server::read_hex(data.text, send.data)) return true;
    return refuse_step(parser, 0,
                       quoted(data.text) +
                           " invalid binary string (an even number of hex digits is "
                           "expected)");
}

bool read_field(Parser& parser, std::size_t i, CheckRequest& request) {
    if (parser.arg(i + 1).empty() || parser.arg(i + 2).empty())
        return refuse_step(parser, i, "'hdr' expects <name> and <value> as arguments");
    std::string_view name = parser.arg(i + 1);
    if (base::iequal(name, "content-length") || base::iequal(name, "transfer-encoding")) return true;
    if (base::iequal(name, "host"))
        for (const auto& [other, value] : request.headers)
            if (base::iequal(other, name))
                return refuse_step(
                    parser, i + 1,
                    quoted(name) + " header already defined (previous value is " + quoted(value->text) + ")");
    auto format = step_format(parser, parser.args()[i + 2]);
    if (!format) return false;
    request.headers.emplace_back(name, std::move(format));
    return true;
}

bool read_request(Parser& parser, CheckStep& step) {
    auto& request = step.what.emplace<CheckRequest>();
    for (std::size_t i = 0; i < parser.args().size(); ++i) {
        std::string_view option = parser.arg(i);
        if (option == "hdr") {
            if (!read_field(parser, i, request)) return false;
            i += 2;
            continue;
        }
        const bool known = option == "meth" || option == "uri" || option == "uri-lf" || option == "ver" ||
                           option == "body" || option == "body-lf" || option == "comment";
        if (!known)
            return refuse_step(parser, i,
                               "expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or "
                               "'body-lf' but got " +
                                   quoted(option) + " as argument.");
        if (!has_value(parser, i)) return false;
        const Word& value = parser.args()[++i];
        if (option == "meth") request.method = value.text;
        if (option == "ver") request.version = value.text;
        if (option == "comment") step.comment = value.text;
        if (option == "uri") request.uri = value.text, request.uri_format = nullptr;
        if (option == "body") request.body = value.text, request.body_format = nullptr;
        if (option == "uri-lf" && !(request.uri_format = step_format(parser, value))) return false;
        if (option == "body-lf" && !(request.body_format = step_format(parser, value))) return false;
    }
    return true;
}

bool read_comment(Parser& parser, CheckStep& step) {
    if (parser.arg(0).empty()) return refuse_step(parser, 0, "expects a string as argument");
    step.comment = parser.arg(0);
    return true;
}

/// Where an http-check step may stand, and what becomes of the request that `option httpchk` gave.
bool add_http_step(Parser& parser, std::vector<CheckStep>& steps, CheckStep step) {
    const CheckStep* last = last_real(steps);
    auto is = [](const CheckStep& which, auto kind) { return std::holds_alternative<decltype(kind)>(which.what); };
    const std::string at = std::to_string(step.number + 1);
    if (last && !from_option(*last)) {
        if (is(step, CheckRequest{}) && !is(*last, CheckConnect{}))
            return refuse_step(parser, 0,
                               "unable to add http-check send rule at step " + at +
                                   " (missing connect "
                                   "rule).");
        if (is(step, CheckExpect{}) && is(*last, CheckConnect{}))
            return refuse_step(parser, 0,
                               "unable to add http-check expect rule at step " + at +
                                   " (missing send "
                                   "rule).");
        if (is(step, CheckConnect{}) && !is(*last, CheckExpect{}))
            return refuse_step(parser, 0,
                               "unable to add http-check connect rule at step " + at +
                                   " (missing expect "
                                   "rule).");
    }
    if (CheckStep* first = first_real(steps); first && from_option(*first) && is(step, CheckRequest{})) {
        auto& from = std::get<CheckRequest>(first->what);
        auto& to = std::get<CheckRequest>(step.what);
        if (to.method.empty()) to.method = from.method;
        if (to.uri.empty() && !to.uri_format) to.uri = from.uri;
        if (to.version.empty()) to.version = from.version;
        if (to.body.empty() && !to.body_format) to.body = from.body;
        steps.erase(steps.begin() + (first - steps.data()));
    }
    steps.push_back(std::move(step));
    return true;
}

/// The section's own lines; the first one puts those of `defaults` away.
std::vector<CheckStep>& own_steps(Parser& parser, bool http) {
    auto& check = parser.proxy().health_check;
    auto& lines = http ? check.http : check.tcp;
    if (lines.inherited) lines = {};
    return lines.steps;
}

void finish_line(Parser& parser, bool http, CheckStep step) {
    auto& steps = own_steps(parser, http);
    if (!steps.empty() && !from_option(steps.back())) step.number = steps.back().number + 1;
    if (http && parser.proxy().health_check.protocol == HealthCheck::Protocol::http)
        add_http_step(parser, steps, std::move(step));
    else
        steps.push_back(std::move(step));
}

template <bool Http>
void add_connect(Parser& parser) {
    CheckStep step;
    if (read_connect(parser, own_steps(parser, Http), step)) finish_line(parser, Http, std::move(step));
}

void add_send(Parser& parser) {
    CheckStep step;
    if (read_send(parser, parser.words()[1].text, step)) finish_line(parser, false, std::move(step));
}

void add_request(Parser& parser) {
    CheckStep step;
    if (read_request(parser, step)) finish_line(parser, true, std::move(step));
}

template <bool Http>
void add_expect(Parser& parser) {
    CheckStep step;
    if (read_expectation(parser, Http, step)) finish_line(parser, Http, std::move(step));
}

template <bool Http>
void add_comment(Parser& parser) {
    CheckStep step;
    if (read_comment(parser, step)) finish_line(parser, Http, std::move(step));
}

/// set-var(name), set-var-fmt(name), unset-var(name): actions as in rules.
template <bool Http>
void add_action(Parser& parser) {
    const std::string_view set = parser.words()[0].text, word = parser.words().size() > 1 ? parser.words()[1].text : "";
    if (word.empty() || !config::find_action(word, config::kChecks))
        return parser.alert(parser.words().back(),
                            quoted(set) + " only supports " + (Http ? "'disable-on-404', 'send-state', " : "") +
                                "'comment', 'connect', 'send', " + (Http ? "'expect'" : "'send-binary', 'expect'") +
                                ", 'set-var', 'set-var-fmt', 'unset-var'. but got " + quoted(word));
    model::RuleSet rules;
    if (!read_rule_words(parser, config::kChecks, set, parser.words().subspan(1), rules)) return;
    CheckStep step;
    step.what = parser.keep(rules.front().action);
    finish_line(parser, Http, std::move(step));
}

template <bool HealthCheck::*Member>
void set_check_flag(Parser& parser) {
    parser.proxy().health_check.*Member = true;
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "http-check", .sections = kBackends, .support = Support::done, .parse = add_action<true>},
    {.name = "http-check", .sections = kHealthcheck, .support = Support::done, .parse = add_action<true>, .since = "3.4"},
    {.name = "http-check comment", .sections = kBackends, .support = Support::done, .parse = add_comment<true>, .since = "2.2"},
    {.name = "http-check comment", .sections = kHealthcheck, .support = Support::done, .parse = add_comment<true>, .since = "3.4"},
    {.name = "http-check connect", .sections = kBackends, .support = Support::done, .parse = add_connect<true>, .since = "2.2"},
    {.name = "http-check connect", .sections = kHealthcheck, .support = Support::done, .parse = add_connect<true>, .since = "3.4"},
    {.name = "http-check disable-on-404", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_check_flag<&HealthCheck::disable_on_404>},
    {.name = "http-check disable-on-404", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_check_flag<&HealthCheck::disable_on_404>},
    {.name = "http-check expect", .sections = kBackends, .support = Support::done, .parse = add_expect<true>, .since = "1.5"},
    {.name = "http-check expect", .sections = kHealthcheck, .support = Support::done, .parse = add_expect<true>, .since = "3.4"},
    {.name = "http-check send", .sections = kBackends, .support = Support::done, .parse = add_request, .since = "2.2"},
    {.name = "http-check send", .sections = kHealthcheck, .support = Support::done, .parse = add_request, .since = "3.4"},
    {.name = "http-check send-state", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_check_flag<&HealthCheck::send_state>},
    {.name = "http-check send-state", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_check_flag<&HealthCheck::send_state>},
    {.name = "http-check set-var", .sections = kBackends, .support = Support::done, .parse = add_action<true>, .since = "2.2"},
    {.name = "http-check set-var", .sections = kHealthcheck, .support = Support::done, .parse = add_action<true>, .since = "3.4"},
    {.name = "http-check set-var-fmt", .sections = kBackends, .support = Support::done, .parse = add_action<true>, .since = "2.5"},
    {.name = "http-check set-var-fmt", .sections = kHealthcheck, .support = Support::done, .parse = add_action<true>, .since = "3.4"},
    {.name = "http-check unset-var", .sections = kBackends, .support = Support::done, .parse = add_action<true>, .since = "2.2"},
    {.name = "http-check unset-var", .sections = kHealthcheck, .support = Support::done, .parse = add_action<true>, .since = "3.4"},
    {.name = "tcp-check", .sections = kBackends, .support = Support::done, .parse = add_action<false>, .since = "1.5"},
    {.name = "tcp-check", .sections = kHealthcheck, .support = Support::done, .parse = add_action<false>, .since = "3.4"},
    {.name = "tcp-check comment", .sections = kBackends, .support = Support::done, .parse = add_comment<false>, .since = "1.6"},
    {.name = "tcp-check comment", .sections = kHealthcheck, .support = Support::done, .parse = add_comment<false>, .since = "3.4"},
    {.name = "tcp-check connect", .sections = kBackends, .support = Support::done, .parse = add_connect<false>, .since = "1.5"},
    {.name = "tcp-check connect", .sections = kHealthcheck, .support = Support::done, .parse = add_connect<false>, .since = "3.4"},
    {.name = "tcp-check expect", .sections = kBackends, .support = Support::done, .parse = add_expect<false>, .since = "1.5"},
    {.name = "tcp-check expect", .sections = kHealthcheck, .support = Support::done, .parse = add_expect<false>, .since = "3.4"},
    {.name = "tcp-check send", .sections = kBackends, .support = Support::done, .parse = add_send, .since = "1.5"},
    {.name = "tcp-check send", .sections = kHealthcheck, .support = Support::done, .parse = add_send, .since = "3.4"},
    {.name = "tcp-check send-binary", .sections = kBackends, .support = Support::done, .parse = add_send, .since = "1.5"},
    {.name = "tcp-check send-binary", .sections = kHealthcheck, .support = Support::done, .parse = add_send, .since = "3.4"},
    {.name = "tcp-check send-binary-lf", .sections = kBackends, .support = Support::done, .parse = add_send, .since = "2.2"},
    {.name = "tcp-check send-binary-lf", .sections = kHealthcheck, .support = Support::done, .parse = add_send, .since = "3.4"},
    {.name = "tcp-check send-lf", .sections = kBackends, .support = Support::done, .parse = add_send, .since = "2.2"},
    {.name = "tcp-check send-lf", .sections = kHealthcheck, .support = Support::done, .parse = add_send, .since = "3.4"},
    {.name = "tcp-check set-var", .sections = kBackends, .support = Support::done, .parse = add_action<false>, .since = "2.2"},
    {.name = "tcp-check set-var", .sections = kHealthcheck, .support = Support::done, .parse = add_action<false>, .since = "3.4"},
    {.name = "tcp-check set-var-fmt", .sections = kBackends, .support = Support::done, .parse = add_action<false>, .since = "2.5"},
    {.name = "tcp-check set-var-fmt", .sections = kHealthcheck, .support = Support::done, .parse = add_action<false>, .since = "3.4"},
    {.name = "tcp-check unset-var", .sections = kBackends, .support = Support::done, .parse = add_action<false>, .since = "2.2"},
    {.name = "tcp-check unset-var", .sections = kHealthcheck, .support = Support::done, .parse = add_action<false>, .since = "3.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace

bool refuse_step(Parser& parser, std::size_t i, std::string text) {
    const std::string_view second = parser.words().size() > 1 ? parser.words()[1].text : "";
    while (!text.empty() && text.back() == '.') text.pop_back();
    parser.alert(parser.arg_word(i), "'" + std::string(parser.words()[0].text) + " " + std::string(second) +
                                         "' : " + std::move(text) + ".");
    return false;
}

std::shared_ptr<const model::Template> step_format(Parser& parser, const Word& word) {
    std::string error;
    std::shared_ptr<const model::Template> format = compile_format(parser, word, error, log::Use::plain);
    if (format) return parser.keep(std::move(format));
    parser.alert(word, "'" + std::string(parser.words()[0].text) + " " + std::string(parser.words()[1].text) +
                           "' : " + quoted(word.text) + " invalid log-format string (" + error + ").");
    return nullptr;
}

CheckStep* first_real(std::vector<CheckStep>& steps) {
    for (CheckStep& step : steps)
        if (is_real(step)) return &step;
    return nullptr;
}

CheckStep* last_real(std::vector<CheckStep>& steps) {
    for (std::size_t i = steps.size(); i-- > 0;)
        if (is_real(steps[i])) return &steps[i];
    return nullptr;
}

}  // namespace cfgproxy::keywords
