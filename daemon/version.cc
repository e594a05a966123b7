#define PCRE2_CODE_UNIT_WIDTH 8
#include "version.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <pcre2.h>
#include <sys/utsname.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/version.h"
#include "config/keyword.h"
#include "net/tcp_md5.h"

namespace cfgproxy::daemon {

namespace {

/// A word of HAProxy's feature list: whether this program does now what the name stands for. Where that is the same as
/// executing a word of the language, the word's row decides.
struct Feature {
    std::string_view name;
    bool here = false;
    std::string_view keyword = {}, bind_option = {}, action = {};
    bool (*probe)() = nullptr;  ///< asks the kernel; without an answer HAProxy does not list the name at all
};
constexpr Feature kFeatures[] = {
    {.name = "51DEGREES"},
    {.name = "ACCEPT4", .here = true},
    {.name = "ACME"},
    {.name = "BACKTRACE"},
    {.name = "CLOSEFROM"},
    {.name = "CPU_AFFINITY", .keyword = "cpu-map"},
    {.name = "CRYPT_H", .here = true},
    {.name = "DEVICEATLAS"},
    {.name = "DL"},
    {.name = "ECH"},
    {.name = "ENGINE"},
    {.name = "EPOLL", .here = true},
    {.name = "EVPORTS"},
    {.name = "GETADDRINFO", .here = true},
    {.name = "HAVE_TCP_MD5SIG", .bind_option = "tcp-md5sig"},
    {.name = "HAVE_WORKING_TCP_MD5SIG", .probe = net::can_sign_with_md5},
    {.name = "KQUEUE"},
    {.name = "KTLS"},
    {.name = "LIBATOMIC"},
    {.name = "LIBCRYPT", .here = true},
    {.name = "LINUX_CAP", .keyword = "setcap"},
    {.name = "LINUX_SPLICE", .here = true},
    {.name = "LINUX_TPROXY", .bind_option = "transparent"},
    {.name = "LUA", .keyword = "lua-load"},
    {.name = "MATH"},
    {.name = "MEMORY_PROFILING", .keyword = "profiling.memory"},
    {.name = "NETFILTER", .action = "set-mark"},
    {.name = "NS", .bind_option = "namespace"},
    {.name = "OBSOLETE_LINKER"},
    {.name = "OPENSSL", .bind_option = "ssl"},
    {.name = "OPENSSL_AWSLC"},
    {.name = "OPENSSL_WOLFSSL"},
    {.name = "OT"},
    {.name = "PCRE"},
    {.name = "PCRE2", .here = true},
    {.name = "PCRE2_JIT", .here = true},
    {.name = "PCRE_JIT"},
    {.name = "POLL", .here = true},
    {.name = "PRCTL", .here = true},
    {.name = "PROCCTL"},
    {.name = "PROMEX", .action = "use-service"},
    {.name = "PTHREAD_EMULATION"},
    {.name = "QUIC"},
    {.name = "QUIC_OPENSSL_COMPAT"},
    {.name = "RT", .here = true},
    {.name = "SHM_OPEN"},
    {.name = "SLZ"},
    {.name = "SSL", .bind_option = "ssl"},
    {.name = "STATIC_PCRE"},
    {.name = "STATIC_PCRE2"},
    {.name = "SYSTEMD"},
    {.name = "TFO", .bind_option = "tfo"},
    {.name = "THREAD", .here = true},
    {.name = "THREAD_DUMP"},
    {.name = "TPROXY", .bind_option = "transparent"},
    {.name = "TRACE"},
    {.name = "WURFL"},
    {.name = "ZLIB", .keyword = "compression algo"},
};

/// The filters, with the names that HAProxy's log of traces gives them.
struct Filter {
    std::string_view kind, name;
};
constexpr Filter kFilters[] = {{"BWLIM", "bwlim-in"}, {"BWLIM", "bwlim-out"}, {"CACHE", "cache"},
                               {"COMP", "comp-req"},  {"COMP", "comp-res"},   {"COMP", "compression"},
                               {"FCGI", "fcgi-app"},  {"SPOE", "spoe"},       {"TRACE", "trace"}};

struct Poller {
    const char* name;
    int preference;
    const char* switch_off;  ///< the variable that libevent looks for
};
constexpr Poller kPollers[] = {
    {"epoll", 300, "EVENT_NOEPOLL"}, {"poll", 200, "EVENT_NOPOLL"}, {"select", 150, "EVENT_NOSELECT"}};

template <class Row>
bool is_done(std::string_view name) {
    for (const Row* row : base::Table<Row>::find_all(name))
        if (row->support == config::Support::done) return true;
    return false;
}

bool works(const Feature& feature) {
    return feature.here || (feature.probe && feature.probe()) ||
           (!feature.keyword.empty() && is_done<config::Keyword>(feature.keyword)) ||
           (!feature.bind_option.empty() && is_done<config::BindOption>(feature.bind_option)) ||
           (!feature.action.empty() && is_done<config::ActionRow>(feature.action));
}

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
        if (feature.probe && !works(feature)) continue;
        text += works(feature) ? " +" : " -";
        text += feature.name;
    }
    return text + "\n";
}

