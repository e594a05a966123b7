#include "model/config.h"

namespace cfgproxy::model {
namespace {

template <class Map>
auto find_in(const Map& map, std::string_view name) {
    auto found = map.find(name);
    return found == map.end() ? nullptr : found->second;
}

}  // namespace

const Server* Proxy::find_server(std::string_view name) const { return find_in(servers_by_name_, name); }
const Proxy* Config::find_frontend(std::string_view name) const { return find_in(frontends_, name); }
const Proxy* Config::find_backend(std::string_view name) const { return find_in(backends_, name); }

const Userlist* Config::find_userlist(std::string_view name) const {
    for (const auto& list : userlists)
        if (list->name == name) return list.get();
    return nullptr;
}

StickTable* Config::find_table(std::string_view name) const { return find_in(tables_by_name_, name); }

StickTable& Config::add_table(std::unique_ptr<StickTable> table) {
    table->index = static_cast<std::uint32_t>(tables.size());
    tables_by_name_.try_emplace(table->name, table.get());
    return *tables.emplace_back(std::move(table));
}

void Config::index() {
    for (const auto& proxy : proxies) {
        if (proxy->is_frontend()) frontends_.try_emplace(proxy->name, proxy.get());
        if (proxy->is_backend() && !backends_.try_emplace(proxy->name, proxy.get()).second)
            ambiguous_backends_.insert(proxy->name);
        for (const auto& server : proxy->servers) proxy->servers_by_name_.try_emplace(server->name, server.get());
    }
}

const LogProfile* Config::find_log_profile(std::string_view name) const {
    for (const auto& profile : log_profiles)
        if (profile->name == name) return profile.get();
    return nullptr;
}

}  // namespace cfgproxy::model
