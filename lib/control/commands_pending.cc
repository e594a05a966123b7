// Commands of HAProxy that are known and answered with a message that says that they are not executed yet. `since` is
// 1.5, or 2.0 for what came between 1.5 and 2.6, or 3.0 for what came later.
#include "control/cli_command.h"

namespace cfgproxy::control {
namespace {

// clang-format off
constexpr Command kTable[] = {
    {.name = "_loadstatus", .mode = Command::master, .since = "3.0"},
    {.name = "_send_status", .mode = Command::master, .since = "3.0"},
    {.name = "acme challenge_ready", .level = Level::admin, .since = "3.0"},
    {.name = "acme renew", .level = Level::admin, .since = "3.0"},
    {.name = "acme status", .level = Level::admin, .since = "3.0"},
    {.name = "add backend", .level = Level::admin, .mode = Command::experimental, .since = "3.0"},
    {.name = "add ssl ech", .level = Level::admin, .since = "3.0"},
    {.name = "debug counters", .level = Level::operator_, .since = "3.0"},
    {.name = "debug dev bug", .level = Level::admin, .usage = "debug dev bug                           : call BUG_ON() and crash", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev check", .level = Level::admin, .usage = "debug dev check                         : call CHECK_IF() and possibly crash", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev close", .level = Level::admin, .usage = "debug dev close  <fd>                   : close this file descriptor", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev deadlock", .level = Level::admin, .mode = Command::expert, .since = "3.0"},
    {.name = "debug dev delay", .level = Level::admin, .usage = "debug dev delay  [ms]                   : sleep this long", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev exit", .level = Level::admin, .usage = "debug dev exit   [code]                 : immediately exit the process", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev fd", .level = Level::admin, .usage = "debug dev fd                            : scan for rogue/unhandled FDs", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev hash", .since = "3.0"},
    {.name = "debug dev hex", .level = Level::admin, .usage = "debug dev hex    <addr> [len]           : dump a memory area", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev log", .level = Level::admin, .usage = "debug dev log    [msg] ...              : send this msg to global logs", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev loop", .level = Level::admin, .usage = "debug dev loop   [ms]                   : loop this long", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev panic", .level = Level::admin, .usage = "debug dev panic                         : immediately trigger a panic", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev sched", .level = Level::admin, .usage = "debug dev sched  {task|tasklet} [k=v]*  : stress the scheduler", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev stream", .level = Level::admin, .usage = "debug dev stream [k=v]*                 : show/manipulate stream flags", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev sym", .level = Level::admin, .usage = "debug dev sym    <addr>                 : resolve symbol address", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev task", .level = Level::admin, .mode = Command::expert, .since = "3.0"},
    {.name = "debug dev tkill", .level = Level::admin, .usage = "debug dev tkill  [thr] [sig]            : send signal to thread", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev warn", .level = Level::admin, .usage = "debug dev warn                          : call WARN_ON() and possibly crash", .mode = Command::expert, .since = "2.0"},
    {.name = "debug dev write", .level = Level::admin, .usage = "debug dev write  [size]                 : write that many bytes in return", .mode = Command::expert, .since = "2.0"},
    {.name = "del backend", .level = Level::admin, .since = "3.0"},
    {.name = "del ssl ech", .level = Level::admin, .since = "3.0"},
    {.name = "hard-reload", .level = Level::operator_, .mode = Command::master, .since = "3.0"},
    {.name = "httpclient", .level = Level::admin, .usage = "httpclient <method> <URI>               : launch an HTTP request", .mode = Command::expert, .since = "2.0"},
    {.name = "mcli-debug-mode", .level = Level::admin, .mode = Command::master, .since = "2.0"},

    {.name = "reload", .level = Level::operator_, .mode = Command::master, .since = "2.0"},
    {.name = "set anon global-key", .level = Level::admin, .since = "3.0"},
    {.name = "set anon off", .since = "3.0"},
    {.name = "set anon on", .since = "3.0"},
    {.name = "set profiling", .level = Level::admin, .usage = "set profiling <what> {auto|on|off}      : enable/disable resource profiling (tasks,memory)"},
    {.name = "set ssl ech", .level = Level::admin, .since = "3.0"},
    {.name = "show anon", .since = "3.0"},
    {.name = "show dev", .since = "3.0"},
    {.name = "show proc", .level = Level::operator_, .mode = Command::master, .since = "2.0"},
    {.name = "show quic", .level = Level::operator_, .since = "3.0"},
    {.name = "show resolvers", .usage = "show resolvers [id]                     : dumps counters from all resolvers section and associated name servers", .since = "2.0"},
    {.name = "show ssl ech", .level = Level::admin, .since = "3.0"},
    {.name = "show trace", .usage = "show trace [<module>]                   : show live tracing state", .since = "2.0"},
    {.name = "trace", .level = Level::operator_, .usage = "trace [<module>|0] [cmd [args...]]      : manage live tracing (empty to list, 0 to stop all)", .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
