#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/log_target.h"

namespace cfgproxy::log {

enum Level : std::uint8_t { kEmerg, kAlert, kCrit, kErr, kWarning, kNotice, kInfo, kDebug };

/// Sends finished lines to the targets of a proxy or of the process: dresses them (priority, date, host, tag, pid) as
/// the target's format says, filters by level, cuts to length. One per thread; never blocks: what a socket does not
/// take is dropped and counted. Lines of one turn leave together at `flush()` (sendmmsg). UNIX datagram sockets are
/// opened before chroot where possible and reconnected when the daemon behind them comes back.
class Logger {
  public:
    /// What is the same for all lines: host name, tag, pid.
    struct Identity {
        std::string hostname;  ///< empty: none (log-send-hostname absent)
        std::string tag;
        std::uint32_t pid = 0;
    };
    explicit Logger(Identity identity);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    /// `line` without newline. `tag` empty: the identity's. `wall_us` is the line's date.
    void send(const std::vector<model::LogTarget>& targets, Level level, std::string_view line, std::string_view tag,
              std::uint64_t wall_us);
    void flush();
    std::uint64_t sent() const;
    std::uint64_t dropped() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The name of the sections 3.1 "log": facilities and levels; -1 if unknown.
int find_facility(std::string_view name);
int find_level(std::string_view name);

}  // namespace cfgproxy::log
