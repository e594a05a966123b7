#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/syslog_message.h"
#include "model/log_profile.h"

namespace cfgproxy::log {

enum Level : std::uint8_t { kEmerg, kAlert, kCrit, kErr, kWarning, kNotice, kInfo, kDebug };

/// What is the same for all lines of a process.
struct Identity {
    std::string hostname;  ///< empty: none (log-send-hostname absent)
    std::string tag;
    std::uint32_t pid = 0;
    std::uint32_t max_line = 1024;  ///< the greatest `len` of all log lines, at least 1024: no text is as long
};

/// Makes a line anew by another format: for profiles.
class LineSource {
  public:
    virtual ~LineSource() = default;
    virtual void render(const model::Template& format, std::string& out) = 0;
};

/// A line on its way to targets.
struct Message {
    Level level = kInfo;
    std::string_view text, tag;  ///< without newline; tag empty: the identity's
    std::uint64_t wall_us = 0;
    std::string_view structured_data = {};  ///< what log-format-sd rendered, for targets of format rfc5424
    model::LogOrigin origin = model::LogOrigin::unspecified;
    bool failed = false;                         ///< it tells of an error
    const model::LogProfile* profile = nullptr;  ///< counts instead of the targets' own
    LineSource* source = nullptr;                ///< null: profiles change the tag only
};

/// A message that came from somewhere else: its header is kept as far as the targets' formats have a place for it.
struct Received {
    SyslogMessage message;
};

/// Chooses among the servers of backends in mode log (`log backend@NAME`). Any thread.
class Distributor {
  public:
    /// Where a line goes: a datagram socket, or the ring of that name.
    struct Choice {
        model::Endpoint endpoint;
        std::string ring;  ///< empty: to `endpoint`
    };
    /// False: no server is there to take it.
    virtual bool choose(const std::string& backend, std::string_view line, Choice& choice) = 0;
    virtual ~Distributor() = default;
};

/// Sends finished lines to the targets of a proxy or of the process: dresses them (priority, date, host, tag, pid) as
/// the target's format says, filters by level, cuts to length. One per thread; never blocks. Lines of one turn leave
/// together at `flush()` (sendmmsg); those that a full socket refuses are tried again at the next flush, a few at most:
/// the others are dropped and counted. A target is known by its address, so that it keeps its socket over a reload.
/// After fork() a Logger goes on with the same sockets. UNIX datagram sockets are connected again when the daemon
/// behind them comes back.
class Logger {
  public:
    using Identity = log::Identity;
    explicit Logger(Identity identity);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    /// Opens what must be open before chroot(): UNIX sockets, the time zone. Process-wide; Loggers made before or
    /// later use it. Call once the configuration is known; calling again is harmless.
    static void prepare(const std::vector<model::LogTarget>& targets);
    /// Null: lines for backends are dropped. Outlives the Logger, or is taken back.
    void set_distributor(Distributor* distributor);
    /// From the next line on: after fork() or a reload.
    void set_identity(Identity identity);

    /// `line` without newline. `tag` empty: the identity's. `wall_us` is the line's date. `structured_data` is what
    /// log-format-sd rendered, for targets of format rfc5424.
    void send(const std::vector<model::LogTarget>& targets, Level level, std::string_view line, std::string_view tag,
              std::uint64_t wall_us, std::string_view structured_data = {});
    /// The same with all that profiles may change.
    void send(const std::vector<model::LogTarget>& targets, const Message& message);
    /// A message of `log-forward`.
    void forward(const std::vector<model::LogTarget>& targets, const Received& received, std::uint64_t wall_us);
    /// At the end of the loop's turn.
    void flush();
    /// Lines wait for a full socket: call flush() again soon, even if nothing happens.
    bool waiting() const;
    /// Lines handed to the system, and lines lost. May be read by any thread.
    std::uint64_t sent() const;
    std::uint64_t dropped() const;
    /// The first failure that was not a full socket, as HAProxy reports it once ("sendmsg()/writev() failed in logger
    /// #1: Connection refused (errno=111)"); empty if there was none. For the owning thread.
    const std::string& problem() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The name of the sections 3.1 "log": facilities and levels; -1 if unknown.
int find_facility(std::string_view name);
int find_level(std::string_view name);

}  // namespace cfgproxy::log
