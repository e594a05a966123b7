// Servers that come and go while the configuration stays: add server, del server, wait (management.txt 9.3).
#include <optional>

#include "config/added_server.h"
#include "config/duration.h"
#include "control/ssl_store.h"
#include "model/server_path.h"

namespace cfgproxy::control {
namespace {

using model::ServerPath;
using Removable = server::Backend::Removable;

/// "BACKEND/SERVER"; unlike find_server() these commands take no "#id". Nothing, and an error, if a part is missing.
std::optional<ServerPath> server_path(CliCall& call, std::string_view text) {
    const auto path = ServerPath::of_command(text);
    if (path.backend && !path.server.empty()) return path;
    call.error("Require 'backend/server'.\n");
    return {};
}

void list_options(CliCall& call) {
    call.answer += "List of keywords supported for dynamic server:\n";
    for (const std::string_view name : config::added_server_options()) call.answer.append(name).append("\n");
}

void add_server(CliCall& call) {
    if (call.argument(0) == "help") return list_options(call);
    const auto path = server_path(call, call.argument(0));
    if (!path) return;
    const model::Config& config = *call.generation->config;
    const model::Proxy* proxy = proxy_named(config, *path->backend, model::kBackend);
    server::Backend* backend = proxy ? call.generation->backend(*proxy) : nullptr;
    if (!backend) return call.error("No such backend.\n");
    if (const std::string why = backend->refuses_servers(); !why.empty())
        return call.error("Backend does not support dynamic servers : " + why + ".\n");
    if (backend->find(path->server)) return call.error("Already exists a server with the same name in backend.\n");
    std::vector<std::string_view> words{path->server};
    for (std::size_t n = 1; !call.argument(n).empty(); ++n) words.push_back(call.argument(n));
    auto read = config::read_added_server(config, *proxy, words, [&](std::string_view name, std::string_view server) {
        const model::Proxy* other = proxy_named(config, name, model::kBackend);
        const auto found = other ? call.generation->backend(*other)->find(server) : nullptr;
        return found && found->is_added();
    });
    if (!read.line) return call.error(read.told);
    if (auto added = call.engine.add_server(*backend, std::move(read.line)); !added)
        return call.error(added.error() + "\n");
    call.message(read.told + "New server registered.\n");
}

/// What hinders the removal of a server now, or for good.
server::Backend::Removal removal_of(const stream::Generation& generation, const ServerPath& path,
                                    std::shared_ptr<server::Server>& server) {
    const model::Proxy* proxy = proxy_named(*generation.config, *path.backend, model::kBackend);
    if (!proxy) return {Removable::never, "No such backend."};
    server::Backend* backend = generation.backend(*proxy);
    server = backend->find(path.server);
    if (!server) return {Removable::never, "No such server."};
    return backend->removal_of(*server);
}

void del_server(CliCall& call) {
    const auto path = server_path(call, call.argument(0));
    if (!path) return;
    std::shared_ptr<server::Server> server;
    auto removal = removal_of(*call.generation, *path, server);
    if (removal.when == Removable::now) removal = call.engine.remove_server(server->backend(), server);
    if (removal.when != Removable::now) return call.error(std::string(removal.why) + "\n");
    store_of(call).forget(server->config().tls->context.get());
    call.message("Server deleted.\n");
}

/// `wait`: until a server can be removed, or only until the time is over.
class Waiting final : public Output {
  public:
    Waiting(engine::Engine& engine, std::uint64_t until_ms, std::string_view path)
        : engine_(engine), until_ms_(until_ms), path_(path), conditional_(!path.empty()) {}

    bool produce(std::string& to) override {
        const bool over = engine_.main_env().loop.now_ms() >= until_ms_;
        if (!conditional_) return over ? end(to, "Done.") : true;
        std::shared_ptr<server::Server> server;
        const auto removal = removal_of(*engine_.generation(), ServerPath::of_command(path_), server);
        why_ = removal.why;
        if (removal.when == Removable::now) return end(to, "Done.");
        if (removal.when == Removable::never) return end(to, "Failed. " + why_);
        return over ? end(to, "Wait delay expired. " + why_) : true;
    }
    bool ends_by_key() const override { return false; }
    void give_up(std::string& to) override { end(to, why_.empty() ? "Interrupted." : "Interrupted. " + why_); }

  private:
    static bool end(std::string& to, std::string_view text) {
        to.append(text).append("\n");
        return false;
    }

    engine::Engine& engine_;
    std::uint64_t until_ms_;
    std::string path_;
    bool conditional_;
    std::string why_;
};

constexpr std::string_view kWaitUsage =
    "Usage: wait {-h|<duration>} [condition [args...]]\n"
    "  - '-h' displays this help\n"
    "  - <duration> is the maximum wait time, optionally suffixed by the unit among\n"
    "    'us', 'ms', 's', 'm', 'h', and 'd'. ; the default unit is milliseconds.\n"
    "  - <condition> indicates what to wait for, no longer than the specified\n"
    "    duration. Supported conditions are:\n"
    "    - <none> : by default, just sleep for the specified duration.\n"
    "    - srv-removable <px>/<sv> : wait for this server to become removable.\n";

void wait(CliCall& call) {
    if (call.argument(0).empty()) return call.error("Expects a duration in milliseconds.\n");
    if (call.argument(0) == "-h" || call.argument(1) == "-h") return call.message(kWaitUsage);
    const auto time = config::parse_time(call.argument(0), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok || time.value < 1) return call.error("Invalid duration.\n");
    const std::string_view condition = call.argument(1), path = call.argument(2);
    if (condition == "srv-removable") {
        if (path.empty()) return call.error("Missing server name (<backend>/<server>).\n");
        if (!server_path(call, path)) return;
    } else if (!condition.empty()) {
        return call.error(kWaitUsage);
    }
    const std::uint64_t until = call.env.loop.now_ms() + static_cast<std::uint64_t>(time.value);
    call.output = std::make_unique<Waiting>(call.engine, until, path);
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "add server", .level = Level::admin, .support = Support::done, .usage = "add server <bk>/<srv>                   : create a new server", .run = add_server, .since = "2.0"},
    {.name = "del server", .level = Level::admin, .support = Support::done, .usage = "del server <bk>/<srv>                   : remove a dynamically added server", .run = del_server, .since = "2.0"},
    {.name = "wait", .level = Level::admin, .support = Support::done, .usage = "wait {-h|<delay_ms>} cond [args...]     : wait the specified delay or condition (-h to see list)", .run = wait, .since = "3.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
