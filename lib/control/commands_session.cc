// Commands about the command line itself: help, prompt, level, timeout (management.txt 9.3).
#include <algorithm>

#include "base/text.h"
#include "base/version.h"
#include "control/cli_find.h"
#include "control/cli_help.h"

extern char** environ;

namespace cfgproxy::control {
namespace {

void help(CliCall& call) { call.message(help_text(call.words, call.settings)); }

/// Without argument: on or off. `n` neither waits for further commands nor shows a prompt, `i` waits, `p` does both.
void prompt(CliCall& call) {
    CliSettings& s = call.settings;
    const std::string_view mode = call.argument(0);
    if (mode.empty()) {
        s.prompt = !s.prompt;
        s.interactive = s.prompt;
    } else if (mode == "n" || mode == "i" || mode == "p") {
        s.prompt = mode == "p";
        s.interactive = mode != "n";
    } else {
        call.error("prompt: expects no argument, or one of 'n' (non-interactive), 'i' (interactive), 'p' (prompt).\n");
    }
}

void quit(CliCall& call) { call.settings.quit = true; }

template <Level To>
void lower_level(CliCall& call) {
    if (call.argument(0) == "-") call.settings.no_empty_line = true;
    if (!has_level(call, To)) return;
    call.settings.level = To;
    call.settings.expert = call.settings.experimental = false;
}

template <bool CliSettings::*Member>
void set_mode(CliCall& call) {
    if (call.argument(1) == "-") call.settings.no_empty_line = true;
    bool& mode = call.settings.*Member;
    if (call.argument(0).empty())
        call.message(std::string(call.words[0]) + " is " + (mode ? "ON" : "OFF") + "\n");
    else
        mode = call.argument(0) == "on";
}

void set_severity_output(CliCall& call) {
    const std::string_view kind = call.argument(0);
    if (kind == "none")
        call.settings.severity = Severity::none;
    else if (kind == "number")
        call.settings.severity = Severity::number;
    else if (kind == "string")
        call.settings.severity = Severity::string;
    else
        call.error("one of 'none', 'number', 'string' is a required argument\n");
}

void set_timeout(CliCall& call) {
    if (call.argument(0) != "cli") return call.error("'set timeout' only supports 'cli'.\n");
    if (call.argument(1).empty()) return call.error("Expects an integer value.\n");
    const auto ms = base::parse_duration(call.argument(1), base::Unit::s);
    if (!ms || *ms < 1000) return call.error("Invalid timeout value.\n");
    call.settings.timeout_ms = static_cast<std::uint64_t>(*ms);
}

void show_level(CliCall& call) {
    const Level level = call.settings.level;
    call.message(level == Level::admin ? "admin\n" : level == Level::operator_ ? "operator\n" : "user\n");
}

std::string socket_text(const model::Bind& bind) {
    const model::Endpoint& e = bind.endpoint;
    switch (e.kind) {
        case model::Endpoint::Kind::unix_path:
            return "unix@" + e.path;
        case model::Endpoint::Kind::abstract_unix:
            return "abns@" + e.path;
        case model::Endpoint::Kind::sockpair:
            return "sockpair@" + std::to_string(e.fd);
        case model::Endpoint::Kind::fd:
            return "fd@" + std::to_string(e.fd);
        default:
            return (e.ip.family() == AF_INET6 ? "ipv6@[" + e.ip.ip_text() + "]:" : "ipv4@" + e.ip.ip_text() + ":") +
                   std::to_string(e.port_low);
    }
}

void show_sockets(CliCall& call) {
    call.answer += "# socket lvl processes\n";
    for (const auto& socket : call.generation->config->global.stats_sockets) {
        const Level level = socket.bind.level;
        call.answer += socket_text(socket.bind);
        call.answer += level == Level::admin ? " admin" : level == Level::operator_ ? " operator" : " user";
        call.answer += " all\n";
    }
}

void show_env(CliCall& call) {
    const std::string_view wanted = call.argument(0);
    for (char** variable = environ; *variable; ++variable) {
        const std::string_view text = *variable;
        if (!wanted.empty() && text.substr(0, text.find('=')) != wanted) continue;
        call.answer.append(text).append("\n");
        if (!wanted.empty()) return;
    }
    if (!wanted.empty()) call.error("Variable not found\n");
}

void show_version(CliCall& call) {
    const std::string& version = call.engine.process().program_version;
    call.message(version.empty() ? std::string(base::kShownVersion) + "\n" : version + "\n");
}

void echo(CliCall& call) {
    for (std::size_t i = 1; i < call.words.size(); ++i) call.answer.append(i > 1 ? " " : "").append(call.words[i]);
    call.answer += "\n";
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "echo", .support = Support::done, .run = echo, .since = "3.2"},
    {.name = "experimental-mode", .level = Level::admin, .support = Support::done, .run = set_mode<&CliSettings::experimental>, .since = "2.5"},
    {.name = "expert-mode", .level = Level::admin, .support = Support::done, .run = set_mode<&CliSettings::expert>, .since = "2.3"},
    {.name = "help", .support = Support::done, .run = help},
    {.name = "operator", .support = Support::done, .usage = "operator                                : lower the level of the current CLI session to operator", .run = lower_level<Level::operator_>, .since = "1.8"},
    {.name = "prompt", .support = Support::done, .run = prompt},
    {.name = "quit", .support = Support::done, .run = quit},
    {.name = "set severity-output", .support = Support::done, .usage = "set severity-output [none|number|string]: set presence of severity level in feedback information", .run = set_severity_output, .since = "1.8"},
    {.name = "set timeout", .support = Support::done, .usage = "set timeout [cli] <delay>               : change a timeout setting", .run = set_timeout},
    {.name = "show cli level", .support = Support::done, .usage = "show cli level                          : display the level of the current CLI session", .run = show_level, .since = "1.9"},
    {.name = "show cli sockets", .support = Support::done, .usage = "show cli sockets                        : dump list of cli sockets", .run = show_sockets, .since = "1.8"},
    {.name = "show env", .level = Level::operator_, .support = Support::done, .usage = "show env [var]                          : dump environment variables known to the process", .run = show_env, .since = "1.6"},
    {.name = "show version", .support = Support::done, .usage = "show version                            : show version of the current process", .run = show_version, .since = "2.5"},
    {.name = "user", .support = Support::done, .usage = "user                                    : lower the level of the current CLI session to user", .run = lower_level<Level::user>, .since = "1.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
