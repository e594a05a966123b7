// Commands about statistics: show stat, show info, clear counters (management.txt 9.1, 9.3).
#include "control/clear_counters.h"
#include "control/cli_find.h"
#include "control/info_fields.h"
#include "control/stat_format.h"
#include "engine/stats_file.h"

namespace cfgproxy::control {
namespace {

class StatOutput final : public Output {
  public:
    StatOutput(StatDump dump, stream::Env& env) : dump_(std::move(dump)), env_(env) {}
    bool produce(std::string& to) override { return dump_.produce(to, env_.loop.now_ms()); }

  private:
    StatDump dump_;
    stream::Env& env_;
};

/// show stat [domain <d>] [<iid>|<proxy> <type> <sid>] [typed|json] [desc] [up|no-maint]
void show_stat(CliCall& call) {
    std::size_t at = 0;
    StatFilter filter;
    filter.legends = call.settings.socket_level >= Level::operator_;
    if (call.argument(0) == "domain") {
        if (call.argument(1) == "resolvers") {
            call.answer +=
                "# id,pid,sent,send_error,valid,update,cname,cname_error,any_err,nx,timeout,refused,other,invalid,"
                "too_big,truncated,outdated,\n";
            return;
        }
        if (call.argument(1) != "proxy") return call.error("Invalid statistics domain.\n");
        at = 2;
    }
    if (!call.argument(at + 2).empty()) {
        const model::Proxy* proxy = proxy_named(*call.generation->config, call.argument(at), 0);
        const long long id = proxy ? proxy->id : leading_number(call.argument(at));
        if (id == 0) return call.error("No such proxy.\n");
        if (id != -1) filter.proxy_id = static_cast<std::uint32_t>(id);
        filter.kinds = static_cast<std::uint32_t>(leading_number(call.argument(at + 1)));
        const long long sid = leading_number(call.argument(at + 2));
        if (sid != -1) filter.server_id = static_cast<std::uint32_t>(sid);
        at += 3;
    }
    StatFormat format = StatFormat::csv;
    bool describe = false;
    for (; !call.argument(at).empty(); ++at) {
        const std::string_view word = call.argument(at);
        if (word == "typed") format = StatFormat::typed;
        if (word == "json") format = StatFormat::json;
        if (word == "desc") describe = true;
        if (word == "no-maint") filter.hide_maintenance = true;
        if (word == "up") filter.hide_down = true;
    }
    StatWalk walk(*call.generation, call.generation, call.engine.process(), std::move(filter));
    call.output = std::make_unique<StatOutput>(StatDump(std::move(walk), format, describe), call.env);
}

void show_info(CliCall& call) {
    InfoFormat format = InfoFormat::plain;
    bool describe = false, precise = false;
    for (std::size_t at = 0; !call.argument(at).empty(); ++at) {
        const std::string_view word = call.argument(at);
        if (word == "typed") format = InfoFormat::typed;
        if (word == "json") format = InfoFormat::json;
        if (word == "desc") describe = true;
        if (word == "float") precise = true;
    }
    append_info(call.answer, {call.engine.process(), call.env, *call.generation, precise}, format, describe);
}

void show_schema(CliCall& call) { call.answer += kStatSchema; }

void clear(CliCall& call) {
    const bool all = call.argument(0) == "all";
    if (all && !has_level(call, Level::admin)) return;
    clear_counters(*call.generation, call.engine.process(), all);
}

void dump_stats_file(CliCall& call) { call.answer = engine::dump_counters(*call.generation) + "\n"; }

// clang-format off
constexpr Command kTable[] = {
    {.name = "clear counters", .level = Level::operator_, .support = Support::done, .usage = "clear counters [all]                    : clear max statistics counters (or all counters)", .run = clear, .since = "1.4"},
    {.name = "dump stats-file", .support = Support::done, .usage = "dump stats-file                         : dump stats for restore", .run = dump_stats_file, .since = "3.0"},
    {.name = "show info", .support = Support::done, .usage = "show info [desc|json|typed|float]*      : report information about the running process", .run = show_info, .since = "1.3"},
    {.name = "show schema json", .support = Support::done, .usage = "show schema json                        : report schema used for stats", .run = show_schema, .since = "1.8"},
    {.name = "show stat", .support = Support::done, .usage = "show stat [desc|json|no-maint|typed|up]*: report counters for each proxy and server", .run = show_stat, .since = "1.3"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
