#include "engine/stats_file.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "config/sections.h"
#include "server/clock.h"

namespace cfgproxy::engine {
namespace {

using server::Counter;
using server::TrafficCounters;

/// What one line is about.
struct Counted {
    std::string guid;
    bool client_side = false;  ///< a frontend or a listener, as opposed to a backend or a server
    server::PerThread<TrafficCounters>* traffic = nullptr;
    server::Server* server = nullptr;
    server::Backend* backend = nullptr;
    bool listener = false;
};

constexpr int kClientSide = 1, kServerSide = 2;

struct Column {
    std::string_view name;
    int sides;
    Counter TrafficCounters::*member = nullptr;
    int status = -1;  ///< hrsp_*: index of TrafficCounters::responses
};

// clang-format off
constexpr Column kColumns[] = {
    {"stot", kClientSide | kServerSide, &TrafficCounters::sessions},
    {"bin", kClientSide | kServerSide, &TrafficCounters::bytes_in},
    {"bout", kClientSide | kServerSide, &TrafficCounters::bytes_out},
    {"dreq", kClientSide | kServerSide, &TrafficCounters::denied_requests},
    {"dresp", kClientSide | kServerSide, &TrafficCounters::denied_responses},
    {"ereq", kClientSide, &TrafficCounters::request_errors},
    {"econ", kServerSide, &TrafficCounters::connection_errors},
    {"eresp", kServerSide, &TrafficCounters::response_errors},
    {"wretr", kServerSide, &TrafficCounters::retries},
    {"wredis", kServerSide, &TrafficCounters::redispatches},
    {"chkfail", kServerSide}, {"chkdown", kServerSide}, {"lastchg", kServerSide},
    {"lbtot", kServerSide, &TrafficCounters::chosen},
    {"hrsp_1xx", kClientSide | kServerSide, nullptr, 1},
    {"hrsp_2xx", kClientSide | kServerSide, nullptr, 2},
    {"hrsp_3xx", kClientSide | kServerSide, nullptr, 3},
    {"hrsp_4xx", kClientSide | kServerSide, nullptr, 4},
    {"hrsp_5xx", kClientSide | kServerSide, nullptr, 5},
    {"hrsp_other", kClientSide | kServerSide, nullptr, 0},
    {"hanafail", kServerSide},
    {"req_tot", kClientSide | kServerSide, &TrafficCounters::requests},
    {"cli_abrt", kServerSide, &TrafficCounters::client_aborts},
    {"srv_abrt", kServerSide, &TrafficCounters::server_aborts},
    {"conn_tot", kClientSide, &TrafficCounters::connections},
    {"intercepted", kClientSide, &TrafficCounters::intercepted},
    {"dcon", kClientSide, &TrafficCounters::denied_connections},
    {"dses", kClientSide, &TrafficCounters::denied_sessions},
    {"wrew", kClientSide | kServerSide, &TrafficCounters::rewrite_failures},
    {"connect", kServerSide, &TrafficCounters::connects},
    {"reuse", kServerSide, &TrafficCounters::reuses},
    {"eint", kClientSide | kServerSide, &TrafficCounters::internal_errors},
};
// clang-format on

std::vector<Counted> all_counted(const stream::Generation& generation) {
    std::vector<Counted> all;
    for (const auto& proxy : generation.config->proxies) {
        server::Backend* backend = generation.backend(*proxy);
        if (server::Frontend* frontend = generation.frontend(*proxy); frontend && !proxy->guid.empty())
            all.push_back({proxy->guid, true, &frontend->traffic});
        for (const auto& listener : generation.listeners)
            if (listener.proxy == proxy.get() && proxy->options.socket_stats && !listener.bind->guid.empty())
                all.push_back({listener.bind->guid, true, &listener.state->traffic, nullptr, nullptr, true});
        if (!backend) continue;
        for (const auto& server : backend->servers())
            if (!server->config().guid.empty())
                all.push_back({server->config().guid, false, &server->traffic, server.get()});
        if (!proxy->guid.empty()) all.push_back({proxy->guid, false, &backend->traffic, nullptr, backend});
    }
    return all;
}

/// Counters that are not those of traffic; null if `of` has none of that name.
std::atomic<std::uint64_t>* state_counter(const Counted& of, std::string_view name) {
    if (name == "chkfail") return of.server ? &of.server->failed_checks : nullptr;
    if (name == "hanafail") return of.server ? &of.server->failed_observations : nullptr;
    if (name == "chkdown") return of.server ? &of.server->times_down : of.backend ? &of.backend->times_down : nullptr;
    return nullptr;
}

std::atomic<std::uint64_t>* last_change(const Counted& of) {
    return of.server ? &of.server->last_change_s : of.backend ? &of.backend->last_change_s : nullptr;
}

/// Sessions of listeners are the connections that they took.
Counter TrafficCounters::*member_of(const Counted& of, const Column& column) {
    return of.listener && column.member == &TrafficCounters::sessions ? &TrafficCounters::connections : column.member;
}

std::uint64_t value_of(const Counted& of, const Column& column) {
    if (const auto member = member_of(of, column)) return of.traffic->sum(member);
    if (column.status >= 0) {
        std::uint64_t sum = 0;
        for (std::uint32_t i = 0; i < of.traffic->threads(); ++i)
            sum += of.traffic->of(i).responses[column.status].get();
        return sum;
    }
    if (column.name == "lastchg") {
        const std::uint64_t now = server::Clock::wall_s(), since = last_change(of) ? last_change(of)->load() : now;
        return since < now ? now - since : 0;
    }
    const auto* counter = state_counter(of, column.name);
    return counter ? counter->load() : 0;
}

/// Thread 0's part is as good as any: they are added up.
void set_value(const Counted& of, const Column& column, std::uint64_t value) {
    TrafficCounters& traffic = of.traffic->of(0);
    const auto member = member_of(of, column);
    Counter* counter = member ? &(traffic.*member) : column.status >= 0 ? &traffic.responses[column.status] : nullptr;
    if (counter) {
        counter->clear();
        counter->add(value);
    } else if (column.name == "lastchg") {
        const std::uint64_t now = server::Clock::wall_s();
        if (last_change(of)) last_change(of)->store(now - std::min(now, value));
    } else if (auto* other = state_counter(of, column.name)) {
        other->store(value);
    }
}

const Column* find_column(std::string_view name, bool client_side) {
    for (const Column& column : kColumns)
        if (column.name == name && (column.sides & (client_side ? kClientSide : kServerSide))) return &column;
    return nullptr;
}

/// Reads a file line by line: a header names what the lines below it are.
class Reader {
  public:
    explicit Reader(const stream::Generation& generation)
        : all_(all_counted(generation)), config_(*generation.config) {}

