// Commands about frontends, backends and the whole process's limits (management.txt 9.3).
#include <fmt/format.h>

#include "control/cli_find.h"
#include "control/stat_fields.h"
#include "server/clock.h"

namespace cfgproxy::control {
namespace {

using server::CheckStatus;

// --- limits --------------------------------------------------------------------------------------------------

void set_global_limit(CliCall& call) {
    if (call.argument(0).empty()) return call.error("Expects an integer value.\n");
    stream::Process& process = call.engine.process();
    const std::uint32_t written = call.generation->config->global.max_connections;
    const long long hard = written ? written : process.max_connections.load();
    const long long wanted = leading_number(call.argument(0));
    if (wanted > hard) return call.error("Value out of range.\n");
    process.max_connections = static_cast<std::uint32_t>(wanted <= 0 ? hard : wanted);
    if (process.tell_room) process.tell_room();
}

void set_frontend_limit(CliCall& call) {
    const model::Proxy* proxy = find_frontend(call, call.argument(0));
    if (!proxy) return;
    if (call.argument(1).empty()) return call.error("Integer value expected.\n");
    const long long wanted = leading_number(call.argument(1));
    if (wanted < 0) return call.error("Value out of range.\n");
    if (server::Frontend* frontend = call.generation->frontend(*proxy))
        frontend->max_connections = static_cast<std::uint32_t>(wanted);
    if (call.engine.process().tell_room) call.engine.process().tell_room();
}

// --- frontends -----------------------------------------------------------------------------------------------

void disable_frontend(CliCall& call) {
    const model::Proxy* proxy = find_frontend(call, call.argument(0));
    server::Frontend* frontend = proxy ? call.generation->frontend(*proxy) : nullptr;
    if (!frontend) return;
    if (frontend->stopped) return call.message("Frontend was previously shut down, cannot disable.\n", kSeverityNotice);
    if (frontend->paused) return call.message("All sockets are already disabled.\n", kSeverityNotice);
    call.engine.set_frontend_paused(*proxy, true);
}

void enable_frontend(CliCall& call) {
    const model::Proxy* proxy = find_frontend(call, call.argument(0));
    server::Frontend* frontend = proxy ? call.generation->frontend(*proxy) : nullptr;
    if (!frontend) return;
    if (frontend->stopped) return call.error("Frontend was previously shut down, cannot enable.\n");
    if (!frontend->paused) return call.message("All sockets are already enabled.\n", kSeverityNotice);
    call.engine.set_frontend_paused(*proxy, false);
}

void shutdown_frontend(CliCall& call) {
    const model::Proxy* proxy = find_frontend(call, call.argument(0));
    server::Frontend* frontend = proxy ? call.generation->frontend(*proxy) : nullptr;
    if (!frontend) return;
    if (frontend->stopped) return call.message("Frontend was already shut down.\n", kSeverityNotice);
    call.engine.shutdown_frontend(*proxy);
}

// --- backends ------------------------------------------------------------------------------------------------

void show_backend(CliCall& call) {
    call.answer += "# name\n";
    for (const auto& proxy : call.generation->config->proxies)
        if (proxy->is_backend()) call.answer.append(proxy->name).append("\n");
}

/// The number by which server state files know a check's outcome.
int status_number(const server::CheckReport& check) {
    constexpr int kNumbers[] = {0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20};
    static_assert(std::size(kNumbers) == static_cast<std::size_t>(CheckStatus::process_ok) + 1);
    if (!check.enabled && check.status == CheckStatus::unknown) return 1;
    return kNumbers[static_cast<std::size_t>(check.status)];
}
int result_number(CheckStatus status) {
    if (status == CheckStatus::unknown || status == CheckStatus::initializing) return 0;
    return status == CheckStatus::l7_ok_conditional ? 4 : server::passed(status) ? 3 : 2;
}
int state_number(const server::Server& server, const server::CheckReport& check) {
    return (check.running ? 1 : 0) + (server.config().check.enabled ? 2 : 0) + (check.enabled ? 4 : 0) +
           (server.in_maintenance() ? 8 : 0);
}

void append_state(std::string& to, const model::Proxy& proxy, const server::Server& server) {
    const server::CheckReport check = server.check();
    const net::Address address = server.address();
    const model::Endpoint& endpoint = server.config().endpoint;
    const std::uint64_t now = server::Clock::wall_s(), since = server.last_change_s.load();
    const auto& settings = server.config().check;
    to += fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} 0 0 0 {} {} - {} {} {} - 0\n", proxy.id, proxy.name,
                      server.config().id, server.name(), address.is_ip() ? address.ip_text() : "-",
                      static_cast<int>(server.health()), server.admin(), server.user_weight(), server.initial_weight(),
                      now > since ? now - since : 0, status_number(check), result_number(check.status), check.health,
                      state_number(server, check), endpoint.kind == model::Endpoint::Kind::host ? endpoint.path : "-",
                      address.port(), server.tls_state(), settings.port,
                      settings.address && settings.address->ip.is_ip() ? settings.address->ip.ip_text() : "-");
}

