// Words of the `global` section (manual 2.6 section 3): process, limits and environment.
#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/host.h"
#include "base/letters.h"
#include "base/text.h"
#include "keywords/accounts.h"
#include "keywords/process_set.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Global;

void set_user(Parser& parser) {
    auto& global = parser.global();
    if (global.uid > 0) return parser.alert_but_continue(parser.words()[0], "user/uid already specified. Continuing.");
    errno = 0;
    const std::string name(parser.arg(0));
    const auto found = find_user(name);
    if (!found)
        return parser.alert(parser.arg_word(0), "cannot find user id for '" + name + "' (" + std::to_string(errno) +
                                                    ":" + std::strerror(errno) + ")");
    global.user = name;
    global.uid = *found;
}

void set_group(Parser& parser) {
    auto& global = parser.global();
    if (global.gid > 0)
        return parser.alert_but_continue(parser.words()[0], "gid/group was already specified. Continuing.");
    errno = 0;
    const std::string name(parser.arg(0));
    const auto found = find_group(name);
    if (!found)
        return parser.alert(parser.arg_word(0), "cannot find group id for '" + name + "' (" + std::to_string(errno) +
                                                    ":" + std::strerror(errno) + ")");
    global.group = name;
    global.gid = *found;
}

template <std::int64_t Global::*Id, bool user>
void set_id(Parser& parser) {
    auto& id = parser.global().*Id;
    if (id > 0)
        return parser.alert_but_continue(parser.words()[0], user ? "user/uid already specified. Continuing."
                                                                 : "group/gid already specified. Continuing.");
    auto number = base::parse_int(parser.arg(0));
    if (number) {
        id = *number;
        return;
    }
    parser.warning(parser.arg_word(0), std::string(user ? " uid" : " gid") + ": string " + quoted(parser.arg(0)) +
                                           " is not a number.\n   | You might want to use the '" +
                                           (user ? "user" : "group") + "' parameter to use a system " +
                                           (user ? "user" : "group") + " name.");
}

void set_description(Parser& parser) { parser.global().description = config::joined(parser.args()); }

void set_node(Parser& parser) {
    std::string_view name = parser.arg(0);
    for (char c : name) {
        if (base::is_alnum(c) || c == '_' || c == '-' || c == '.') continue;
        return parser.alert_tight(parser.arg_word(0),
                                  "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, "
                                  "a-z), dot(.), hyphen(-) or underscode(_).");
    }
    parser.global().node = name;
}

void set_threads(Parser& parser) {
    auto number = base::parse_int(parser.arg(0));
    if (!number)
        return parser.alert(parser.arg_word(0),
                            "'nbthread' passed a missing or unparsable integer value in " + quoted(parser.arg(0)));
    if (*number < 1 || *number > 64)
        return parser.alert(parser.arg_word(0),
                            "'nbthread' value must be between 1 and 64 (was " + std::to_string(*number) + ")");
    parser.global().threads = static_cast<std::uint32_t>(*number);
}

/// Several processes instead of threads, until 2.4: finalize makes threads of them.
void set_processes(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 1 || number > std::int64_t{kMostProcesses})
        return parser.alert(parser.arg_word(0), "'nbproc' must be between 1 and " + std::to_string(kMostProcesses) +
                                                    " (was " + std::to_string(number) + ").");
    parser.global().processes = static_cast<std::uint32_t>(number);
    parser.global().processes_place = parser.words()[0].place;
}

void set_log_hostname(Parser& parser) {
    auto& global = parser.global();
    if (global.log_send_hostname_set)
        return parser.alert_but_continue(parser.words()[0], "'log-send-hostname' already specified. Continuing.");
    global.log_send_hostname_set = true;
    global.log_send_hostname = parser.arg(0);
    if (global.log_send_hostname.empty()) global.log_send_hostname = base::host_name();
}

