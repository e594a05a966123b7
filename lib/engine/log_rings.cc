#include "engine/log_rings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cfgproxy::engine {

template <class Fits>
std::unique_ptr<log::Forwarder> LogRings::take(Fits fits) {
    const auto found =
        std::find_if(forwarders_.begin(), forwarders_.end(), [&fits](const auto& one) { return one && fits(*one); });
    return found == forwarders_.end() ? nullptr : std::move(*found);
}

std::vector<std::string> LogRings::adopt(net::Loop& loop, const model::Config& config) {
    constexpr std::size_t kBuiltIn = 1048576;
    log::Ring::find("buf0", kBuiltIn, "in-memory ring buffer");
    std::vector<std::unique_ptr<log::Forwarder>> wanted;
    std::vector<std::string> problems;
    for (const auto& section : config.rings) {
        const bool is_new = !backed_.contains(section->name);
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
            log::Forwarder::Settings settings{server, section->connect_timeout_ms, section->server_timeout_ms};
            if (auto known = take([&](const log::Forwarder& one) { return one.serves(*ring, server); })) {
                known->renew(std::move(settings));
                wanted.push_back(std::move(known));
                continue;
            }
            const auto before = take([&](const log::Forwarder& one) { return one.reaches(*ring, server); });
            // A server that a reload adds gets what is said from then on.
            const std::uint64_t position = before ? before->unsent() : is_new ? ring->first() : ring->next();
            wanted.push_back(std::make_unique<log::Forwarder>(loop, ring, std::move(settings), position));
        }
    }
    forwarders_ = std::move(wanted);
    return problems;
}

}  // namespace cfgproxy::engine
