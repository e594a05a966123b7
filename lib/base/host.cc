#include "base/host.h"

#include <unistd.h>

#include <string>

namespace cfgproxy::base {

std::string_view host_name() {
    static const std::string name = [] {
        char text[256] = {};
        ::gethostname(text, sizeof text - 1);
        return std::string(text);
    }();
    return name;
}

}  // namespace cfgproxy::base