std::string pcre2_version() {
    std::array<char, 64> text{};
    return pcre2_config_8(PCRE2_CONFIG_VERSION, text.data()) > 0 ? text.data() : "?";
}

/// Libraries that only some words need.
std::string optional_lines() {
    std::string text;
    if (is_done<config::BindOption>("ssl"))
        text += fmt::format(
            "Built with SSL library version : {}\nRunning on SSL library version : {}\n"
            "SSL library supports TLS extensions : yes\nSSL library supports SNI : yes\n"
            "SSL library supports : TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3\n",
            OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION));
    else
        text += "Built without TLS (OpenSSL) support yet.\n";
    if (is_done<config::ActionRow>("use-service")) text += "Built with the Prometheus exporter as a service\n";
    if (is_done<config::BindOption>("namespace")) text += "Built with network namespace support.\n";
    if (is_done<config::Keyword>("compression algo"))
        text += fmt::format(
            "Built with zlib version : {}\nRunning on zlib version : {}\n"
            "Compression algorithms supported : identity(\"identity\"), deflate(\"deflate\"), "
            "raw-deflate(\"deflate\"), gzip(\"gzip\")\n",
            ZLIB_VERSION, zlibVersion());
    if (is_done<config::BindOption>("transparent"))
        text += "Built with transparent proxy support using: IP_TRANSPARENT IPV6_TRANSPARENT IP_FREEBIND\n";
    return text;
}

std::string library_lines() {
    std::uint32_t jit = 0;
    pcre2_config_8(PCRE2_CONFIG_JIT, &jit);
    return fmt::format(
        "Built with multi-threading support (default={}).\n"
        "{}"
        "Built with libevent version : {}\n"
        "Built with PCRE2 version : {}\n"
        "PCRE2 library supports JIT : {}\n"
        "Encrypted password support via crypt(3): yes\n"
        "Built with gcc compiler version {}\n",
        std::max(1u, std::thread::hardware_concurrency()), optional_lines(), event_get_version(), pcre2_version(),
        jit ? "yes" : "no", __VERSION__);
}

constexpr std::string_view kProtocols =
    "Available multiplexer protocols :\n"
    "(protocols marked as <default> cannot be specified using 'proto' keyword)\n"
    "         h2 : mode=HTTP  side=FE|BE  mux=H2    flags=\n"
    "       fcgi : mode=HTTP  side=BE     mux=FCGI  flags=\n"
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
        "Available services : {}\n\n"
        "{}\n",
        feature_list(), library_lines(), pollers_text(), kProtocols,
        is_done<config::ActionRow>("use-service") ? "prometheus-exporter" : "none", filters_text());
}

}  // namespace

std::vector<std::string> features() {
    std::vector<std::string> names;
    for (const Feature& feature : kFeatures)
        if (works(feature)) names.emplace_back(feature.name);
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

std::string filters_text() {
    std::string names;
    for (const Filter& filter : kFilters)
        if (is_done<config::Keyword>("filter " + std::string(filter.name)))
            names += fmt::format("\t[{}] {}\n", filter.kind, filter.name);
    return names.empty() ? "Available filters : none\n" : "Available filters :\n" + names;
}

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