void set_spread_checks(Parser& parser) {
    if (parser.global().spread_checks)
        return parser.alert_but_continue(parser.words()[0], "spread-checks already specified. Continuing.");
    const auto percent = config::leading_number(parser.arg(0));
    if (percent < 0 || percent > 50)
        return parser.alert_tight(parser.arg_word(0), "'spread-checks' needs a positive value in range 0..50.");
    parser.global().spread_checks = static_cast<std::uint32_t>(percent);
}

/// hard-stop-after, grace, close-spread-time.
template <std::int64_t Global::*Member>
void set_delay(Parser& parser) {
    const std::string name(parser.keyword().name), text(parser.arg(0));
    const auto time = config::parse_time(text, config::TimeUnit::ms);
    using Status = config::Duration::Status;
    if (time.status == Status::overflow)
        parser.alert(parser.arg_word(0), "timer overflow in argument '" + text + "' to '" + name +
                                             "' (maximum value is 2147483647 ms or ~24.8 days)");
    else if (time.status == Status::underflow)
        parser.alert(parser.arg_word(0),
                     "timer underflow in argument '" + text + "' to '" + name + "' (minimum non-null value is 1 ms)");
    else if (time.status == Status::unexpected)
        parser.alert(parser.arg_word(0),
                     "unexpected character '" + std::string(1, time.unexpected) + "' in argument to <" + name + ">.");
    else
        parser.global().*Member = time.value;
}

void set_max_spread_checks(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.global().max_spread_checks_ms = time.value;
    else
        parser.alert_tight(parser.arg_word(0),
                           describe_time_problem(time, parser.arg(0), "max-spread-checks", config::TimeUnit::ms));
}

void set_environment(Parser& parser) { parser.environment().set(parser.arg(0), parser.arg(1)); }
void preset_environment(Parser& parser) { parser.environment().preset(parser.arg(0), parser.arg(1)); }

void unset_environment(Parser& parser) {
    for (const Word& word : parser.args()) parser.environment().unset(word.text);
}

void reset_environment(Parser& parser) {
    parser.environment().reset([&](std::string_view name) {
        for (const Word& word : parser.args())
            if (word.text == name) return true;
        return false;
    });
}

/// Where relative names of files begin from here on.
void set_default_path(Parser& parser) {
    using Way = config::DefaultPath::Way;
    constexpr std::pair<std::string_view, Way> kWays[] = {
        {"current", Way::current}, {"config", Way::config}, {"parent", Way::parent}, {"origin", Way::origin}};
    std::string_view word = parser.arg(0);
    for (const auto& [name, way] : kWays) {
        if (name != word) continue;
        const bool origin = way == Way::origin;
        if (origin && parser.arg(1).empty())
            return parser.alert(parser.arg_word(0), "'default-path origin' expects a directory as an argument.");
        if (parser.too_many(origin ? 2 : 1, "default-path")) return;
        auto set = parser.default_path.set(way, std::string(parser.arg(1)), *parser.place().file);
        if (!set)
            parser.alert(parser.arg_word(origin), "couldn't set 'default-path' to " +
                                                      std::string(origin ? "origin " : "") +
                                                      quoted(parser.arg(origin)) + ": " + set.error() + ".");
        return;
    }
    parser.alert(parser.arg_word(0), std::string(word.empty() ? "missing" : "unsupported") + " default-path mode " +
                                         quoted(word) +
                                         " for 'default-path', supported modes include 'current', 'config', 'parent', "
                                         "and 'origin'.");
}

template <std::vector<std::string> Global::*Member>
void set_words(Parser& parser) {
    auto& list = parser.global().*Member;
    list.clear();
    for (const Word& word : parser.args()) list.emplace_back(word.text);
}