    /// "#fe guid,stot,...,": false if it is no header at all.
    bool read_header(std::string_view line) {
        known_ = false;
        const auto blank = line.find(' ');
        if (blank == line.npos || blank < 2 || !line.ends_with(',')) return false;
        const std::string_view kind = line.substr(0, blank);
        const bool is_ours = kind == "#fe" || kind == "#be";
        std::vector<std::string_view> names = base::split(line.substr(blank + 1), ',');
        if (names.front() != "guid") return !is_ours;
        known_ = is_ours;
        client_side_ = kind == "#fe";
        columns_.clear();
        for (std::size_t i = 1; i < names.size(); ++i) columns_.push_back(find_column(names[i], client_side_));
        return true;
    }

    bool is_in_known_part() const { return known_; }

    bool read_line(std::string_view line) const {
        const std::vector<std::string_view> values = base::split(line, ',');
        if (config::find_invalid_char(values.front()) != std::string_view::npos) return false;
        const Counted* found = nullptr;
        for (const Counted& one : all_)
            if (one.guid == values.front() && one.client_side == client_side_) found = &one;
        for (std::size_t i = 1; found && i < values.size() && i <= columns_.size(); ++i)
            if (const auto number = base::parse_uint(values[i]); columns_[i - 1] && number)
                set_value(*found, *columns_[i - 1], *number);
        return found || is_proxy(values.front()) || !config_.guids.contains(values.front()) || client_side_;
    }

  private:
    /// One that has no such side is nothing to complain of.
    bool is_proxy(std::string_view guid) const {
        for (const auto& proxy : config_.proxies)
            if (proxy->guid == guid) return true;
        return false;
    }

    std::vector<Counted> all_;
    const model::Config& config_;
    std::vector<const Column*> columns_;
    bool known_ = false, client_side_ = false;
};

}  // namespace

std::string dump_counters(const stream::Generation& generation) {
    std::string text;
    const std::vector<Counted> all = all_counted(generation);
    for (const bool client_side : {true, false}) {
        const int side = client_side ? kClientSide : kServerSide;
        text += client_side ? "#fe guid," : "\n#be guid,";
        for (const Column& column : kColumns)
            if (column.sides & side) text.append(column.name).append(",");
        text += '\n';
        for (const Counted& one : all) {
            if (one.client_side != client_side) continue;
            text.append(one.guid).append(",");
            for (const Column& column : kColumns)
                if (column.sides & side) text.append(std::to_string(value_of(one, column))).append(",");
            text += '\n';
        }
    }
    return text;
}

std::vector<std::string> load_counters(const std::string& path, const stream::Generation& generation) {
    std::ifstream file(path);
    if (!file) return {"config: Can't load stats-file '" + path + "': cannot open file."};
    const std::string invalid = "config: Invalid stats-file format in file '" + path + "'.";
    std::vector<std::string> problems;
    Reader reader(generation);
    bool had_header = false;
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
        const std::string_view line = base::trim(text);
        const std::string where = std::to_string(number);
        if (line.empty() || line.starts_with("//")) continue;
        if (line.front() == '#') {
            if (!reader.read_header(line)) {
                if (!had_header) return {invalid};
                problems.push_back("config: Ignored stats-file header line '" + where + "' in file '" + path + "'.");
            }
            had_header = true;
        } else if (!had_header) {
            return {invalid};
        } else if (reader.is_in_known_part() && !reader.read_line(line)) {
            problems.push_back("config: Ignored stats-file line " + where + " in file '" + path + "'.");
        }
    }
    return problems;
}

}  // namespace cfgproxy::engine
