#include "engine/log_rings.h"

#include <algorithm>

namespace cfgproxy::engine {

void LogRings::adopt(net::Loop& loop, const model::Config& config) {
    constexpr std::size_t kBuiltIn = 1048576;
    log::Ring::find("buf0", kBuiltIn, "in-memory ring buffer");
    std::vector<std::unique_ptr<log::Forwarder>> wanted;
    for (const auto& section : config.rings) {
        auto ring = log::Ring::find(section->name, section->size, section->description);
        ring->configure(*section);
        const bool has_file = std::find(backed_.begin(), backed_.end(), section->name) != backed_.end();
        if (!section->backing_file.empty() && !has_file && ring->back_with(section->backing_file))
            backed_.push_back(section->name);
        for (const model::LogServer& server : section->servers) {
            const auto known = std::find_if(forwarders_.begin(), forwarders_.end(), [&](const auto& forwarder) {
                return forwarder && forwarder->serves(*ring, server);
            });
            if (known != forwarders_.end())
                wanted.push_back(std::move(*known));
            else
                wanted.push_back(std::make_unique<log::Forwarder>(loop, ring, server, section->connect_timeout_ms,
                                                                  section->server_timeout_ms));
        }
    }
    forwarders_ = std::move(wanted);
}

}  // namespace cfgproxy::engine
