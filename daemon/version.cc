#define PCRE2_CODE_UNIT_WIDTH 8
#include "version.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <pcre2.h>
#include <sys/utsname.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/version.h"

namespace cfgproxy::daemon {

namespace {

/// A line of HAProxy's feature list: whether this program does now what the name stands for.
struct Feature {
    std::string_view name;
    bool here;
};
constexpr Feature kFeatures[] = {
    {"51DEGREES", false},
    {"ACCEPT4", true},
    {"ACME", false},
    {"BACKTRACE", false},
    {"CLOSEFROM", false},
    {"CPU_AFFINITY", false},
    {"CRYPT_H", true},
    {"DEVICEATLAS", false},
    {"DL", false},
    {"ECH", false},
    {"ENGINE", false},
    {"EPOLL", true},
    {"EVPORTS", false},
    {"GETADDRINFO", true},
    {"HAVE_TCP_MD5SIG", false},
    {"KQUEUE", false},
    {"KTLS", false},
    {"LIBATOMIC", false},
    {"LIBCRYPT", true},
    {"LINUX_CAP", false},
    {"LINUX_SPLICE", true},
    {"LINUX_TPROXY", false},
    {"LUA", false},
    {"MATH", false},
    {"MEMORY_PROFILING", false},
    {"NETFILTER", false},
    {"NS", false},
    {"OBSOLETE_LINKER", false},
    {"OPENSSL", true},
    {"OPENSSL_AWSLC", false},
    {"OPENSSL_WOLFSSL", false},
    {"OT", false},
    {"PCRE", false},
    {"PCRE2", true},
    {"PCRE2_JIT", true},
    {"PCRE_JIT", false},
    {"POLL", true},
    {"PRCTL", true},
    {"PROCCTL", false},
    {"PROMEX", false},
    {"PTHREAD_EMULATION", false},
    {"QUIC", false},
    {"QUIC_OPENSSL_COMPAT", false},
    {"RT", true},
    {"SHM_OPEN", false},
    {"SLZ", false},
    {"SSL", false},
    {"STATIC_PCRE", false},
    {"STATIC_PCRE2", false},
    {"SYSTEMD", false},
    {"TFO", false},
    {"THREAD", true},
    {"THREAD_DUMP", false},
    {"TPROXY", false},
    {"TRACE", false},
    {"WURFL", false},
    {"ZLIB", false},
};

struct Poller {
    const char* name;
    int preference;
    const char* switch_off;  ///< the variable that libevent looks for
};
constexpr Poller kPollers[] = {
    {"epoll", 300, "EVENT_NOEPOLL"}, {"poll", 200, "EVENT_NOPOLL"}, {"select", 150, "EVENT_NOSELECT"}};

std::string first_lines(bool as_haproxy) {
    std::string text;
    if (as_haproxy)
        text = fmt::format("HAProxy version {} {} - cfgproxy {}, which runs HAProxy's configurations\n",
                           base::kShownVersion, base::kReleaseDate, base::kVersion);
    else
        text = fmt::format("cfgproxy version {} {} - compatible with HAProxy {}\n", base::kVersion, base::kReleaseDate,
                           base::kHaproxyVersion);
    text += "Status: in development; words of the language that it does not execute yet are refused.\n";
    utsname system{};
    if (uname(&system) == 0)
        text +=
            fmt::format("Running on: {} {} {} {}\n", system.sysname, system.release, system.version, system.machine);
    return text;
}

std::string feature_list() {
    std::string text = "Feature list :";
    for (const Feature& feature : kFeatures) {
        text += feature.here ? " +" : " -";
        text += feature.name;
    }
    return text + "\n";
}

std::string pcre2_version() {
    std::array<char, 64> text{};
    return pcre2_config_8(PCRE2_CONFIG_VERSION, text.data()) > 0 ? text.data() : "?";
}

std::string library_lines() {
    std::uint32_t jit = 0;
    pcre2_config_8(PCRE2_CONFIG_JIT, &jit);
    return fmt::format(
        "Built with multi-threading support (default={}).\n"
        "Built without TLS (OpenSSL) support yet.\n"
        "Built with libevent version : {}\n"
        "Built with PCRE2 version : {}\n"
        "PCRE2 library supports JIT : {}\n"
        "Encrypted password support via crypt(3): yes\n"
        "Built with compiler : {}\n",
        std::max(1u, std::thread::hardware_concurrency()), event_get_version(), pcre2_version(), jit ? "yes" : "no",
        __VERSION__);
}

constexpr std::string_view kProtocols =
    "Available multiplexer protocols :\n"
    "(protocols marked as <default> cannot be specified using 'proto' keyword)\n"
    "  <default> : mode=HTTP  side=FE|BE  mux=H1    flags=\n"
    "         h1 : mode=HTTP  side=FE|BE  mux=H1    flags=\n"
    "  <default> : mode=TCP   side=FE|BE  mux=PASS  flags=\n"
    "       none : mode=TCP   side=FE|BE  mux=PASS  flags=\n";

std::string build_text() {
    return fmt::format(
        "Build options :\n"
        "  TARGET  = linux-glibc\n\n"
        "{}\n"
        "Default settings :\n"
        "  bufsize = 16384, maxrewrite = 1024, maxpollevents = 200\n\n"
        "{}\n{}\n{}\n"
        "Available services : none\n\n"
        "{}\n",
        feature_list(), library_lines(), pollers_text(), kProtocols, filters_text());
}

}  // namespace

std::vector<std::string> features() {
    std::vector<std::string> names;
    for (const Feature& feature : kFeatures)
        if (feature.here) names.emplace_back(feature.name);
    return names;
}

std::string chosen_poller() {
    // Only libevent knows what works here, and it answers for an event base.
    std::unique_ptr<event_base, decltype(&event_base_free)> base(event_base_new(), event_base_free);
    return base ? event_base_get_method(base.get()) : "none";
}

std::string pollers_text() {
    std::string text = "Available polling systems :\n";
    for (const Poller& poller : kPollers) {
        bool off = std::getenv(poller.switch_off) != nullptr;
        std::string rank = off ? "disabled, " : fmt::format("pref={:3}, ", poller.preference);
        text += fmt::format(" {:>10} : {} test result OK\n", poller.name, rank);
    }
    return text + fmt::format("Total: {} ({} usable), will use {}.\n", std::size(kPollers), std::size(kPollers),
                              chosen_poller());
}

std::string filters_text() { return "Available filters : none\n"; }

std::string version_text(Show show, std::string_view program_name) {
    bool as_haproxy = program_name == "haproxy";
    std::string_view compatible = base::kHaproxyVersion;
    switch (show) {
        case Show::nothing:
            break;
        case Show::version:
            return first_lines(as_haproxy);
        case Show::build:
            return first_lines(as_haproxy) + build_text();
        case Show::full_version:
            return fmt::format("{}\n", base::kShownVersion);
        case Show::short_version:
            return fmt::format("{}\n", compatible);
        case Show::branch:
            return fmt::format("{}\n", compatible.substr(0, compatible.rfind('.')));
    }
    return {};
}

}  // namespace cfgproxy::daemon