/// What one pair of `unix-bind` words sets: the path that stands before those of bind lines, and their owner.
bool set_unix_default(Parser& parser, std::string_view option, const Word& value) {
    auto& global = parser.global();
    const std::string text(value.text);
    if (option == "prefix") {
        global.unix_prefix = text;
    } else if (option == "mode") {
        global.unix_owner.mode = static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 8));
    } else if (option == "uid") {
        global.unix_owner.uid = config::leading_number(text);
    } else if (option == "gid") {
        global.unix_owner.gid = config::leading_number(text);
    } else if (option == "user") {
        const auto found = find_user(text);
        if (!found) return parser.alert(value, "'unix-bind' : " + quoted(text) + " unknown user."), false;
        global.unix_owner.uid = *found;
    } else if (option == "group") {
        const auto found = find_group(text);
        if (!found) return parser.alert(value, "'unix-bind' : " + quoted(text) + " unknown group."), false;
        global.unix_owner.gid = *found;
    } else {
        parser.alert(value,
                     "'unix-bind' only supports the 'prefix', 'mode', 'uid', 'gid', 'user' and 'group' options.");
        return false;
    }
    return true;
}

void set_unix_bind(Parser& parser) {
    const auto args = parser.args();
    for (std::size_t i = 0; i < args.size(); i += 2) {
        const Word& value = i + 1 < args.size() ? args[i + 1] : args[i];
        if (!set_unix_default(parser, args[i].text, value)) return;
    }
}

void allow_experimental(Parser& parser) { parser.global().experimental = true; }

void set_grace(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    using Status = config::Duration::Status;
    const std::string about = "argument <" + std::string(parser.arg(0)) + "> to <grace>";
    if (time.status == Status::overflow)
        return parser.alert(parser.arg_word(0),
                            "timer overflow in " + about + ", maximum value is 2147483647 ms (~24.8 days).");
    if (time.status == Status::underflow)
        return parser.alert(parser.arg_word(0), "timer underflow in " + about + ", minimum non-null value is 1 ms.");
    if (time.status == Status::unexpected)
        return parser.alert(parser.arg_word(0),
                            "unexpected character '" + std::string(1, time.unexpected) + "' in argument to <grace>.");
    parser.global().grace_ms = time.value;
}

/// HAProxy knows these four.
void set_capabilities(Parser& parser) {
    constexpr std::pair<std::string_view, int> kNames[] = {{"cap_net_raw", CAP_NET_RAW},
                                                           {"cap_net_admin", CAP_NET_ADMIN},
                                                           {"cap_net_bind_service", CAP_NET_BIND_SERVICE},
                                                           {"cap_sys_admin", CAP_SYS_ADMIN}};
    constexpr std::string_view kSupported =
        "  Supported ones are: cap_net_raw, cap_net_admin, cap_net_bind_service and cap_sys_admin.";
    const std::string_view list = parser.arg(0);
    if (list.empty())
        return parser.alert(parser.words().back(), "'setcap' : missing capability name(s)." + std::string(kSupported));
    for (std::string_view name : base::split(list, ',')) {
        const auto* row = std::find_if(std::begin(kNames), std::end(kNames), [&](auto& r) { return r.first == name; });
        if (row == std::end(kNames) && !name.empty())
            return parser.alert(parser.arg_word(0),
                                "'setcap' : unsupported capability " + quoted(name) + "." + std::string(kSupported));
        if (row != std::end(kNames)) parser.global().capabilities |= std::uint64_t{1} << row->second;
    }
}

/// on|off.
template <bool Global::*Member>
void set_on_off(Parser& parser) {
    if (parser.arg(0) != "on" && parser.arg(0) != "off")
        return parser.alert(parser.words().back(), quoted(parser.keyword().name) + " expects either 'on' or 'off'.");
    parser.global().*Member = parser.arg(0) == "on";
}

/// In kilobytes a second.
void set_compression_rate(Parser& parser) {
    assign_number(parser.global().compression.rate, config::leading_number(parser.arg(0)) * 1024);
}

/// In megabytes.
void set_zlib_memory(Parser& parser) {
    assign_number(parser.global().compression.memory, config::leading_number(parser.arg(0)) * 1024 * 1024);
}

