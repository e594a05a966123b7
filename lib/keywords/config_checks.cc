// How servers are checked: the option *check* words (manual 2.6 section 4.2), and what the check's steps are in the
// end.
#include <algorithm>

#include "config/finalize.h"
#include "keywords/check_steps.h"
#include "keywords/formats.h"
#include "keywords/setters.h"
#include "server/check_expect.h"

namespace cfgproxy::keywords {
namespace {

using model::CheckConnect;
using model::CheckExpect;
using model::CheckOutcome;
using model::CheckRequest;
using model::CheckSend;
using model::CheckStep;
using model::HealthCheck;
using Kind = CheckExpect::Kind;
using Protocol = HealthCheck::Protocol;

/// The fields that stood behind the version until 2.1, and perhaps a body.
bool read_hidden_fields(Parser& parser, const Word& word, std::string_view text, CheckRequest& request) {
    const auto end = text.find("\r\n\r\n");
    std::string_view fields = text.substr(0, end);
    if (end != text.npos) request.body = text.substr(end + 4);
    while (!fields.empty()) {
        const auto line_end = std::min(fields.find('\n'), fields.size());
        const std::string_view line = base::trim(fields.substr(0, line_end));
        fields.remove_prefix(std::min(line_end + 1, fields.size()));
        if (line.empty()) continue;
        const auto colon = line.find(':');
        if (colon == line.npos || colon == 0) {
            parser.alert(word, "'option httpchk' : unable to parse the request '" + std::string(text) + "'.");
            return false;
        }
        auto format = step_format(parser, {base::trim(line.substr(colon + 1)), word.place});
        if (!format) return false;
        request.headers.emplace_back(line.substr(0, colon), std::move(format));
    }
    return true;
}

/// [METHOD] URI [VERSION [HOST]].
bool read_http_request(Parser& parser, CheckRequest& request) {
    const auto args = parser.args();
    request.from_option = true;
    if (args.size() == 1) request.uri = args[0].text;
    if (args.size() > 1) {
        request.method = args[0].text;
        request.uri = args[1].text;
    }
    if (args.size() < 3) return true;
    if (args.size() == 4) {  // 3.0
        auto host = step_format(parser, args[3]);
        if (!host) return false;
        request.headers.emplace_back("host", std::move(host));
    }
    std::string_view version = args[2].text;
    const auto end = version.find("\r\n");
    request.version = version.substr(0, end);
    if (end == std::string_view::npos) return true;
    if (!read_hidden_fields(parser, args[2], version.substr(end + 2), request)) return false;
    parser.warning(args[2],
                   "'option httpchk' : hiding headers or body at the end of the version string is "
                   "deprecated. Please, consider to use 'http-check send' directive instead.");
    return true;
}

/// The option's request goes into the first request of the lines, or in front of all.
void place_request(std::vector<CheckStep>& steps, CheckRequest request) {
    CheckStep* first = first_real(steps);
    if (first && std::holds_alternative<CheckConnect>(first->what)) {
        for (CheckStep* end = steps.data() + steps.size(); ++first != end;)
            if (!std::holds_alternative<std::monostate>(first->what) &&
                !std::holds_alternative<std::shared_ptr<const model::Action>>(first->what))
                break;
        if (first == steps.data() + steps.size()) first = nullptr;
    }
    auto* found = first ? std::get_if<CheckRequest>(&first->what) : nullptr;
    if (found && !found->from_option) {
        if (!request.method.empty()) found->method = request.method;
        if (!request.uri.empty()) found->uri = request.uri, found->uri_format = nullptr;
        if (!request.version.empty()) found->version = request.version;
        if (!request.body.empty()) found->body = request.body, found->body_format = nullptr;
        if (!request.headers.empty()) found->headers = request.headers;
        return;
    }
    if (found) steps.erase(steps.begin() + (first - steps.data()));
    CheckStep step;
    step.what = std::move(request);
    steps.insert(steps.begin(), std::move(step));
}

void set_http_check(Parser& parser) {
    CheckRequest request;
    if (!read_http_request(parser, request)) return;
    auto& check = parser.proxy().health_check;
    check.protocol = Protocol::http;
    if (check.http.inherited) check.http = {};
    place_request(check.http.steps, std::move(request));
}

void set_tcp_check(Parser& parser) { parser.proxy().health_check.protocol = Protocol::tcp; }

// The protocols that an option knows: a list of steps each.

CheckStep connect_step() {
    CheckStep step;
    step.what = CheckConnect{.like_server = true, .linger = true};
    return step;
}

CheckStep send_step(std::string data) {
    CheckStep step;
    step.what = CheckSend{.data = std::move(data)};
    return step;
}

CheckStep send_hex(std::string_view digits) {
    std::string data;
    server::read_hex(digits, data);
    return send_step(std::move(data));
}

CheckStep expect_step(CheckExpect expect) {
    CheckStep step;
    step.what = std::move(expect);
    return step;
}

std::shared_ptr<const sample::Regex> regex(std::string_view pattern) {
    auto compiled = sample::Regex::compile(pattern, false);
    return compiled ? *compiled : nullptr;
}

std::shared_ptr<const model::Template> text(std::string_view text) { return literal_format(Word{text, {}}); }

void set_protocol(Parser& parser, Protocol protocol, std::vector<CheckStep> steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) steps[i].number = static_cast<std::uint32_t>(i);
    auto& check = parser.proxy().health_check;
    check.protocol = protocol;
    check.fixed = std::move(steps);
}

void set_redis_check(Parser& parser) {
    CheckExpect pong{.data = "+PONG\r\n", .error = CheckOutcome::l7_status};
    pong.on_success = text("Redis server is ok");
    pong.error_line_from = 0;
    set_protocol(parser, Protocol::redis, {send_step("*1\r\n$4\r\nPING\r\n"), expect_step(std::move(pong))});
}

/// The i-th word behind the option's own, be it part of the row's name ("option mysql-check user") or not.
std::string_view behind_option(const Parser& parser, std::size_t i) {
    return i + 2 < parser.words().size() ? parser.words()[i + 2].text : std::string_view{};
}

/// A CLIENT HELLO of SSL 3.0 with 39 ciphers; any TLS answer will do.
void set_ssl_hello_check(Parser& parser) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string hello = "1603000079010000750300%[date(),htonl,hex]";
    for (unsigned char c : std::string_view("HAPROXYSSLCHK\nHAPROXYSSLCHK\n"))
        hello += {kDigits[c >> 4], kDigits[c & 15]};
    hello += "00004E";
    for (int cipher = 1; cipher <= 0x3a; ++cipher)
        if (cipher <= 0x1b || cipher >= 0x2f) hello += {'0', '0', kDigits[cipher >> 4], kDigits[cipher & 15]};
    hello += "0100";
    CheckStep send;
    send.what = CheckSend{.format = step_format(parser, {hello, parser.place()}), .hex = true};
    CheckExpect answer{.kind = Kind::binary_regex,
                       .min_receive = 5,
                       .ok = CheckOutcome::l6_ok,
                       .error = CheckOutcome::l6_error,
                       .timeout = CheckOutcome::l6_timeout};
    answer.regex = regex("^1[56]");
    set_protocol(parser, Protocol::ssl_hello, {std::move(send), expect_step(std::move(answer))});
}

