#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cfgproxy::base {
namespace {

Error system_error() { return {std::strerror(errno)}; }

Result<std::string> read_all(int fd) {
    struct stat status {};
    std::string bytes;
    std::size_t size = 0;
    std::size_t expected = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? std::size_t(status.st_size) + 1 : 65536;
    for (;;) {
        if (bytes.size() - size == 0) bytes.resize(std::max(expected, size * 2));
        ssize_t got = read(fd, bytes.data() + size, bytes.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error();
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error();
    auto bytes = read_all(fd);
    close(fd);
    return bytes;
}

}  // namespace cfgproxy::base
