#pragma once
#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/release.h"

namespace cfgproxy::daemon {

/// What `-v` and its kin ask for, which ends the program.
enum class Show : std::uint8_t { nothing, version, build, full_version, short_version, branch };

/// The command line, understood. Names and meanings are HAProxy's (management manual, section 3).
struct Options {
    std::vector<std::string> files;           ///< -f and those behind --, in order; folders not expanded yet
    Show show = Show::nothing;                ///< -v -vv -vq -vqs -vqb
    bool check = false;                       ///< -c
    std::optional<std::string> condition;     ///< -cc
    bool daemon = false;                      ///< -D
    bool foreground = false;                  ///< -db
    bool debug = false;                       ///< -d
    bool verbose = false;                     ///< -V
    bool quiet = false;                       ///< -q
    bool zero_warning = false;                ///< -dW
    bool diagnostics = false;                 ///< -dD
    bool resolve_leniently = false;           ///< -dr
    bool no_epoll = false;                    ///< -de
    bool no_poll = false;                     ///< -dp
    bool no_splice = false;                   ///< -dS
    bool no_reuse_port = false;               ///< -dR
    bool no_verify = false;                   ///< -dV
    bool insecure_fork = false;               ///< -dI
    bool dump_files = false;                  ///< -dC
    bool list_libraries = false;              ///< -dL
    std::optional<std::string> archive;       ///< -dA: where the libraries go, as a tar file
    std::optional<std::string> keywords;      ///< -dKclass[,class]: what to dump
    std::string pidfile;                      ///< -p
    std::string directory;                    ///< -C
    std::optional<base::Release> era;         ///< --era: whose defaults count, whatever the files say
    std::string local_peer;                   ///< -L
    std::string old_socket;                   ///< -x
    std::int64_t max_connections = 0;         ///< -n; 0: not given
    std::int64_t max_proxy_connections = 0;   ///< -N; 0: not given
    std::int64_t memory_megabytes = 0;        ///< -m; 0: no limit
    std::vector<pid_t> old_pids;              ///< behind -sf or -st
    int old_signal = 0;                       ///< SIGUSR1 for -sf, SIGTERM for -st
    std::vector<std::string> not_executed;    ///< options that are understood but that cfgproxy does not execute yet
    std::vector<std::string> notices;         ///< why options have nothing to change
    bool master_worker = false;               ///< -W, -Ws
    std::vector<std::string> master_sockets;  ///< -S: ADDRESS[,OPTION,VALUE...]
    int master_channel = -1;                  ///< no option: where the master's connections come from (MasterLink)
    bool started_by_master = false;           ///< no option: by exec(), so -D, -W and -p are not for this process

    /// -q silences messages, -V takes that back.
    bool silent() const { return quiet && !verbose; }
};

/// Outcome of reading the command line: options, unless `usage` or `error` says that they make no sense.
struct ParsedOptions {
    Options options;
    bool usage = false;  ///< the usage text is to be shown, and the program ends with status 1
    std::string error;   ///< an alert before that; status 1, without the usage text unless `usage`
    std::vector<std::string> warnings;
};

/// Reads argv without its first entry. As in HAProxy an option is known by how it begins ("-dDx" is "-dD"), an unknown
/// "-dSOMETHING" is "-d", and the pids behind -sf end at the next option.
ParsedOptions parse_options(const std::vector<std::string_view>& arguments);

/// The text that -h, no file at all, and every mistake show on stderr.
std::string usage_text(std::string_view program);

}  // namespace cfgproxy::daemon
