#pragma once
#include <string_view>

namespace cfgproxy::log {

/// A syslog message taken apart (RFC 5424, RFC 3164): views into it. What is not there stays empty.
struct SyslogMessage {
    int level = -1, facility = -1;  ///< -1: there was no priority
    bool has_priority = false;
    std::string_view time;  ///< as written: 15 bytes of RFC 3164, 20 and more of RFC 5424, "-"
    std::string_view host, tag, pid, message_id, structured_data;
    std::string_view text;

    bool has_iso_time() const { return time.size() >= 20; }
    bool has_legacy_time() const { return time.size() == 15; }
};

/// Never fails: where the header is no syslog header, everything behind the priority (or everything) is the text.
SyslogMessage parse_syslog(std::string_view message);

}  // namespace cfgproxy::log
