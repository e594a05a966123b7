// Commands about servers: set server, disable|enable, weight, maxconn (management.txt 9.3).
#include "base/text.h"
#include "control/cli_find.h"

namespace cfgproxy::control {
namespace {

using Server = std::shared_ptr<server::Server>;

/// What `set server <b>/<s> WORD ...` does; `value` is the word behind it.
struct Setting {
    std::string_view name;
    Support support = Support::pending;
    void (*run)(CliCall& call, const Server& server, std::string_view value) = nullptr;
};

void report(CliCall& call, const base::Result<void>& done) {
    if (!done) call.error(done.error());
}

void set_weight_of(CliCall& call, const Server& server, std::string_view value) {
    report(call, server->backend().set_weight(*server, value));
}

void set_state(CliCall& call, const Server& server, std::string_view value) {
    server::Backend& backend = server->backend();
    if (value == "ready")
        backend.set_ready(*server);
    else if (value == "drain")
        backend.set_drain(*server);
    else if (value == "maint")
        backend.set_maintenance(*server);
    else
        call.error("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n");
}

void set_health(CliCall& call, const Server& server, std::string_view value) {
    server::Backend& backend = server->backend();
    if (server->tracked())
        call.error("cannot change health on a tracking server.\n");
    else if (value == "up")
        backend.force_health(*server, server::Health::up);
    else if (value == "stopping")
        backend.force_health(*server, server::Health::stopping);
    else if (value == "down")
        backend.force_health(*server, server::Health::down);
    else
        call.error("'set server <srv> health' expects 'up', 'stopping', or 'down'.\n");
}

void set_address(CliCall& call, const Server& server, std::string_view value) {
    if (value.empty()) return call.error("set server <b>/<s> addr requires an address and optionally a port.\n");
    const std::string_view port = call.argument(3) == "port" ? call.argument(4) : std::string_view{};
    std::string text = server->backend().set_address(*server, value, port);
    if (text.empty()) return;
    if (text.back() != '\n') text += '\n';
    call.message(text, kSeverityWarning);
}

constexpr std::string_view kNoAgent = "agent checks are not enabled on this server.\n";

void set_agent(CliCall& call, const Server& server, std::string_view value) {
    if (!server->asks_agent()) return call.error(std::string(kNoAgent));
    if (value != "up" && value != "down") return call.error("'set server <srv> agent' expects 'up' or 'down'.\n");
    server->backend().force_agent(*server, value == "up");
}

void set_agent_text(CliCall& call, const Server& server, std::string_view value) {
    if (!server->backend().set_agent_text(*server, value)) call.error(std::string(kNoAgent));
}

void set_fqdn(CliCall& call, const Server&, std::string_view value) {
    call.error(value.empty() ? "set server <b>/<s> fqdn requires a FQDN.\n"
                             : "set server <b>/<s> fqdn failed because no resolution is configured.\n");
}

void set_ssl(CliCall& call, const Server& server, std::string_view value) {
    if (!server->has_tls())
        return call.error("'set server <srv> ssl' cannot be set.  default-server should define ssl settings\n");
    if (value != "on" && value != "off") return call.error("'set server <srv> ssl' expects 'on' or 'off'.\n");
    server->set_tls(value == "on");
    call.message("server ssl setting updated.\n");
}

constexpr Setting kSettings[] = {
    {"addr", Support::done, set_address},
    {"agent", Support::done, set_agent},
    {"agent-addr"},
    {"agent-port"},
    {"agent-send", Support::done, set_agent_text},
    {"check-addr"},
    {"check-port"},
    {"fqdn", Support::done, set_fqdn},
    {"health", Support::done, set_health},
    {"ssl", Support::done, set_ssl},
    {"state", Support::done, set_state},
    {"weight", Support::done, set_weight_of},
};
static_assert(base::well_formed(kSettings));

void set_server(CliCall& call) {
    const Server server = find_server(call, call.argument(0));
    if (!server) return;
    for (const Setting& setting : kSettings) {
        if (setting.name != call.argument(1)) continue;
        if (setting.support == Support::done) return setting.run(call, server, call.argument(2));
        return call.error("The command 'set server " + std::string(setting.name) + "' is not supported yet.\n");
    }
    call.error(
        "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | "
        "check-port | fqdn | health | ssl | state | weight\n");
}

void set_weight(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) set_weight_of(call, server, call.argument(1));
}

void get_weight(CliCall& call) {
    const Server server = find_server(call, call.argument(0));
    if (!server) return;
    base::append_uint(call.answer, server->user_weight());
    call.answer += " (initial ";
    base::append_uint(call.answer, server->initial_weight());
    call.answer += ")\n";
}

void set_max_connections(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0)))
        report(call, server->backend().set_max_connections(*server, call.argument(1)));
}

void disable_server(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) server->backend().set_maintenance(*server);
}

void enable_server(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) server->backend().set_ready(*server);
}

void disable_health(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) server->backend().enable_check(*server, false);
}

void enable_health(CliCall& call) {
    const Server server = find_server(call, call.argument(0));
    if (server && !server->backend().enable_check(*server, true))
        call.error("Health check was not configured on this server, cannot enable.\n");
}

void disable_agent(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) server->backend().enable_agent(*server, false);
}

void enable_agent(CliCall& call) {
    const Server server = find_server(call, call.argument(0));
    if (server && !server->backend().enable_agent(*server, true))
        call.error("Agent was not configured on this server, cannot enable.\n");
}

void shutdown_sessions(CliCall& call) {
    if (const Server server = find_server(call, call.argument(0))) server->backend().shutdown_sessions(*server, 'K');
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "disable agent", .level = Level::admin, .support = Support::done, .usage = "disable agent                           : disable agent checks", .run = disable_agent},
    {.name = "disable health", .level = Level::admin, .support = Support::done, .usage = "disable health                          : disable health checks", .run = disable_health},
    {.name = "disable server", .level = Level::admin, .support = Support::done, .usage = "disable server (DEPRECATED)             : disable a server for maintenance (use 'set server' instead)", .run = disable_server, .since = "1.4"},
    {.name = "enable agent", .level = Level::admin, .support = Support::done, .usage = "enable agent                            : enable agent checks", .run = enable_agent},
    {.name = "enable health", .level = Level::admin, .support = Support::done, .usage = "enable health                           : enable health checks", .run = enable_health},
    {.name = "enable server", .level = Level::admin, .support = Support::done, .usage = "enable server  (DEPRECATED)             : enable a disabled server (use 'set server' instead)", .run = enable_server, .since = "1.4"},
    {.name = "get weight", .support = Support::done, .usage = "get weight <bk>/<srv>                   : report a server's current weight", .run = get_weight, .since = "1.4"},
    {.name = "set maxconn server", .level = Level::admin, .support = Support::done, .usage = "set maxconn server <bk>/<srv>           : change a server's maxconn setting", .run = set_max_connections, .since = "1.6"},
    {.name = "set server", .level = Level::admin, .support = Support::done, .usage = "set server <bk>/<srv> [opts]            : change a server's state, weight, address or ssl", .run = set_server},
    {.name = "set weight", .level = Level::admin, .support = Support::done, .usage = "set weight <bk>/<srv>  (DEPRECATED)     : change a server's weight (use 'set server' instead)", .run = set_weight, .since = "1.4"},
    {.name = "shutdown sessions server", .level = Level::admin, .support = Support::done, .usage = "shutdown sessions server <bk>/<srv>     : kill sessions on a server", .run = shutdown_sessions},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
