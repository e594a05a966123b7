#include "config/default_path.h"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace cfgproxy::config {

DefaultPath::~DefaultPath() {
    if (!start_.empty() && chdir(start_.c_str()) != 0) return;
}

base::Result<void> DefaultPath::set(Way way, std::string origin, const std::string& file) {
    if (start_.empty()) {
        char path[PATH_MAX];
        if (!getcwd(path, sizeof path))
            return base::Error{"Impossible to retrieve startup directory name: " + std::string(std::strerror(errno))};
        start_ = path;
    }
    way_ = way;
    origin_ = std::move(origin);
    return enter(file);
}

base::Result<void> DefaultPath::enter(const std::string& file) {
    if (start_.empty()) return {};
    if (chdir(start_.c_str()) != 0)
        return base::Error{"Impossible to get back to initial directory '" + start_ + "': " + std::strerror(errno)};
    const auto slash = file.rfind('/');
    std::string directory = slash == std::string::npos ? std::string() : file.substr(0, slash);
    switch (way_) {
        case Way::current:
            return {};
        case Way::origin:
            directory = origin_;
            break;
        case Way::config:
            break;
        case Way::parent:
            directory += directory.empty() ? ".." : "/..";
            break;
    }
    if (directory.empty() || chdir(directory.c_str()) == 0) return {};
    return base::Error{"Impossible to get back to directory '" + start_ + "': " + std::strerror(errno)};
}

}  // namespace cfgproxy::config
