// What backends keep of their servers over restarts, and how long a silent connection lives (manual 2.6 section 4.2).
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/offline.h"
#include "config/finalize.h"
#include "keywords/setters.h"
#include "server/state_file.h"

namespace cfgproxy::keywords {
namespace {

using model::ProxySettings;
using Keepalive = ProxySettings::Keepalive;

void set_load_state(Parser& parser) {
    constexpr std::pair<std::string_view, model::LoadState> kWays[] = {
        {"global", model::LoadState::global}, {"local", model::LoadState::local}, {"none", model::LoadState::none}};
    for (const auto& [name, way] : kWays)
        if (name == parser.arg(0)) {
            parser.proxy().load_state = way;
            return;
        }
    parser.alert(parser.arg_word(0),
                 "'load-server-state-from-file' expects 'global', 'local' or 'none'. Got " + quoted(parser.arg(0)));
}

/// Without a name, or with the word for it, the proxy's own.
void set_state_file(Parser& parser) {
    parser.proxy().state_file = parser.arg(0) == "use-backend-name" ? std::string_view{} : parser.arg(0);
}

template <Keepalive ProxySettings::*Side>
void set_probe_count(Parser& parser) {
    std::string_view text = parser.arg(0);
    const auto bad = text.find_first_not_of("0123456789");
    if (bad != text.npos)
        return parser.alert(parser.arg_word(0), quoted(parser.keyword().name) + " : unexpected character '" +
                                                    std::string(1, text[bad]) + "' in integer value " + quoted(text));
    assign_number((parser.proxy().*Side).count, config::leading_number(text));
}

template <Keepalive ProxySettings::*Side, std::uint32_t Keepalive::*Time>
void set_probe_time(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::s);
    using Status = config::Duration::Status;
    const std::string about = "argument " + quoted(parser.arg(0)) + " to " + quoted(parser.keyword().name);
    if (time.status == Status::overflow)
        return parser.alert(parser.arg_word(0),
                            "timer overflow in " + about + " (maximum value is 2147483647 ms or ~24.8 days)");
    if (time.status == Status::underflow)
        return parser.alert(parser.arg_word(0), "timer underflow in " + about + " (minimum non-null value is 1 ms)");
    if (time.status != Status::ok)
        return parser.alert(parser.arg_word(0), "unexpected character '" + std::string(1, time.unexpected) +
                                                    "' in argument to <" + std::string(parser.keyword().name) + ">.");
    assign_number(parser.proxy().*Side.*Time, time.value);
}

constexpr auto kClient = &ProxySettings::client_keepalive;
constexpr auto kServer = &ProxySettings::server_keepalive;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "clitcpka-cnt", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_probe_count<kClient>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
    {.name = "clitcpka-idle", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_probe_time<kClient, &Keepalive::idle_s>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
    {.name = "clitcpka-intvl", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_probe_time<kClient, &Keepalive::interval_s>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
    {.name = "load-server-state-from-file", .sections = kBackends, .support = Support::done, .parse = set_load_state, .since = "1.6", .misplaced = Misplaced::skip},
    {.name = "server-state-file-name", .sections = kBackends, .support = Support::done, .parse = set_state_file, .since = "1.6", .misplaced = Misplaced::skip},
    {.name = "srvtcpka-cnt", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_probe_count<kServer>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
    {.name = "srvtcpka-idle", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_probe_time<kServer, &Keepalive::idle_s>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
    {.name = "srvtcpka-intvl", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_probe_time<kServer, &Keepalive::interval_s>, .form = "expects an integer value", .since = "2.3", .misplaced = Misplaced::timeout},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

/// A file that is not there, or is something else, is told and then does without.
void look_at_state_file(config::Finalizing& finalizing, const base::Place& place, const std::string& path,
                        const std::string& whose, const std::string& kind, std::string_view stop) {
    if (path.empty() || base::offline()) return;
    errno = 0;
    std::ifstream file(path);
    if (!file) {
        const std::string reason = std::strerror(errno);
        finalizing.warning(place, whose + "Can't open " + kind + quoted(path) + ": " + reason + std::string(stop));
    } else if (!server::has_state_version(file)) {
        finalizing.warning(place, whose + "Can't get version of the " + kind + quoted(path) + ".");
    }
}

void look_at_state_files(config::Finalizing& finalizing) {
    const model::Global& global = finalizing.config.global;
    look_at_state_file(finalizing, {}, server::global_state_path(global), "config: ", "global server state file ", "");
    for (const auto& proxy : finalizing.config.proxies)
        if (proxy->is_backend() && !proxy->disabled && proxy->load_state == model::LoadState::local)
            look_at_state_file(finalizing, proxy->place, server::state_path(global, *proxy),
                               "Proxy " + quoted(proxy->name) + ": ", "server state file ", ".");
}

constexpr config::Pass kPasses[] = {{.name = "look at state files", .order = 95, .run = look_at_state_files}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