void set_smtp_check(Parser& parser) {
    std::string command = "HELO localhost";
    const std::string_view greeting = behind_option(parser, 0), domain = behind_option(parser, 1);
    if ((greeting == "EHLO" || greeting == "HELO") && !domain.empty())
        command = std::string(greeting) + " " + std::string(domain);
    auto line = [](std::string_view pattern, CheckOutcome error, int from) {
        CheckExpect expect{.kind = Kind::regex, .min_receive = 4, .error = error};
        expect.regex = regex(pattern);
        expect.error_line_from = from;
        expect.code_in_answer = from > 0;
        return expect;
    };
    CheckExpect reply = line("^(2[0-9]{2}-[^\r]*\r\n)*2[0-9]{2}[ \r]", CheckOutcome::l7_status, 4);
    reply.min_receive = -1;  // a list of capabilities is read to its end
    CheckExpect farewell = line("^2[0-9]{2}[- \r]", CheckOutcome::l7_status, 4);
    reply.success_line_from = farewell.success_line_from = 4;
    set_protocol(parser, Protocol::smtp,
                 {connect_step(), expect_step(line("^[0-9]{3}[ \r]", CheckOutcome::l7_invalid, 0)),
                  expect_step(line("^2[0-9]{2}[ \r]", CheckOutcome::l7_status, 4)), send_step(command + "\r\n"),
                  expect_step(std::move(reply)), send_step("QUIT\r\n"), expect_step(std::move(farewell))});
}

