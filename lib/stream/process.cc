#include "stream/env.h"

namespace cfgproxy::stream {

void Process::capture(CapturedError error) {
    std::lock_guard lock(errors_mutex);
    error.event = error_events++;
    const std::string& proxy = error.response ? error.backend : error.frontend;
    for (CapturedError& old : errors) {
        if (old.response != error.response || (error.response ? old.backend : old.frontend) != proxy) continue;
        old = std::move(error);
        return;
    }
    errors.push_back(std::move(error));
}

}  // namespace cfgproxy::stream
