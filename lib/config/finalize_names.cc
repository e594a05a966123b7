// Passes that give numbers to what has names, and find what is called by a name.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/offline.h"
#include "config/finalize_internal.h"
#include "model/server_path.h"
#include "net/tls_store.h"

namespace cfgproxy::config {

using model::Proxy;

namespace {

/// The smallest number from `from` on that nobody has chosen. Numbers given since are below `from`.
std::uint32_t next_free(const std::unordered_set<std::uint32_t>& taken, std::uint32_t from) {
    while (taken.contains(from)) ++from;
    return from;
}

void assign_bind_ids(Proxy& proxy) {
    std::unordered_set<std::uint32_t> taken;
    for (const auto& bind : proxy.binds)
        if (bind.id) taken.insert(bind.id);
    std::uint32_t next = 1;
    for (auto& bind : proxy.binds) {
        if (!bind.id) bind.id = next = next_free(taken, next);
        ++next;
    }
}

}  // namespace

/// In file order from 1; the statistics socket takes the first number if there is one. Each proxy moves the count on,
/// even one with its own id or one that is disabled.
void assign_proxy_ids(Finalizing& finalizing) {
    std::unordered_set<std::uint32_t> taken;
    auto& config = finalizing.config;
    for (const auto& proxy : config.proxies)
        if (proxy->forced_id) taken.insert(proxy->id);
    std::uint32_t next = config.global.stats_sockets.empty() ? 1 : 2;
    std::uint32_t index = 0;
    for (const auto& proxy : config.proxies) {
        proxy->index = index++;
        if (!proxy->forced_id) proxy->id = next = next_free(taken, next);
        ++next;
        assign_bind_ids(*proxy);
    }
    for (auto& socket : config.global.stats_sockets) socket.bind.id = 1;
}

void assign_server_ids(Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        std::unordered_set<std::uint32_t> taken;
        for (const auto& server : proxy->servers)
            if (server->forced_id) taken.insert(server->id);
        std::uint32_t next = 1, index = 0;
        for (const auto& server : proxy->servers) {
            server->proxy = proxy.get();
            server->index = index++;
            if (!server->forced_id) server->id = next = next_free(taken, next);
            ++next;
            if (server->cookie.empty()) server->cookie = server->default_cookie;
        }
    }
}

namespace {

/// HAProxy took servers of one name until 1.9, and found the first by it; later releases refuse them.
void tell_of_twins(Finalizing& finalizing, const Proxy& proxy, const model::Server& first,
                   const model::Server& second) {
    std::string text = described(proxy) + ", another server named " + quoted(second.name) +
                       " was already defined at line " + std::to_string(first.place.line) +
                       ", please use distinct names.";
    if (finalizing.config.oldest_release >= base::Release{2, 0}) return finalizing.alert_in_file(second.place, text);
    finalizing.warning(second.place,
                       "parsing [" + *second.place.file + ":" + std::to_string(second.place.line) + "] : " + text);
}

}  // namespace

void find_twin_servers(Finalizing& finalizing) {
    std::vector<model::Server*> by_name;  // of one proxy
    for (const auto& proxy : finalizing.config.proxies) {
        by_name.clear();
        for (const auto& server : proxy->servers) by_name.push_back(server.get());
        std::stable_sort(by_name.begin(), by_name.end(),
                         [](const model::Server* a, const model::Server* b) { return a->name < b->name; });
        for (std::size_t i = 1; i < by_name.size(); ++i)
            if (by_name[i]->name == by_name[i - 1]->name) by_name[i]->twin = by_name[i - 1]->twin + 1;
    }
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (const auto& server : proxy.servers)
            if (server->twin > 0 && !server->forced_id)
                tell_of_twins(finalizing, proxy, *proxy.find_server(server->name), *server);
    });
}