void set_pgsql_check(Parser& parser) {
    if (parser.args().size() < 2)
        return parser.alert(parser.words().back(), "'option pgsql-check' expects 'user <username>' as argument.");
    if (parser.arg(0) != "user")
        return parser.alert(parser.arg_word(0), "'option pgsql-check' only supports optional values: 'user'.");
    const std::string user(parser.arg(1));
    const std::size_t size = 15 + user.size();
    std::string request;
    for (int shift = 24; shift >= 0; shift -= 8) request.push_back(static_cast<char>(size >> shift & 0xff));
    request += std::string("\0\3\0\0user\0", 9) + user + std::string(2, '\0');
    CheckExpect no_error{.kind = Kind::regex, .negated = true, .min_receive = 5, .error = CheckOutcome::l7_invalid};
    no_error.regex = regex("^E");
    no_error.error_line_from = 6;
    CheckExpect login{.kind = Kind::binary_regex, .min_receive = 9, .error = CheckOutcome::l7_status};
    login.regex = regex("^52000000[0-9A-F]{2}000000(0[02-7]|09|0A)");
    login.on_success = text("PostgreSQL server is ok");
    login.on_error = text("PostgreSQL unknown error");
    set_protocol(parser, Protocol::pgsql,
                 {connect_step(), send_step(request), expect_step(std::move(no_error)), expect_step(std::move(login))});
}

/// The packet that logs `user` in, and one that quits.
std::string mysql_login(std::string_view user, std::string_view age) {
    const bool modern = age != "pre-41", plugin = age == "post-80";
    constexpr std::string_view kPlugin("mysql_native_password\0", 22);
    const std::size_t size = user.size() + 7 + (modern ? 27 : 0) + (plugin ? kPlugin.size() : 0);
    std::string packet;
    for (int shift = 0; shift <= 16; shift += 8) packet.push_back(static_cast<char>(size >> shift & 0xff));
    packet.push_back('\1');
    if (modern)  // capabilities, largest packet, character set
        packet +=
            std::string(plugin ? "\0\x82\x08\0\0\x80\0\1\x21" : "\0\x82\0\0\0\x80\0\1\x21", 9) + std::string(23, '\0');
    else
        packet += std::string("\0\x80\0\0\1", 5);
    packet += std::string(user) + std::string(2, '\0');
    if (plugin) packet += kPlugin;
    return packet + std::string("\1\0\0\0\1", 5);
}

void set_mysql_check(Parser& parser) {
    std::vector<CheckStep> steps = {connect_step()};
    const std::string_view word = behind_option(parser, 0), name = behind_option(parser, 1),
                           age = behind_option(parser, 2);
    const Word& last = parser.words().back();
    if (!word.empty() && word != "user")
        return parser.alert(last,
                            "'option mysql-check' only supports optional values: 'user' (got " + quoted(word) + ").");
    if (!word.empty() && name.empty())
        return parser.alert(last, "'option mysql-check user' expects <username> as argument.");
    if (!age.empty() && age != "post-41" && age != "pre-41" && age != "post-80")
        return parser.alert(last, "keyword 'user' only supports 'post-41' and 'pre-41' (got " + quoted(age) + ").");
    if (!name.empty()) steps.push_back(send_step(mysql_login(name, age)));
    steps.push_back(expect_step({.kind = Kind::mysql_greeting}));
    if (!name.empty()) steps.push_back(expect_step({.kind = Kind::mysql_login}));
    set_protocol(parser, Protocol::mysql, std::move(steps));
}

void set_ldap_check(Parser& parser) {
    CheckExpect sequence{.kind = Kind::binary_regex, .min_receive = 14};
    sequence.regex = regex("^30");
    sequence.on_error = text("Not LDAPv3 protocol");
    set_protocol(parser, Protocol::ldap,
                 {send_hex("300C020101600702010304008000"), expect_step(std::move(sequence)),
                  expect_step({.kind = Kind::ldap_bind})});
}

/// SPOP's numbers: one byte below 240, else four bits and then seven in each byte.
void append_varint(std::string& out, std::uint64_t number) {
    if (number < 240) {
        out.push_back(static_cast<char>(number));
        return;
    }
    out.push_back(static_cast<char>(number | 240));
    for (number = (number - 240) >> 4; number >= 128; number = (number - 128) >> 7)
        out.push_back(static_cast<char>(number | 128));
    out.push_back(static_cast<char>(number));
}

