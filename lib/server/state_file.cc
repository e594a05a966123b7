#include "server/state_file.h"

#include <array>
#include <fstream>
#include <unordered_map>
#include <vector>

#include "base/text.h"

namespace cfgproxy::server {
namespace {

/// Fields of version 1 that are used, by position.
enum Field : std::size_t {
    kBackend = 1,
    kServer = 3,
    kOpState = 5,
    kAdmin = 6,
    kWeight = 7,
    kInitialWeight = 8,
    kSinceChange = 9,
    kCheckHealth = 12,
    kPort = 18,
    kTls = 20,
};
constexpr std::size_t kLeastFields = 20;

/// The saved lines of one file, by backend and server.
using States = std::unordered_map<std::string, SavedState>;

std::string key_of(std::string_view backend, std::string_view server) {
    return std::string(backend) + "/" + std::string(server);
}

States read_file(const std::string& path) {
    States states;
    std::ifstream file(path);
    std::string line;
    if (!has_state_version(file)) return states;
    while (std::getline(file, line)) {
        std::string_view backend, server;
        SavedState state;
        if (read_state_line(line, backend, server, state)) states.insert_or_assign(key_of(backend, server), state);
    }
    return states;
}

/// Under server-state-base, unless the path is absolute.
std::string path_of(const model::Global& global, const std::string& name) {
    if (name.empty() || name[0] == '/' || global.server_state_base.empty()) return name;
    return global.server_state_base + (global.server_state_base.back() == '/' ? "" : "/") + name;
}

}  // namespace

std::string state_path(const model::Global& global, const model::Proxy& proxy) {
    if (proxy.load_state == model::LoadState::none) return {};
    if (proxy.load_state == model::LoadState::global) return global_state_path(global);
    return path_of(global, proxy.state_file.empty() ? proxy.name : proxy.state_file);
}

std::string global_state_path(const model::Global& global) { return path_of(global, global.server_state_file); }

bool has_state_version(std::istream& file) {
    std::string line;
    return std::getline(file, line) && base::trim(line) == "1";
}

bool read_state_line(std::string_view line, std::string_view& backend, std::string_view& server, SavedState& state) {
    line = base::trim(line);
    if (line.empty() || line[0] == '#') return false;
    std::vector<std::string_view> fields;
    for (std::string_view field : base::split(line, ' '))
        if (!field.empty()) fields.push_back(field);
    if (fields.size() < kLeastFields) return false;
    std::array<std::uint64_t, kPort + 1> numbers{};
    for (std::size_t i : {kOpState, kAdmin, kWeight, kInitialWeight, kSinceChange, kCheckHealth, kPort}) {
        const auto number = base::parse_uint(fields[i]);
        if (!number) return false;
        numbers[i] = *number;
    }
    if (numbers[kOpState] > 3 || numbers[kWeight] > 256 || numbers[kInitialWeight] > 256 || numbers[kPort] > 65535)
        return false;
    backend = fields[kBackend];
    server = fields[kServer];
    state.health = static_cast<Health>(numbers[kOpState]);
    state.admin = static_cast<std::uint8_t>(numbers[kAdmin]);
    state.weight = static_cast<std::uint32_t>(numbers[kWeight]);
    state.initial_weight = static_cast<std::uint32_t>(numbers[kInitialWeight]);
    state.seconds_since_change = numbers[kSinceChange];
    state.check_health = static_cast<std::uint32_t>(numbers[kCheckHealth]);
    state.port = static_cast<std::uint16_t>(numbers[kPort]);
    if (fields.size() > kTls && (fields[kTls] == "0" || fields[kTls] == "1")) state.tls = fields[kTls] == "1";
    return true;
}

void restore_states(const model::Config& config, const Registry::Objects& objects) {
    std::unordered_map<std::string, States> files;
    for (std::size_t i = 0; i < config.proxies.size(); ++i) {
        const model::Proxy& proxy = *config.proxies[i];
        const std::string path = objects.backends[i] ? state_path(config.global, proxy) : std::string{};
        if (path.empty()) continue;
        auto found = files.find(path);
        if (found == files.end()) found = files.emplace(path, read_file(path)).first;
        for (const auto& server : objects.backends[i]->servers())
            if (auto state = found->second.find(key_of(proxy.name, server->name())); state != found->second.end())
                objects.backends[i]->restore(*server, state->second);
    }
}

}  // namespace cfgproxy::server