namespace {

std::string_view mode_name(const Proxy& proxy) {
    return proxy.mode == model::Mode::http ? "http" : proxy.mode == model::Mode::log ? "syslog" : "tcp";
}

std::string located(const Proxy& proxy) {
    return std::string(mode_name(proxy)) + " " + described(proxy) + " (" + *proxy.place.file + ":" +
           std::to_string(proxy.place.line) + ")";
}

/// Whether `target`, which is null if the name is unknown, may serve what `proxy` accepts. `rule` is "use_backend" or
/// "default_backend".
bool check_target(Finalizing& finalizing, const Proxy& proxy, const Proxy* target, std::string_view name,
                  std::string_view rule, const base::Place& place) {
    const bool is_default = rule == "default_backend";
    const std::string required = std::string(rule) + ": " + quoted(name) + ".";
    if (!target) {
        finalizing.alert(place, "Proxy " + quoted(proxy.name) + ": unable to find required " + required);
    } else if (finalizing.config.is_ambiguous_backend(name)) {
        finalizing.alert(place, "Proxy " + quoted(proxy.name) + ": refusing to use duplicated proxy in " + required);
    } else if (target == &proxy) {
        finalizing.alert(place, "Proxy " + quoted(proxy.name) + ": loop detected for " + required);
    } else if (target->mode != proxy.mode && (proxy.mode == model::Mode::http || target->mode == model::Mode::log)) {
        finalizing.alert(place, located(proxy) + " tries to use incompatible " + located(*target) +
                                    (is_default ? " as its default backend" : " in a 'use_backend' rule") +
                                    " (see 'mode').");
    } else {
        return true;
    }
    return false;
}

void find_default_backend(Finalizing& finalizing, Proxy& proxy) {
    if (proxy.default_backend.empty() || !proxy.is_frontend()) return;
    const Proxy* target = finalizing.config.find_backend(proxy.default_backend);
    if (!check_target(finalizing, proxy, target, proxy.default_backend, "default_backend", proxy.default_backend_place))
        return;
    proxy.default_backend_proxy = target;
    if (!proxy.servers.empty())
        finalizing.warning(proxy.default_backend_place, "In proxy " + quoted(proxy.name) +
                                                            ", the 'default_backend' rule always has precedence "
                                                            "over the servers, which will never be used.");
}

}  // namespace

void find_backends(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        find_default_backend(finalizing, proxy);
        for (auto& rule : proxy.use_backends) {
            if (rule.dynamic) continue;
            const Proxy* target = finalizing.config.find_backend(rule.name);
            if (check_target(finalizing, proxy, target, rule.name, "use_backend", rule.place)) rule.backend = target;
        }
    });
}

void find_servers(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (auto& rule : proxy.use_servers) {
            rule.server = proxy.find_server(rule.name);
            if (rule.server)
                rule.server->referenced = true;
            else
                finalizing.alert(rule.place, described(proxy) + " : unable to find server " + quoted(rule.name) +
                                                 " referenced in a 'use-server' rule.");
        }
    });
}

namespace {

/// Looks up one argument at a time and words what it does not find.
class ArgumentFinder {
  public:
    ArgumentFinder(Finalizing& finalizing, const Unresolved::Item& item) : finalizing_(finalizing), item_(item) {}

    void find(sample::Argument& argument, const sample::ArgumentUse& use) {
        use_ = &use;
        using Kind = sample::Argument::Kind;
        switch (argument.kind) {
            case Kind::frontend:
                argument.target = find_proxy(argument.text, model::kFrontend, "frontend");
                break;
            case Kind::backend:
                argument.target = find_proxy(argument.text, model::kBackend, "backend");
                break;
            case Kind::server:
                argument.target = find_server(argument.text);
                break;
            case Kind::table:
                argument.target = find_table(argument.text);
                break;
            case Kind::userlist:
                argument.target = find_userlist(argument.text);
                break;
            default:
                break;
        }
    }

  private:
    void report(std::string what, std::string_view link = " ") {
        const auto& proxy = item_.proxy;
        std::string text = "unable to find " + what + std::string(link) + "referenced in arg " +
                           std::to_string(use_->position) + " of ";
        if (!use_->converter.empty()) text += "conversion keyword " + quoted(use_->converter) + " for ";
        text += std::string(item_.is_acl ? "ACL keyword " : "sample fetch keyword ") + quoted(use_->fetch) + " " +
                item_.where + " proxy " + quoted(proxy ? proxy->name : "") + ".";
        finalizing_.alert_in_file(item_.place, text);
    }

    const Proxy* find_proxy(std::string_view name, std::uint8_t capability, std::string_view kind) {
        if (name.empty() && item_.proxy && (item_.proxy->capabilities & capability)) return item_.proxy;
        const auto& config = finalizing_.config;
        const Proxy* found = capability == model::kFrontend ? config.find_frontend(name) : config.find_backend(name);
        if (!found) report(std::string(kind) + " " + quoted(name));
        return found;
    }

    const model::Server* find_server(std::string_view text) {
        const model::ServerPath path(text);
        const Proxy* proxy = path.backend ? finalizing_.config.find_backend(*path.backend) : item_.proxy;
        if (path.backend && !proxy) {
            report("proxy " + quoted(*path.backend));
            return nullptr;
        }
        const model::Server* server = proxy ? proxy->find_server(path.server) : nullptr;
        if (!server)
            report("server " + quoted(path.server) + " in proxy " + quoted(proxy ? proxy->name : std::string()), ", ");
        else
            server->referenced = true;
        return server;
    }

