#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "log/log.h"
#include "log/syslog_message.h"

namespace cfgproxy::log {

/// Puts around a text what the target's format asks for (manual 3.1, `log`): priority, date, host name, tag, pid.
/// Thread-owned.
class Dresser {
  public:
    explicit Dresser(Identity identity) { set_identity(std::move(identity)); }
    void set_identity(Identity identity);

    struct Line {
        Level level;
        std::string_view text, tag, structured_data;
        std::uint64_t wall_us;
        const SyslogMessage* received = nullptr;  ///< a message of somebody else: its header counts, not ours
    };
    /// Appends the whole line, newline included, to `out`. `whole_line`: the target counts the newline and cuts
    /// anywhere (file descriptors); datagrams get at most max_length bytes and the newline, and lose a piece of the
    /// header that does not fit.
    void append(std::string& out, const model::LogTarget& target, const Line& line, bool whole_line);

  private:
    struct Pieces;
    void add_priority(Pieces& pieces, int number);
    void add_header(Pieces& pieces, model::LogFormatKind format, int facility, int level, const Line& line);
    std::string_view syslog_date(std::uint64_t wall_us);
    std::string_view iso_date(std::uint64_t wall_us);
    std::string_view syslog_date(const SyslogMessage& header, std::uint64_t wall_us);
    std::string_view iso_date(const SyslogMessage& header, std::uint64_t wall_us);

    Identity identity_;
    std::string pid_;
    std::string syslog_date_, iso_date_, converted_date_;
    std::uint64_t syslog_second_ = ~std::uint64_t{0};
    char priority_[16];
};

}  // namespace cfgproxy::log