/// A HAPROXY-HELLO frame that says that it is a health check only.
void set_spop_check(Parser& parser) {
    constexpr char kUint32 = 3, kString = 8, kTrue = 0x11;
    std::string frame("\1\0\0\0\1\0\0", 7);  // the type, flags (the last fragment), no stream, no frame number
    auto append_text = [&frame](std::string_view text) {
        append_varint(frame, text.size());
        frame += text;
    };
    append_text("supported-versions");
    frame.push_back(kString);
    append_text("2.0");
    append_text("max-frame-size");
    frame.push_back(kUint32);
    append_varint(frame, parser.global().buffer_size - 4);
    append_text("capabilities");
    frame.push_back(kString);
    append_text("");
    append_text("healthcheck");
    frame.push_back(kTrue);
    std::string length;
    for (int shift = 24; shift >= 0; shift -= 8) length.push_back(static_cast<char>(frame.size() >> shift & 0xff));
    set_protocol(parser, Protocol::spop,
                 {send_step(length + frame), expect_step({.kind = Kind::spop_hello, .min_receive = 4})});
}

void set_external_check(Parser& parser) { parser.proxy().health_check.protocol = Protocol::external; }

template <std::string HealthCheck::*Member, bool HealthCheck::*Given>
void set_external(Parser& parser) {
    if (parser.args().empty())
        return parser.alert(parser.words().back(),
                            "missing argument after " + quoted(parser.words().back().text) + ".");
    if (parser.too_many(1, "external-check")) return;
    parser.proxy().health_check.*Member = parser.arg(0);
    parser.proxy().health_check.*Given = true;
}

void report_unknown_external(Parser& parser) {
    if (parser.args().empty()) return parser.alert(parser.words().back(), "missing argument after 'external-check'.");
    parser.alert(parser.arg_word(0),
                 "'external-check' only supports 'command' and 'path'. but got " + quoted(parser.arg(0)) + ".");
}

/// The steps of a proxy: those of its protocol, with a connection in front and what else is understood.
std::vector<CheckStep> settle(const HealthCheck& check) {
    std::vector<CheckStep> steps;
    if (check.protocol == Protocol::none || check.protocol == Protocol::external) return steps;
    steps = check.protocol == Protocol::tcp    ? check.tcp.steps
            : check.protocol == Protocol::http ? check.http.steps
                                               : check.fixed;
    if (check.protocol == Protocol::http) {
        CheckStep* first = first_real(steps);
        const auto* request = first ? std::get_if<CheckRequest>(&first->what) : nullptr;
        if (request && request->from_option) {
            const auto at = steps.begin() + (first - steps.data());
            auto next = std::find_if(at + 1, steps.end(), [](const CheckStep& step) {
                return !std::holds_alternative<std::monostate>(step.what) &&
                       !std::holds_alternative<std::shared_ptr<const model::Action>>(step.what);
            });
            if (next != steps.end() && std::holds_alternative<CheckConnect>(next->what))
                std::rotate(at, at + 1, next + 1);
        }
        if (const CheckStep* last = last_real(steps); last && std::holds_alternative<CheckRequest>(last->what)) {
            CheckStep step = expect_step({.kind = Kind::status, .codes = {{200, 399}}});
            step.number = last->number + 1;
            steps.push_back(std::move(step));
        }
    }
    const CheckStep* first = first_real(steps);
    if (!first || !std::holds_alternative<CheckConnect>(first->what)) {
        CheckStep step;
        step.what = CheckConnect{.implicit = true, .like_server = true};
        steps.insert(steps.begin(), std::move(step));
    }
    return steps;
}

/// A comment goes to the step behind it; of requests and expectations, to all of a kind that follow each other.
void spread_comments(std::vector<CheckStep>& steps) {
    std::string comment;
    std::size_t previous = 0;
    for (CheckStep& step : steps) {
        if (step.what.index() != previous && previous != 0) comment.clear();
        previous = step.what.index();
        if (std::holds_alternative<std::monostate>(step.what)) {
            comment = step.comment;
            continue;
        }
        const bool action = std::holds_alternative<std::shared_ptr<const model::Action>>(step.what);
        if (step.comment.empty() && !action) step.comment = comment;
        if (action || std::holds_alternative<CheckConnect>(step.what)) comment.clear();
    }
    std::erase_if(steps, [](const CheckStep& step) { return std::holds_alternative<std::monostate>(step.what); });
}

void check_external(config::Finalizing& finalizing, const model::Proxy& proxy) {
    const auto& check = proxy.health_check;
    const std::string name = "Proxy " + quoted(proxy.name) + " : ";
    if (check.protocol != Protocol::external) {
        for (auto [given, word] : {std::pair{check.external_command_set, "command"}, {check.external_path_set, "path"}})
            if (given)
                finalizing.warning(proxy.place, std::string("'external-check ") + word +
                                                    "' will be ignored for proxy " + quoted(proxy.name) +
                                                    " (requires 'option external-check').");
        return;
    }
    const auto& global = finalizing.config.global;
    if (!global.external_check)
        finalizing.alert(proxy.place,
                         name + "'option external-check' unable to find required 'global.external-check'.");
    else if (!check.external_command_set)
        finalizing.alert(proxy.place,
                         name + "'option external-check' unable to find required 'external-check command'.");
    if (!global.insecure_fork)
        finalizing.warning(proxy.place, name +
                                            "'insecure-fork-wanted' not enabled in the global section, 'option "
                                            "external-check' will likely fail.");
}

