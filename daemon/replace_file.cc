#include "replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace cfgproxy::daemon {

bool replace_file(const std::string& path, std::string_view bytes) {
    struct stat old {};
    if (stat(path.c_str(), &old) != 0) return false;
    char* real = realpath(path.c_str(), nullptr);
    const std::string target = real ? real : path;
    std::free(real);
    std::string temporary = target + ".XXXXXX";
    const int fd = mkostemp(temporary.data(), O_CLOEXEC);
    if (fd < 0) return false;
    bool good = fchmod(fd, old.st_mode & 07777) == 0;
    // Only root may give files away; for others it is their own already.
    if (fchown(fd, old.st_uid, old.st_gid) != 0 && geteuid() == 0) good = false;
    while (good && !bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        good = written > 0 || (written < 0 && errno == EINTR);
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    good = good && fsync(fd) == 0;
    good = (close(fd) == 0) && good && rename(temporary.c_str(), target.c_str()) == 0;
    if (!good) unlink(temporary.c_str());
    return good;
}

}  // namespace cfgproxy::daemon
