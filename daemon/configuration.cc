#include "configuration.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/arena.h"
#include "base/host.h"
#include "base/version.h"
#include "config/line.h"
#include "config/preprocess.h"
#include "config/print.h"
#include "version.h"

namespace cfgproxy::daemon {

namespace {

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

/// `-dC`: each statement as it was understood, those of sections indented.
std::string statements_text(const std::vector<config::ReadStatement>& statements) {
    std::string text;
    for (const config::ReadStatement& statement : statements) {
        if (!statement.begins_section) text += '\t';
        for (const config::Word& word : statement.words) text.append(word.text).append(" ");
        text += '\n';
    }
    return text;
}

}  // namespace

config::LoadOptions load_options(const Options& options) {
    config::LoadOptions load;
    load.diagnostics = options.diagnostics;
    load.verbose = options.verbose;
    load.era = options.era;
    load.no_verify = options.no_verify;
    load.insecure_fork = options.insecure_fork;
    load.no_reuse_port = options.no_reuse_port;
    load.environment.set("HAPROXY_LOCALPEER", options.local_peer.empty() ? base::host_name() : options.local_peer);
    load.build.version = base::kHaproxyVersion;
    load.build.features = features();
    load.build.enabled = {"POLL", "EPOLL", "SPLICE", "GETADDRINFO", "REUSEPORT", "FAST-FORWARD"};
    load.build.tls_name = OpenSSL_version(OPENSSL_VERSION);
    load.build.tls_number = static_cast<std::uint32_t>(OpenSSL_version_num());
    load.build.diag = options.diagnostics;
    // enabled(NAME): what the command line has not switched off.
    auto& enabled = load.build.enabled;
    enabled = {"GETADDRINFO", "FAST-FORWARD"};
    if (!options.no_poll) enabled.push_back("POLL");
    if (!options.no_epoll) enabled.push_back("EPOLL");
    if (!options.no_splice) enabled.push_back("SPLICE");
    if (!options.no_reuse_port) enabled.push_back("REUSEPORT");
    if (options.no_verify) enabled.push_back("SERVER-SSL-VERIFY-NONE");
    return load;
}

config::Loaded load_operands(std::vector<std::string> files, const config::LoadOptions& load) {
    std::replace(files.begin(), files.end(), std::string("-"), std::string("/dev/stdin"));
    return config::load(files, load);
}

std::string lay_out(config::Loaded& loaded, const Messages& messages) {
    config::PrintOptions print;
    print.pid = getpid();
    print.terminal = isatty(STDERR_FILENO) == 1;
    print.width = terminal_width();
    print.aborted = loaded.aborted;
    if (!messages.introduced()) {
        print.version = base::kShownVersion;
        print.executable = messages.executable();
    }
    return config::print_diagnostics(loaded.diagnostics, *loaded.source, print);
}

std::unique_ptr<model::Config> load_configuration(const Options& options, Messages& messages, bool& has_listener) {
    std::vector<config::ReadStatement> statements;
    config::LoadOptions load = load_options(options);
    if (options.dump_files) load.statements = &statements;
    config::Loaded loaded = config::load(options.files, load);
    if (options.dump_files) std::fputs(statements_text(statements).c_str(), stdout);
    has_listener = loaded.has_listener;
    if (loaded.diagnostics.alerts() == 0 && loaded.source->files().empty()) {
        std::fputs(version_text(Show::version, messages.name()).c_str(), stdout);
        std::fputs(usage_text(messages.name()).c_str(), stderr);
        return nullptr;
    }
    messages.laid_out(lay_out(loaded, messages));
    if (!loaded.config) return nullptr;
    if (loaded.diagnostics.warnings() > 0 && (options.zero_warning || loaded.config->global.zero_warning)) {
        messages.alert("config : Some warnings were found and 'zero-warning' is set. Aborting.");
        return nullptr;
    }
    if (loaded.config->global.quiet && !options.verbose) messages.set_quiet(true);
    return std::move(loaded.config);
}

Limits complete(model::Config& config, const Options& options) {
    model::Global& global = config.global;
    if (options.max_connections > 0) global.max_connections = static_cast<std::uint32_t>(options.max_connections);
    if (options.no_splice) global.no_splice = true;
    if (options.max_proxy_connections > 0)
        for (auto& proxy : config.proxies)
            if (proxy->max_connections == 0 || proxy->max_connections_of_era)
                proxy->max_connections = static_cast<std::uint32_t>(options.max_proxy_connections);
    if (!options.pidfile.empty()) global.pidfile = options.pidfile;

    // The command line decides over the file, and of -d, -db and -D the last word is -D's.
    if (options.debug || options.foreground) {
        global.daemon = global.quiet = false;
        global.debug |= options.debug;
    }
    if (options.daemon) {
        global.daemon = true;
        global.debug = false;
    }
    if (options.quiet) global.quiet = true;
    if (options.verbose) global.quiet = false;
    if (global.debug) global.daemon = global.quiet = false;

    if (options.master_worker) global.master_worker = true;
    if (options.started_by_master) {
        global.daemon = global.master_worker = false;
        global.pidfile.clear();
    }
    if (options.master_channel >= 0) {
        // The connections that the master hands on.
        model::StatsSocket socket;
        socket.bind.endpoint.kind = model::Endpoint::Kind::sockpair;
        socket.bind.endpoint.fd = options.master_channel;
        socket.bind.level = model::Bind::Level::admin;
        global.stats_sockets.push_back(std::move(socket));
    }

    Limits limits = compute_limits(config, options.memory_megabytes);
    global.max_connections = limits.max_connections;
    return limits;
}

int tell_verdict(const model::Config& config, bool has_listener, const Messages& messages) {
    if (!messages.quiet()) {
        if (config.warnings > 0) std::puts("Warnings were found.");
        std::puts(has_listener ? "Configuration file is valid"
                               : "Configuration file has no error but will not start (no listener) => exit(2).");
    }
    return has_listener ? 0 : 2;
}

/// The condition is read as a line of a file is: quotes, escapes and, inside of double quotes, variables.
int evaluate(const std::string& condition, const Options& options, Messages& messages) {
    config::LoadOptions load = load_options(options);
    base::Arena arena;
    config::LineSplitter line(arena, load.environment);
    const config::Fault fault = line.split(condition.c_str(), condition.c_str() + condition.size());
    if (fault != config::Fault::none) {
        messages.alert(fmt::format("config : Syntax error in condition: {}.", config::fault_text(fault)));
        return 2;
    }
    config::Verdict verdict = config::evaluate_condition(config::joined(line.words()), load.environment, load.build);
    if (verdict.error.empty()) return verdict.value ? 0 : 1;
    messages.alert("config : Failed to evaluate condition: " + verdict.error);
    return 2;
}

}  // namespace cfgproxy::daemon