    const model::StickTable* find_table(std::string_view name) {
        if (name.empty() && item_.proxy) name = item_.proxy->name;
        const model::StickTable* table = finalizing_.config.find_table(name);
        if (!table) report("table " + quoted(name));
        return table;
    }

    const model::Userlist* find_userlist(std::string_view name) {
        const model::Userlist* list = finalizing_.config.find_userlist(name);
        if (!list) report("userlist " + quoted(name));
        return list;
    }

    Finalizing& finalizing_;
    const Unresolved::Item& item_;
    const sample::ArgumentUse* use_ = nullptr;
};

}  // namespace

void find_arguments(Finalizing& finalizing) {
    for (const auto& item : finalizing.unresolved.expressions) {
        if (item.proxy && item.proxy->disabled) continue;
        ArgumentFinder finder(finalizing, item);
        auto visit = [](sample::Argument& argument, const sample::ArgumentUse& use, void* data) {
            static_cast<ArgumentFinder*>(data)->find(argument, use);
        };
        sample::for_each_argument(*item.expression, +visit, &finder);
    }
}

/// Certificates that tokens are decrypted with must be there, and be for that (`jwt on`). Those that tokens are checked
/// with are, by being named.
void check_token_certificates(Finalizing& finalizing) {
    if (base::offline() || !finalizing.config.tls_store) return;
    struct Check {
        Finalizing& finalizing;
        const Unresolved::Item& item;
        void look(const sample::Argument& argument, const sample::ArgumentUse& use) const {
            if (argument.kind == sample::Argument::Kind::variable) return;
            net::TlsStore& store = *finalizing.config.tls_store;
            net::StoredCertificate* stored = store.find(argument.text);
            if (use.converter == "jwt_verify_cert" && stored) {
                stored->files.jwt = true;
                store.offer_to_tokens(*stored);
            }
            if (use.converter != "jwt_decrypt_cert") return;
            if (stored && stored->files.jwt) return;
            const std::string why =
                stored ? "unusable certificate " + argument.text + " (\"jwt\" option not set to \"on\")"
                       : "unknown certificate " + argument.text;
            finalizing.alert_in_file(item.place, "invalid args in converter 'jwt_decrypt_cert' : " + why + ".");
        }
    };
    for (const auto& item : finalizing.unresolved.expressions) {
        if (item.proxy && item.proxy->disabled) continue;
        Check check{finalizing, item};
        auto visit = [](sample::Argument& argument, const sample::ArgumentUse& use, void* data) {
            static_cast<Check*>(data)->look(argument, use);
        };
        sample::for_each_argument(*item.expression, +visit, &check);
    }
}

/// Users may name their groups and groups their users; afterwards each user knows all of his groups.
void check_userlists(Finalizing& finalizing) {
    for (const auto& list : finalizing.config.userlists) {
        std::unordered_map<std::string_view, model::Userlist::User*> users;
        for (auto& user : list->users) {
            users.emplace(user.name, &user);
            for (const std::string& group : user.groups)
                if (!list->groups.contains(group))
                    finalizing.alert(list->place, "userlist " + quoted(list->name) + ": no such group " +
                                                      quoted(group) + " specified in user " + quoted(user.name));
        }
        for (auto& [group, members] : list->groups) {
            for (const std::string& member : members) {
                auto found = users.find(member);
                if (found == users.end())
                    finalizing.alert(list->place, "userlist " + quoted(list->name) + ": no such user " +
                                                      quoted(member) + " specified in group " + quoted(group));
                else
                    found->second->groups.push_back(group);
            }
        }
    }
}

bool resolve_servers(model::Config& config, base::Diagnostics& diagnostics) {
    std::unordered_map<std::string, net::Address> known;
    const std::size_t alerts = diagnostics.alerts();
    for (const auto& proxy : config.proxies) {
        for (const auto& server : proxy->servers) {
            model::Endpoint& endpoint = server->endpoint;
            if (endpoint.kind != model::Endpoint::Kind::host) continue;
            auto found = known.find(endpoint.path);
            if (found != known.end()) {
                endpoint.ip = found->second;
                endpoint.ip.set_port(endpoint.port_low);
            } else if (resolve_host(endpoint)) {
                known.emplace(endpoint.path, endpoint.ip);
            } else {
                const base::Place& place = endpoint.place;
                diagnostics.general(base::Severity::alert, place,
                                    "[" + *place.file + ":" + std::to_string(place.line) + "] : 'server " +
                                        proxy->name + "/" + server->name + "' : could not resolve address " +
                                        quoted(endpoint.path) + ".");
            }
        }
    }
    if (diagnostics.alerts() == alerts) return true;
    diagnostics.general(base::Severity::alert, {}, "Failed to initialize server(s) addr.");
    return false;
}

}  // namespace cfgproxy::config