void settle_check(HealthCheck& check) {
    check.steps = settle(check);
    spread_comments(check.steps);
    if (check.protocol != Protocol::http) check.disable_on_404 = false;
}

void settle_checks(config::Finalizing& finalizing) {
    for (const auto& section : finalizing.config.health_checks) settle_check(section->health_check);
    for (const auto& proxy : finalizing.config.proxies) {
        if (!proxy->is_backend()) continue;
        settle_check(proxy->health_check);
        proxy->health_check.external_environment = finalizing.config.global.check_environment;
        for (const auto& server : proxy->servers)
            config::settle_own_check(finalizing, finalizing.config, *proxy, *server);
        if (!proxy->disabled) check_external(finalizing, *proxy);
    }
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "external-check", .sections = kProxies, .support = Support::done, .parse = report_unknown_external, .since = "1.6"},
    {.name = "external-check command", .sections = kProxies, .support = Support::done, .parse = set_external<&HealthCheck::external_command, &HealthCheck::external_command_set>, .since = "1.6"},
    {.name = "external-check path", .sections = kProxies, .support = Support::done, .parse = set_external<&HealthCheck::external_path, &HealthCheck::external_path_set>, .since = "1.6"},
    {.name = "option external-check", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_external_check, .since = "1.6", .misplaced = Misplaced::skip},
    {.name = "option httpchk", .sections = kBackends, .arity = {0, 4}, .support = Support::done, .parse = set_http_check},
    {.name = "option ldap-check", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_ldap_check, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option mysql-check", .sections = kBackends, .arity = {0, 3}, .support = Support::done, .parse = set_mysql_check, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option mysql-check user", .sections = kBackends, .arity = {0, 2}, .support = Support::done, .parse = set_mysql_check, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option pgsql-check", .sections = kBackends, .arity = {0, 2}, .support = Support::done, .parse = set_pgsql_check, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option redis-check", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_redis_check, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option smtpchk", .sections = kBackends, .arity = {0, 2}, .support = Support::done, .parse = set_smtp_check, .misplaced = Misplaced::skip},
    {.name = "option smtpchk HELO", .sections = kBackends, .arity = {0, 1}, .support = Support::done, .parse = set_smtp_check, .misplaced = Misplaced::skip},
    {.name = "option spop-check", .sections = kInDefaults | kInListen, .arity = {0, 0}, .support = Support::done, .parse = set_spop_check, .since = "2.2", .misplaced = Misplaced::skip},
    {.name = "option spop-check", .sections = kInBackend, .arity = {0, 0}, .support = Support::done, .parse = set_spop_check, .since = "1.7", .misplaced = Misplaced::skip},
    {.name = "option ssl-hello-chk", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_ssl_hello_check, .misplaced = Misplaced::skip},
    {.name = "option tcp-check", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_tcp_check, .since = "1.5"},
    {.name = "type httpchk", .sections = kHealthcheck, .arity = {0, 4}, .support = Support::done, .parse = set_http_check, .since = "3.4"},
    {.name = "type ldap-check", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_ldap_check, .since = "3.4"},
    {.name = "type mysql-check", .sections = kHealthcheck, .arity = {0, 3}, .support = Support::done, .parse = set_mysql_check, .since = "3.4"},
    {.name = "type pgsql-check", .sections = kHealthcheck, .arity = {0, 2}, .support = Support::done, .parse = set_pgsql_check, .since = "3.4"},
    {.name = "type redis-check", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_redis_check, .since = "3.4"},
    {.name = "type smtpchk", .sections = kHealthcheck, .arity = {0, 2}, .support = Support::done, .parse = set_smtp_check, .since = "3.4"},
    {.name = "type spop-check", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_spop_check, .since = "3.4"},
    {.name = "type ssl-hello-chk", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_ssl_hello_check, .since = "3.4"},
    {.name = "type tcp-check", .sections = kHealthcheck, .arity = {0, 0}, .support = Support::done, .parse = set_tcp_check, .since = "3.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

constexpr config::Pass kPasses[] = {{.name = "settle checks", .order = 43, .run = settle_checks}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
