#pragma once
#include <memory>
#include <optional>
#include <string>

#include "control/stat_fields.h"
#include "stream/env.h"

namespace cfgproxy::control {

/// Which rows are wanted.
struct StatFilter {
    /// `stats scope` of the page's proxy: names, "." for `self`. Null or empty: all.
    const std::vector<std::string>* scope = nullptr;
    const model::Proxy* self = nullptr;
    std::string name_part;  ///< `?scope=`: only proxies whose name holds it, any case
    std::optional<std::uint32_t> proxy_id;
    std::uint32_t kinds = ~0u;  ///< of `show stat <iid> <type> <sid>`: bit 1 << kind
    std::optional<std::uint32_t> server_id;
    bool hide_maintenance = false, hide_down = false;
    bool legends = false;
};

/// Goes through the statistics row by row in HAProxy's order: proxy after proxy as in the file; of each its frontend,
/// its listeners (with `option socket-stats`), its servers, its backend. Holds one row, whatever the number of servers.
class StatWalk {
  public:
    enum class At : std::uint8_t { proxy_begin, row, proxy_end, done };

    /// `keep` may be null if somebody else keeps `generation` alive.
    StatWalk(const stream::Generation& generation, std::shared_ptr<const stream::Generation> keep,
             const stream::Process& process, StatFilter filter);

    At next(std::uint64_t now_ms);
    const model::Proxy& proxy() const { return *proxy_; }
    const Row& row() const { return row_; }
    const StatFilter& filter() const { return filter_; }

  private:
    enum class Part : std::uint8_t { frontend, listeners, servers, backend, end };
    bool find_proxy();
    bool in_scope(const model::Proxy& proxy) const;
    bool wanted(RowKind kind) const { return filter_.kinds >> static_cast<unsigned>(kind) & 1; }
    RowSource source(RowKind kind, std::uint64_t now_ms) const;
    bool next_row(std::uint64_t now_ms);
    bool fill_frontend(std::uint64_t now_ms);
    bool fill_listener(std::uint64_t now_ms);
    bool fill_server(std::uint64_t now_ms);
    bool fill_backend(std::uint64_t now_ms);
    bool is_hidden(const server::Server& server) const;

    const stream::Generation& generation_;
    std::shared_ptr<const stream::Generation> keep_;
    const stream::Process& process_;
    StatFilter filter_;
    const model::Proxy* proxy_ = nullptr;
    std::size_t next_proxy_ = 0;
    Part part_ = Part::end;
    bool between_ = true;  ///< no proxy is begun
    std::size_t item_ = 0;
    std::vector<std::shared_ptr<server::Server>> servers_;  ///< of the proxy
    std::uint32_t listener_number_ = 0;
    Row row_;
};

}  // namespace cfgproxy::control