/// 3.4's "libs" puts the libraries into the core file as well: they are there.
void set_dumpable(Parser& parser) {
    const std::string_view value = parser.arg(0);
    if (!value.empty() && value != "on" && value != "off" && value != "libs")
        return parser.alert(parser.arg_word(0),
                            "'set-dumpable' only supports 'on' and 'off' as an argument, found " + quoted(value) + ".");
    parser.global().dumpable = value != "off" && !parser.negated() && !parser.defaulted();
}

void keep_workers(Parser& parser) {
    parser.global().master_worker = true;
    parser.global().no_exit_on_failure = true;
}

void keep_check_environment(Parser& parser) {
    parser.global().external_check = parser.global().external_check_inherits = true;
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "busy-polling", .sections = kGlobal, .support = Support::advisory, .prefixes = kNo, .since = "1.9"},
    {.name = "ca-base", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::ca_base>, .form = "expects a directory path as an argument.", .since = "1.5"},
    {.name = "chroot", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::chroot>, .form = "expects a directory as an argument."},
    {.name = "close-spread-time", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_delay<&Global::close_spread_ms>, .form = "expects <time> as argument.", .since = "2.6"},
    {.name = "cluster-secret", .sections = kGlobal, .support = Support::advisory, .since = "2.6"},
    {.name = "cpu-affinity", .sections = kGlobal, .support = Support::advisory, .since = "3.4"},
    {.name = "cpu-policy", .sections = kGlobal, .support = Support::advisory, .since = "3.2"},
    {.name = "cpu-set", .sections = kGlobal, .support = Support::advisory, .since = "3.2"},
    {.name = "crt-base", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::crt_base>, .form = "expects a directory path as an argument.", .since = "1.5"},
    {.name = "daemon", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::daemon>},
    {.name = "debug", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::debug>, .until = "2.2"},
    {.name = "default-path", .sections = kGlobal, .support = Support::done, .parse = set_default_path, .since = "2.4"},
    {.name = "description", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_description, .form = "expects a string argument."},
    {.name = "expose-deprecated-directives", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "3.0"},
    {.name = "expose-experimental-directives", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = allow_experimental, .since = "2.4"},
    {.name = "external-check", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::external_check>, .since = "1.6"},
    {.name = "external-check preserve-env", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = keep_check_environment, .since = "2.9"},
    {.name = "gid", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_id<&Global::gid, false>, .form = "expects an integer argument."},
    {.name = "grace", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_grace, .form = "expects <time> as argument.", .since = "2.5"},
    {.name = "group", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_group},
    {.name = "h1-accept-payload-with-any-method", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::h1_any_payload>, .since = "2.6"},
    {.name = "h1-do-not-close-on-insecure-transfer-encoding", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::h1_keeps_insecure>, .since = "3.1"},
    {.name = "hard-stop-after", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_delay<&Global::hard_stop_after_ms>, .form = "expects <time> as argument.", .since = "1.8"},
    {.name = "harden.reject-privileged-ports.tcp", .sections = kGlobal, .arity = {0, 1}, .support = Support::done, .parse = set_on_off<&Global::reject_privileged_ports>, .since = "3.0"},
    {.name = "insecure-fork-wanted", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::insecure_fork>, .prefixes = kNo, .since = "2.2"},
    {.name = "insecure-setuid-wanted", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "2.2"},
    {.name = "localpeer", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text<&Global::local_peer>, .form = "expects a name as an argument.", .since = "2.2"},
    {.name = "log-send-hostname", .sections = kGlobal, .arity = {0, 1}, .support = Support::done, .parse = set_log_hostname, .since = "1.5"},
    {.name = "master-worker", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::master_worker>, .since = "1.8"},
    {.name = "master-worker no-exit-on-failure", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = keep_workers, .since = "1.8"},
    {.name = "max-spread-checks", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_max_spread_checks, .form = "expects an integer argument (0..50).", .since = "1.5"},
    {.name = "maxcomprate", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compression_rate, .form = "expects an integer argument in kb/s.", .since = "1.5"},
    {.name = "maxconn", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::max_connections>, .form = "expects an integer argument."},
    {.name = "maxconnrate", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::max_connection_rate>, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "maxpipes", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .form = "expects an integer argument."},
    {.name = "maxsessrate", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::max_session_rate>, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "maxsslconn", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number<&Global::max_tls_connections>, .since = "1.5"},
    {.name = "maxsslrate", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::max_tls_rate>, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "maxzlibmem", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_zlib_memory, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "nbproc", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_processes, .form = "expects an integer argument.", .until = "2.4"},
    {.name = "nbthread", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_threads, .form = "'nbthread' passed a missing or unparsable integer value in ''", .since = "1.8"},
    {.name = "no-memory-trimming", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "2.6"},
    {.name = "node", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_node, .form = "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_)."},
    {.name = "noepoll", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory},
    {.name = "noevports", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "2.0"},
    {.name = "nogetaddrinfo", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "1.5"},
    {.name = "nokqueue", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory},
    {.name = "nopoll", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory},
    {.name = "noreuseport", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::no_reuse_port>, .since = "1.7"},
    {.name = "nosepoll", .sections = kGlobal, .support = Support::advisory, .until = "1.4"},
    {.name = "nosplice", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::no_splice>},
    {.name = "numa-cpu-mapping", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .prefixes = kNo, .since = "2.4"},
    {.name = "pidfile", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::pidfile>, .form = "expects a file name as an argument."},
    {.name = "pp2-never-send-local", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::proxy_v2_never_local>, .since = "2.2"},
    {.name = "prealloc-fd", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "2.8"},
    {.name = "presetenv", .sections = kGlobal, .arity = {2, 3}, .support = Support::done, .parse = preset_environment, .form = "expects a name and a value.", .since = "1.7"},
    {.name = "quick-exit", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .since = "2.7"},
    {.name = "quiet", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::quiet>},
    {.name = "resetenv", .sections = kGlobal, .support = Support::done, .parse = reset_environment, .since = "1.7"},
    {.name = "server-state-base", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::server_state_base>, .form = "expects one argument: a directory path.", .since = "1.6"},
    {.name = "server-state-file", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::server_state_file>, .form = "'server-state-file' expect one argument: a file path.", .since = "1.6"},
    {.name = "set-dumpable", .sections = kGlobal, .arity = {0, 1}, .support = Support::done, .parse = set_dumpable, .prefixes = kNo | kDefault, .since = "2.0"},
    {.name = "setcap", .sections = kGlobal, .support = Support::done, .parse = set_capabilities, .since = "2.9"},
    {.name = "setenv", .sections = kGlobal, .arity = {2, 3}, .support = Support::done, .parse = set_environment, .form = "expects a name and a value.", .since = "1.7"},
    {.name = "spread-checks", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_spread_checks, .form = "expects an integer argument (0..50)."},
    {.name = "stats bind-process", .sections = kGlobal, .support = Support::advisory, .since = "1.5", .until = "2.6"},
    {.name = "stats-file", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text<&Global::stats_file>, .form = "'stats-file' expect one argument: a file path.", .since = "3.0"},
    {.name = "strict-limits", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::strict_limits>, .prefixes = kNo, .since = "2.1"},
    {.name = "uid", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_id<&Global::uid, true>, .form = "expects an integer argument."},
    {.name = "ulimit-n", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::ulimit_n>, .form = "expects an integer argument."},
    {.name = "unix-bind", .sections = kGlobal, .arity = {}, .support = Support::done, .parse = set_unix_bind, .since = "1.5"},
    {.name = "unsetenv", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = unset_environment, .form = "expects at least one variable name.", .since = "1.7"},
    {.name = "user", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_user},
    {.name = "zero-warning", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Global::zero_warning>, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