void append_connections(std::string& to, const model::Proxy& proxy, const server::Server& server,
                        std::uint32_t threads) {
    const net::Address address = server.address();
    const std::uint32_t used = server.used_connections.load(), idle = server.idle_connections.load();
    const std::uint32_t safe = std::min(idle, server.safe_connections.load());
    to += fmt::format("{}/{} {}/{} {} {} - {} {} {} {} {} {} {} {}", proxy.name, server.name(), proxy.id,
                      server.config().id, address.is_ip() ? address.ip_text() : "-", address.port(),
                      server.config().pool_purge_ms, used, server.sessions.max(), used, idle - safe, safe,
                      server.config().pool_max, idle);
    // Which thread owns them is that thread's knowledge: they are told as a sum, on the first one.
    for (std::uint32_t thread = 0; thread < threads; ++thread) to += fmt::format(" {}", thread == 0 ? idle : 0);
    to += '\n';
}

server::Backend* named_backend(CliCall& call) {
    const model::Proxy* proxy = find_backend(call, call.argument(0));
    return proxy ? call.generation->backend(*proxy) : nullptr;
}

template <bool Published>
void publish_backend(CliCall& call) {
    const model::Proxy* proxy = proxy_named(*call.generation->config, call.argument(0), model::kBackend);
    server::Backend* backend = proxy ? call.generation->backend(*proxy) : nullptr;
    if (!backend) return call.error("No such backend.\n");
    if (proxy->disabled) return call.error("No effect on a disabled backend.\n");
    backend->unpublished.store(!Published, std::memory_order_relaxed);
    call.message(Published ? "Backend published.\n" : "Backend unpublished.\n");
}

template <bool On>
void use_dynamic_cookies(CliCall& call) {
    if (server::Backend* backend = named_backend(call)) backend->use_dynamic_cookies(On);
}

void set_dynamic_cookie_key(CliCall& call) {
    server::Backend* backend = named_backend(call);
    if (!backend) return;
    if (call.argument(1).empty()) return call.error("String value expected.\n");
    backend->set_dynamic_cookie_key(call.argument(1));
}

/// Servers one after the other, piece by piece.
class ServersOutput final : public Output {
  public:
    ServersOutput(CliCall& call, const model::Proxy* only, bool connections)
        : generation_(call.generation),
          only_(only),
          connections_(connections),
          threads_(call.engine.process().threads) {}
    bool produce(std::string& to) override {
        const auto& proxies = generation_->config->proxies;
        while (proxy_ < proxies.size()) {
            const model::Proxy& proxy = *proxies[proxy_];
            const server::Backend* backend = generation_->backend(proxy);
            const bool wanted = backend && (!only_ || only_ == &proxy);
            if (wanted && server_ == 0) servers_ = backend->servers();
            for (; wanted && server_ < servers_.size(); ++server_) {
                if (to.size() >= kPiece) return true;
                const server::Server& server = *servers_[server_];
                connections_ ? append_connections(to, proxy, server, threads_) : append_state(to, proxy, server);
            }
            ++proxy_;
            server_ = 0;
        }
        return false;
    }

