#include "messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/version.h"

namespace cfgproxy::daemon {

namespace {

std::string path_of_executable() {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

Messages::Messages(std::string_view program) : program_(program), executable_(path_of_executable()) {}

std::string_view Messages::name() const { return std::string_view(program_).substr(program_.rfind('/') + 1); }

std::string Messages::of_main(std::string_view text) const { return fmt::format("[{}.main()] {}", program_, text); }

void Messages::say(std::string_view label, std::string_view text) {
    fmt::print(stderr, "{:<10} ({}) : {}\n", label, getpid(), text);
}

void Messages::notice(std::string_view text) {
    if (!quiet_) say("[NOTICE]", text);
}

void Messages::introduce() {
    if (introduced_) return;
    introduced_ = true;
    notice(fmt::format("haproxy version is {}", base::kShownVersion));
    if (!executable_.empty()) notice("path to executable is " + executable_);
}

void Messages::warning(std::string_view text) {
    if (quiet_) return;
    introduce();
    say("[WARNING]", text);
}

void Messages::alert(std::string_view text) {
    if (quiet_) return;
    introduce();
    say("[ALERT]", text);
}

void Messages::laid_out(std::string_view text) {
    if (quiet_ || text.empty()) return;
    introduced_ = true;
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace cfgproxy::daemon
