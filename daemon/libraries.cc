// What -dL and -dA show: whoever looks at a core file needs these.
#include "libraries.h"

#include <fmt/format.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/file.h"

namespace cfgproxy::daemon {

namespace {

constexpr std::size_t kBlock = 512;

int note(dl_phdr_info* object, std::size_t, void* data) {
    auto& found = *static_cast<std::vector<std::string>*>(data);
    std::string name = object->dlpi_name ? object->dlpi_name : "";
    if (name.empty() && found.empty()) {  // the program itself
        std::array<char, 4096> path{};
        const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
        if (size > 0) name.assign(path.data(), static_cast<std::size_t>(size));
    }
    if (name.find('/') != std::string::npos) found.push_back(std::move(name));  // not linux-vdso
    return 0;
}

/// A header of POSIX's ustar format.
std::array<char, kBlock> header_of(const std::string& name, const struct stat& about) {
    std::array<char, kBlock> block{};
    const auto put = [&block](std::size_t at, std::string_view text) { text.copy(block.data() + at, text.size()); };
    put(0, std::string_view(name).substr(0, 100));
    put(100, fmt::format("{:07o}", about.st_mode & 07777));
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", about.st_size));
    put(136, fmt::format("{:011o}", about.st_mtime));
    put(148, "        ");  // counts as blanks in the sum
    put(156, "0");
    put(257, std::string_view("ustar\00000", 8));
    unsigned sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    put(148, fmt::format("{:06o}", sum));
    block[154] = '\0';
    return block;
}

}  // namespace

std::vector<std::string> loaded_objects() {
    std::vector<std::string> found;
    dl_iterate_phdr(note, &found);
    return found;
}

base::Result<void> write_archive(const std::string& path, const std::vector<std::string>& files) {
    std::ofstream out(path, std::ios::binary);
    if (!out) return base::Error{std::strerror(errno)};
    for (const std::string& file : files) {
        struct stat about {};
        const auto bytes = base::read_file(file);
        if (!bytes || stat(file.c_str(), &about) != 0) return base::Error{"cannot read '" + file + "'"};
        about.st_size = static_cast<off_t>(bytes->size());
        const auto header = header_of(file.substr(file.find_first_not_of('/')), about);
        out.write(header.data(), header.size());
        out << *bytes << std::string((kBlock - bytes->size() % kBlock) % kBlock, '\0');
    }
    out << std::string(2 * kBlock, '\0');
    out.flush();
    return out ? base::Result<void>{} : base::Error{std::strerror(errno)};
}

}  // namespace cfgproxy::daemon
