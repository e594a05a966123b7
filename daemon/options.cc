#include "options.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace cfgproxy::daemon {

namespace {

/// The arguments, and the place where reading them stands.
struct Reading {
    const std::vector<std::string_view>& arguments;
    std::size_t at = 0;
    ParsedOptions result;

    std::string_view flag() const { return arguments[at].substr(1); }
    bool has_next() const { return at + 1 < arguments.size(); }
    std::string_view next() { return arguments[++at]; }
    Options& options() { return result.options; }
};

/// One option. `name` is what it begins with; the first row that fits counts, so longer names stand before shorter
/// ones. A row without function is accepted and has nothing to change here.
struct Row {
    std::string_view name;
    bool takes_value = false;
    void (*apply)(Reading& reading, std::string_view value) = nullptr;
    std::string_view help = {};  ///< its line of the usage text, the part behind the name
};

template <bool Options::*member>
void set(Reading& reading, std::string_view) {
    reading.options().*member = true;
}

template <std::string Options::*member>
void set_text(Reading& reading, std::string_view value) {
    reading.options().*member = value;
}

template <std::int64_t Options::*member>
void set_number(Reading& reading, std::string_view value) {
    // HAProxy takes "abc" for 0, that is for "not given"; we do too, but say so.
    char* end = nullptr;
    std::string text(value);
    std::int64_t number = std::strtoll(text.c_str(), &end, 10);
    if (*end != '\0' || end == text.c_str() || number < 0)
        reading.result.warnings.push_back(
            fmt::format("-{}: '{}' is no number of 0 or more.", reading.arguments[reading.at - 1].substr(1), value));
    reading.options().*member = number < 0 ? 0 : number;
}

template <Show show>
void set_show(Reading& reading, std::string_view) {
    reading.options().show = show;
}

void add_file(Reading& reading, std::string_view value) { reading.options().files.emplace_back(value); }

void set_condition(Reading& reading, std::string_view value) { reading.options().condition = value; }

void set_keywords(Reading& reading, std::string_view) { reading.options().keywords = reading.flag().substr(2); }

void set_era(Reading& reading, std::string_view value) {
    reading.options().era = base::parse_release(value);
    if (!reading.options().era)
        reading.result.error = fmt::format("--era expects a HAProxy release from 1.3 to {} (got '{}').",
                                           base::kNewestRelease.text(), value);
}

void set_old_socket(Reading& reading, std::string_view value) {
    if (!reading.options().old_socket.empty())
        reading.result.warnings.emplace_back("-x option already set, overwriting the value");
    reading.options().old_socket = value;
}

void set_not_executed(Reading& reading, std::string_view) {
    reading.options().not_executed.emplace_back(reading.arguments[reading.at]);
}

/// -dC, but not -dCKEY, whose output is anonymized.
void set_dump(Reading& reading, std::string_view value) {
    if (reading.flag().size() > 2 && reading.flag() != "dC0") return set_not_executed(reading, value);
    reading.options().dump_files = true;
}

void set_archive(Reading& reading, std::string_view) { reading.options().archive = reading.flag().substr(2); }

void add_notice(Reading& reading, std::string_view why) {
    reading.options().notices.push_back(fmt::format("option {} : {}", reading.arguments[reading.at], why));
}

void explain_ipv4(Reading& reading, std::string_view) {
    add_notice(reading, "nothing to change, names of hosts are looked up by the system at the start.");
}
void explain_affinity(Reading& reading, std::string_view) {
    add_notice(reading, "nothing to show, threads are not bound to CPUs.");
}
void explain_traces(Reading& reading, std::string_view) {
    add_notice(reading, "nothing to show, there are no traces.");
}

void add_master_socket(Reading& reading, std::string_view value) {
    reading.options().master_sockets.emplace_back(value);
}

/// The pids behind -sf and -st: all words up to the next option. An empty list is fine.
template <int signal_number>
void read_pids(Reading& reading, std::string_view) {
    std::string_view flag = reading.flag();
    reading.options().old_signal = signal_number;
    while (reading.has_next() && !reading.arguments[reading.at + 1].starts_with('-')) {
        std::string text(reading.next());
        char* end = nullptr;
        errno = 0;
        long pid = std::strtol(text.c_str(), &end, 10);
        if (errno != 0) {
            reading.result.error =
                fmt::format("-{} option: failed to parse {{{}}}: {}", flag, text, std::strerror(errno));
            return;
        }
        while (std::isspace(static_cast<unsigned char>(*end))) ++end;
        if (*end != '\0') {
            reading.result.error = fmt::format("-{} option: some bytes unconsumed in PID list {{{}}}", flag, end);
            return;
        }
        if (pid <= 0) {
            reading.result.usage = true;
            return;
        }
        reading.options().old_pids.push_back(static_cast<pid_t>(pid));
    }
}

constexpr Row kRows[] = {
    {"-era", true, set_era, " <x.y> takes the defaults of that HAProxy release, whatever words the files use"},
    {"vqs", false, set_show<Show::short_version>},
    {"vqb", false, set_show<Show::branch>},
    {"vq", false, set_show<Show::full_version>, "/-vqs/-vqb print only the version, the short version, the branch"},
    {"vv", false, set_show<Show::build>, " prints the version and what this program was built with"},
    {"v", false, set_show<Show::version>, " prints the version"},
    {"V", false, set<&Options::verbose>, " talks more (takes -q and 'quiet' back)"},
    {"cc", true, set_condition, " <condition> evaluates a condition, as .if does; status 0 true, 1 false, 2 error"},
    {"c", false, set<&Options::check>, " checks the configuration and leaves; status 0 good, 1 wrong, 2 no listener"},
    {"C", true, set_text<&Options::directory>, " <dir> changes to a folder before files are read"},
    {"dA", false, set_archive, "<file> writes this program and its libraries to a tar file"},
    {"dC", false, set_dump, " prints the statements of the files"},
    {"dD", false, set<&Options::diagnostics>, " warns of suspicious statements"},
    {"dF", false, nullptr},
    {"dG", false, nullptr},
    {"dI", false, set<&Options::insecure_fork>, " is 'insecure-fork-wanted' of the global section"},
    {"dK", false, set_keywords, "<class>[,...] prints the known words of the language ('help' lists the classes)"},
    {"dL", false, set<&Options::list_libraries>, " prints the files of this program and its libraries"},
    {"dM", false, nullptr},
    {"dR", false, set<&Options::no_reuse_port>, " does not share listening ports (SO_REUSEPORT)"},
    {"dS", false, set<&Options::no_splice>, " does not use splice()"},
    {"dT", false, nullptr},
    {"dV", false, set<&Options::no_verify>, " does not verify the certificates of servers"},
    {"dW", false, set<&Options::zero_warning>, " does not start if there was any warning"},
    {"dZ", false, nullptr},
    {"db", false, set<&Options::foreground>, " stays in the foreground"},
    {"dc", false, explain_affinity},
    {"de", false, set<&Options::no_epoll>, " does not use epoll()"},
    {"dk", false, nullptr},
    {"dp", false, set<&Options::no_poll>, " does not use poll()"},
    {"dr", false, set<&Options::resolve_leniently>, " goes on when a server's name has no address"},
    {"dt", false, explain_traces},
    {"dv", false, nullptr},
    {"d", false, set<&Options::debug>, " stays in the foreground and shows the traffic"},
    {"D", false, set<&Options::daemon>, " goes to the background once everything is ready"},
    {"f", true, add_file, " <file|dir> reads a file, or the *.cfg files of a folder; may be repeated"},
    {"L", true, set_text<&Options::local_peer>, " <name> sets the local peer's name (the host name by default)"},
    {"m", true, set_number<&Options::memory_megabytes>, " <megabytes> limits the memory"},
    {"n", true, set_number<&Options::max_connections>, " <number> limits the connections of the process"},
    {"N", true, set_number<&Options::max_proxy_connections>, " <number> is the default limit of each frontend"},
    {"p", true, set_text<&Options::pidfile>, " <file> gets the process id"},
    {"q", false, set<&Options::quiet>, " prints no messages"},
    {"sf", false, read_pids<SIGUSR1>, " <pid>... tells old processes to finish, once this one is ready"},
    {"st", false, read_pids<SIGTERM>, " <pid>... tells old processes to leave at once"},
    {"S", true, add_master_socket, " <address>[,<option>...] is the master's command line, with -W or -Ws"},
    {"Ws", false, set<&Options::master_worker>, " the same, and tells systemd when it is ready"},
    {"W", false, set<&Options::master_worker>, " starts a master, which looks after the process that serves"},
    {"x", true, set_old_socket, " <socket> takes the listening sockets over from an old process"},
    {"4", false, explain_ipv4},
};

/// A row is meant for `-d` alone or for `-dX`: the letters decide, the order of the rows settles the rest.
const Row* find_row(std::string_view flag) {
    for (const Row& row : kRows)
        if (flag.starts_with(row.name)) return &row;
    return nullptr;
}

void read_one(Reading& reading) {
    std::string_view word = reading.arguments[reading.at];
    const Row* row = word.starts_with('-') ? find_row(word.substr(1)) : nullptr;
    if (row == nullptr) {
        reading.result.usage = true;
        return;
    }
    if (row->takes_value && !reading.has_next()) {
        reading.result.error = row->name == "x" ? "Unix socket path expected with the -x flag"
                                                : fmt::format("-{} expects an argument.", row->name);
        reading.result.usage = true;
        return;
    }
    std::string_view value = row->takes_value ? reading.next() : std::string_view();
    if (row->apply != nullptr) row->apply(reading, value);
}

}  // namespace

ParsedOptions parse_options(const std::vector<std::string_view>& arguments) {
    Reading reading{arguments, 0, {}};
    for (; reading.at < arguments.size(); ++reading.at) {
        if (arguments[reading.at] == "--") {
            while (reading.has_next()) add_file(reading, reading.next());
            break;
        }
        read_one(reading);
        // -v wins over everything behind it, mistakes in front of it win over -v.
        if (reading.result.usage || !reading.result.error.empty() || reading.options().show != Show::nothing) break;
    }
    return std::move(reading.result);
}

std::string usage_text(std::string_view program) {
    std::string text = fmt::format("Usage : {} [-f <cfgfile|cfgdir>]* [<option>]* [-- <cfgfile>*]\n", program);
    for (const Row& row : kRows)
        if (!row.help.empty()) text += fmt::format("        -{}{}\n", row.name, row.help);
    text += "        -- everything behind it is a file or a folder to read\n\n";
    text += fmt::format("`{} help` lists subcommands that HAProxy has not.\n\n", program);
    return text;
}

}  // namespace cfgproxy::daemon