  private:
    static constexpr std::size_t kPiece = 10240;
    std::shared_ptr<const stream::Generation> generation_;
    const model::Proxy* only_;
    bool connections_;
    std::uint32_t threads_;
    std::vector<std::shared_ptr<server::Server>> servers_;  ///< of the proxy
    std::size_t proxy_ = 0, server_ = 0;
};

template <bool Connections>
void show_servers(CliCall& call) {
    const model::Proxy* only = nullptr;
    if (!call.argument(0).empty()) {
        only = proxy_named(*call.generation->config, call.argument(0), model::kBackend);
        if (!only) return call.error("Can't find backend.\n");
    }
    if (Connections)
        call.answer += fmt::format(
            "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim "
            "idle_cur idle_per_thr[{}]\n",
            call.engine.process().threads);
    else
        call.answer +=
            "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
            "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "
            "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
            "srv_check_addr srv_agent_addr srv_agent_port\n";
    call.output = std::make_unique<ServersOutput>(call, only, Connections);
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "disable dynamic-cookie backend", .level = Level::admin, .support = Support::done, .usage = "disable dynamic-cookie backend <bk>     : disable dynamic cookies on a specific backend", .run = use_dynamic_cookies<false>, .since = "2.0"},
    {.name = "disable frontend", .level = Level::admin, .support = Support::done, .usage = "disable frontend <frontend>             : temporarily disable specific frontend", .run = disable_frontend},
    {.name = "enable dynamic-cookie backend", .level = Level::admin, .support = Support::done, .usage = "enable dynamic-cookie backend <bk>      : enable dynamic cookies on a specific backend", .run = use_dynamic_cookies<true>, .since = "2.0"},
    {.name = "enable frontend", .level = Level::admin, .support = Support::done, .usage = "enable frontend <frontend>              : re-enable specific frontend", .run = enable_frontend},
    {.name = "publish backend", .level = Level::admin, .support = Support::done, .usage = "publish backend <backend>               : mark backend as ready for traffic", .run = publish_backend<true>, .since = "3.0"},
    {.name = "set dynamic-cookie-key backend", .level = Level::admin, .support = Support::done, .usage = "set dynamic-cookie-key backend <bk> <k> : change a backend secret key for dynamic cookies", .run = set_dynamic_cookie_key, .since = "2.0"},
    {.name = "set maxconn frontend", .level = Level::admin, .support = Support::done, .usage = "set maxconn frontend <frontend> <value> : change a frontend's maxconn setting", .run = set_frontend_limit},
    {.name = "set maxconn global", .level = Level::admin, .support = Support::done, .usage = "set maxconn global <value>              : change the per-process maxconn setting", .run = set_global_limit},
    {.name = "show backend", .support = Support::done, .usage = "show backend                            : list backends in the current running config", .run = show_backend, .since = "1.6"},
    {.name = "show servers conn", .support = Support::done, .usage = "show servers conn [<backend>]           : dump server connections status (all or for a single backend)", .run = show_servers<true>, .since = "2.2"},
    {.name = "show servers state", .support = Support::done, .usage = "show servers state [<backend>]          : dump volatile server information (all or for a single backend)", .run = show_servers<false>, .since = "1.6"},
    {.name = "shutdown frontend", .level = Level::admin, .support = Support::done, .usage = "shutdown frontend <frontend>            : stop a specific frontend", .run = shutdown_frontend},
    {.name = "unpublish backend", .level = Level::admin, .support = Support::done, .usage = "unpublish backend <backend>             : remove backend for traffic processing", .run = publish_backend<false>, .since = "3.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
