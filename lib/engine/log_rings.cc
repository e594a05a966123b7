#include "engine/log_rings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cfgproxy::engine {

std::vector<std::string> LogRings::adopt(net::Loop& loop, const model::Config& config) {
    constexpr std::size_t kBuiltIn = 1048576;
    log::Ring::find("buf0", kBuiltIn, "in-memory ring buffer");
    std::vector<std::unique_ptr<log::Forwarder>> wanted;
    std::vector<std::string> problems;
    for (const auto& section : config.rings) {
        auto ring = log::Ring::find(section->name, section->size, section->description);
        ring->configure(*section);
        const std::string& file = section->backing_file;
        if (auto& known = backed_[section->name]; known != file && !file.empty()) {
            if (ring->back_with(file))
                known = file;
            else
                problems.push_back("cannot use backing-file '" + file + "' for ring '" + section->name +
                                   "': " + std::strerror(errno) + ".");
        }
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
    return problems;
}

}  // namespace cfgproxy::engine
