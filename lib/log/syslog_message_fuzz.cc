#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "log/syslog_message.h"

/// Whatever comes in, each part is a part of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = cfgproxy::log::parse_syslog(text);
    for (std::string_view part :
         {parsed.time, parsed.host, parsed.tag, parsed.pid, parsed.message_id, parsed.structured_data, parsed.text})
        if (!part.empty() && (part.data() < text.data() || part.data() + part.size() > text.data() + text.size()))
            std::abort();
    if (parsed.has_priority != (parsed.level >= 0)) std::abort();
    return 0;
}
