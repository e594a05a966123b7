// Global unique IDs of proxies, servers and listening sockets: names that counters have in files (manual 3.4
// section 4.2).
#include "keywords/guid.h"

#include "config/finalize.h"
#include "config/sections.h"

namespace cfgproxy::keywords {

std::string claim_guid(model::Config& config, std::string_view guid, std::string owner) {
    constexpr std::size_t kLongest = 127;
    if (guid.empty() || guid.size() > kLongest) return "invalid length";
    if (const auto bad = config::find_invalid_char(guid); bad != std::string_view::npos)
        return "invalid character '" + std::string(1, guid[bad]) + "'";
    const auto [known, is_new] = config.guids.try_emplace(std::string(guid), std::move(owner));
    return is_new ? std::string{} : "duplicate entry with " + known->second;
}

namespace {

/// Those of listening sockets come after all others, as they are made from a prefix.
void claim_bind_guids(config::Finalizing& finalizing) {
    auto claim = [&](const model::Bind& bind, const std::string& name) {
        if (bind.guid.empty()) return;
        const std::string line = *bind.place.file + ":" + std::to_string(bind.place.line);
        const std::string wrong = claim_guid(finalizing.config, bind.guid, "listener " + name + " (" + line + ")");
        if (wrong.empty()) return;
        finalizing.alert(bind.place, "[" + line + "] : error on GUID generation : " + wrong +
                                         ". You may fix it by adjusting guid-prefix.");
    };
    for (const auto& proxy : finalizing.config.proxies)
        for (const auto& bind : proxy->binds) claim(bind, proxy->name);
    for (const auto& socket : finalizing.config.global.stats_sockets) claim(socket.bind, "GLOBAL");
}

constexpr config::Pass kPasses[] = {{"claim bind guids", 11, claim_bind_guids}};
const base::Table<config::Pass> kRegistered{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
