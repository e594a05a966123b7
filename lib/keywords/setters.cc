#include "keywords/setters.h"

namespace cfgproxy::keywords {

std::string describe_time_problem(const config::Duration& duration, std::string_view text, std::string_view name,
                                  config::TimeUnit unit) {
    using Status = config::Duration::Status;
    const bool ms = unit == config::TimeUnit::ms;
    const std::string about = "argument <" + std::string(text) + "> to <" + std::string(name) + ">";
    switch (duration.status) {
        case Status::overflow:
            return "timer overflow in " + about + ", maximum value is " +
                   (ms ? "2147483647 ms (~24.8 days)." : "2147483647 s (~68 years).");
        case Status::underflow:
            return "timer underflow in " + about + ", minimum non-null value is " + (ms ? "1 ms." : "1 s.");
        case Status::unexpected:
            return "unexpected character '" + std::string(1, duration.unexpected) + "' in argument to <" +
                   std::string(name) + ">.";
        case Status::ok:
            break;
    }
    return {};
}

}  // namespace cfgproxy::keywords
