// Commands about what no configuration that is executed now can have, and about memory: answered as HAProxy answers
// them when there is none of it.
#include <fmt/format.h>
#include <malloc.h>

#include "control/cli_command.h"

namespace cfgproxy::control {
namespace {

void show_nothing(CliCall&) {}

/// Arenas and buffers are kept in pools by each thread; what they take from the system is one sum.
void show_pools(CliCall& call) {
    const auto info = mallinfo2();
    call.answer += fmt::format(
        "Dumping pools usage. Use SIGQUIT to flush them.\n"
        "Total: 0 pools, {} bytes allocated, {} used (~0 by thread caches).\n",
        info.arena + info.hblkhd, info.uordblks + info.hblkhd);
}

void show_startup_logs(CliCall& call) { call.answer += '\n'; }

// clang-format off
constexpr Command kTable[] = {
    {.name = "show cache", .level = Level::admin, .support = Support::done, .usage = "show cache                              : show cache status", .run = show_nothing, .since = "1.8"},
    {.name = "show pools", .support = Support::done, .usage = "show pools                              : report information about the memory pools usage", .run = show_pools},
    {.name = "show startup-logs", .level = Level::operator_, .support = Support::done, .usage = "show startup-logs                       : report logs emitted during HAProxy startup", .run = show_startup_logs, .since = "1.9"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
