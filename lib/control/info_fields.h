#pragma once
#include <span>
#include <string>

#include "control/value.h"
#include "stream/env.h"

namespace cfgproxy::control {

/// What `show info` is made from. Belongs to thread 0.
struct InfoSource {
    stream::Process& process;
    stream::Env& env;
    const stream::Generation& generation;
    bool precise = false;  ///< `float`: rates and times with fractions
};

/// One line of `show info`, in the order of HAProxy 2.6.
struct InfoField {
    std::uint8_t position;  ///< in the typed and JSON formats
    std::string_view name;
    std::string_view tags;  ///< value.h
    Value (*get)(const InfoSource& source);
    std::string_view description;
};
std::span<const InfoField> info_fields();

enum class InfoFormat : std::uint8_t { plain, typed, json };
void append_info(std::string& to, const InfoSource& source, InfoFormat format, bool describe);

/// What the process has done lately, as an average from one question to the next (a second apart at least).
struct Activity {
    std::uint32_t idle_percent = 100;
    std::uint64_t bytes_out = 0;             ///< total, all frontends
    std::uint64_t bytes_out_per_second = 0;  ///< of those
};
/// Any thread; `now_us` is monotonic.
Activity recent_activity(const stream::Generation& generation, stream::Env* env, std::uint64_t now_us);

/// "1d 2h03m04s"
std::string uptime_text(std::uint64_t seconds);
/// Descriptors that may be open: what was asked for at the start.
std::uint32_t file_limit(const stream::Process& process);
/// How many of them all connections together may need.
std::uint32_t socket_limit(const stream::Process& process);
std::uint32_t listener_count(const stream::Generation& generation);

}  // namespace cfgproxy::control
