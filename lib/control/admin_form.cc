#include "control/admin_form.h"

#include "base/text.h"
#include "control/text.h"
#include "server/backend.h"

namespace cfgproxy::control {
namespace {

using server::Backend;
using server::Health;
using server::Server;

/// What an action does to one server; false if it left it as it was.
struct Action {
    std::string_view name;
    bool (*run)(Backend& backend, Server& server);
};

bool set_flag(Backend& backend, Server& server, std::uint8_t flag, std::string_view reason) {
    if (server.admin() & flag) return false;
    backend.set_admin(server, flag, 0, reason);
    return true;
}
bool clear_flag(Backend& backend, Server& server, std::uint8_t flag) {
    if (!(server.admin() & flag)) return false;
    backend.set_admin(server, 0, flag, {});
    return true;
}
template <Health To>
bool force(Backend& backend, Server& server) {
    if (server.tracked()) return false;
    backend.force_health(server, To, "changed from Web interface");
    return true;
}
template <bool On>
bool enable_check(Backend& backend, Server& server) {
    return backend.enable_check(server, On);
}
bool no_agent(Backend&, Server&) { return false; }

constexpr Action kActions[] = {
    {"adown", no_agent},
    {"arunn", no_agent},
    {"dagent", no_agent},
    {"dhlth", enable_check<false>},
    {"disable", [](Backend& b, Server& s) { return set_flag(b, s, server::kForcedMaint, "'disable' on stats page"); }},
    {"drain", [](Backend& b, Server& s) { return b.set_drain(s), true; }},
    {"eagent", no_agent},
    {"ehlth", enable_check<true>},
    {"enable", [](Backend& b, Server& s) { return clear_flag(b, s, server::kForcedMaint); }},
    {"hdown", force<Health::down>},
    {"hnolb", force<Health::stopping>},
    {"hrunn", force<Health::up>},
    {"maint", [](Backend& b, Server& s) { return b.set_maintenance(s), true; }},
    {"ready", [](Backend& b, Server& s) { return b.set_ready(s), true; }},
    {"shutdown", [](Backend& b, Server& s) { return b.shutdown_sessions(s, 'K'), true; }},
    {"start", [](Backend& b, Server& s) { return clear_flag(b, s, server::kForcedDrain); }},
    {"stop", [](Backend& b, Server& s) { return set_flag(b, s, server::kForcedDrain, "'stop' on stats page"); }},
};
static_assert(base::well_formed(kActions));

const Action* find_action(std::string_view name) {
    for (const Action& action : kActions)
        if (action.name == name) return &action;
    return nullptr;
}

const model::Proxy* backend_named(const model::Config& config, std::string_view name) {
    const auto id = name.starts_with('#') ? base::parse_uint(name.substr(1)) : std::nullopt;
    for (const auto& proxy : config.proxies)
        if (proxy->is_backend() && (id ? proxy->id == *id : proxy->name == name)) return proxy.get();
    return nullptr;
}

/// The form, as far as it concerns us.
struct Form {
    const Action* action = nullptr;
    const model::Proxy* backend = nullptr;
    std::vector<std::string> servers;
    bool valid = true;
};

Form parse_form(std::string_view body, const model::Config& config) {
    Form form;
    std::string value;
    for (std::string_view field : base::split(body, '&')) {
        const std::size_t equals = field.find('=');
        const std::string_view key = field.substr(0, equals);
        if (!decode_form_value(equals == std::string_view::npos ? "" : field.substr(equals + 1), value)) break;
        if (key == "s") {
            form.servers.push_back(value);
        } else if (key == "action") {
            form.action = find_action(value);
            form.valid = form.valid && form.action;
        } else if (key == "b") {
            form.backend = backend_named(config, value);
            form.valid = form.valid && form.backend;
        }
    }
    return form;
}

}  // namespace

Outcome run_admin_form(std::string_view body, const stream::Generation& generation) {
    const Form form = parse_form(body, *generation.config);
    if (!form.valid) return Outcome::errp;
    if (!form.backend || !form.action || form.servers.empty()) return Outcome::none;
    Backend* backend = generation.backend(*form.backend);
    std::size_t changed = 0, counted = 0;
    for (const std::string& name : form.servers) {
        const auto server = backend ? backend->find(name) : nullptr;
        const bool done = server && form.action->run(*backend, *server);
        changed += done;
        counted += done || !server;  // one that was so already does not count
    }
    if (counted == 0) return Outcome::none;
    if (changed == 0) return Outcome::errp;
    return changed == counted ? Outcome::done : Outcome::part;
}

}  // namespace cfgproxy::control
