#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "configuration.h"
#include "keyword_dump.h"
#include "libraries.h"
#include "messages.h"
#include "options.h"
#include "service.h"
#include "subcommand.h"
#include "version.h"

using namespace cfgproxy::daemon;
namespace model = cfgproxy::model;

namespace {

/// The version on stdout and the usage on stderr, as HAProxy shows them after a mistake.
int show_usage(const Messages& messages) {
    std::fputs(version_text(Show::version, messages.name()).c_str(), stdout);
    std::fputs(usage_text(messages.name()).c_str(), stderr);
    return 1;
}

/// False when something on the command line cannot be done.
bool accept(const ParsedOptions& parsed, Messages& messages) {
    for (const std::string& warning : parsed.warnings) messages.warning(warning);
    for (const std::string& notice : parsed.options.notices) messages.notice(notice);
    if (!parsed.error.empty()) messages.alert(parsed.error);
    return parsed.error.empty();
}

/// False, after saying so, when an option asks for what this program does not do yet.
bool all_executed(const Options& options, Messages& messages) {
    for (const std::string& option : options.not_executed)
        messages.alert("option " + option + " is not executed by cfgproxy yet.");
    return options.not_executed.empty();
}

/// -C, and what libevent is told by the environment.
bool enter_surroundings(const Options& options, Messages& messages) {
    if (options.no_epoll) setenv("EVENT_NOEPOLL", "1", 1);
    if (options.no_poll) setenv("EVENT_NOPOLL", "1", 1);
    if (options.directory.empty() || chdir(options.directory.c_str()) == 0) return true;
    messages.alert("Could not change to directory " + options.directory + " : " + std::strerror(errno));
    return false;
}

/// -dL and -dA. False when the archive cannot be written.
bool show_libraries(const Options& options, Messages& messages) {
    if (options.list_libraries) {
        if (!messages.quiet()) std::puts("List of loaded object files:");
        for (const std::string& path : loaded_objects()) std::puts(path.c_str());
    }
    if (!options.archive) return true;
    const auto written = write_archive(*options.archive, loaded_objects());
    if (!written) messages.alert("cannot write the libraries to '" + *options.archive + "' : " + written.error());
    return written.ok();
}

/// What -V and -d show before the start.
void show_surroundings(const Options& options, const Limits& limits) {
    if (!options.verbose && !options.debug) return;
    if (limits.computed) std::fprintf(stderr, "Note: setting global.maxconn to %u.\n", limits.max_connections);
    std::fprintf(stderr, "%s\n%s", pollers_text().c_str(), filters_text().c_str());
    std::printf("Using %s() as the polling mechanism.\n", chosen_poller().c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Messages messages(argc > 0 ? argv[0] : "cfgproxy");
    const std::vector<std::string_view> words(argv + (argc > 0), argv + argc);
    if (int status = 0; run_subcommand(words, messages, status)) return status;
    ParsedOptions parsed = parse_options(words);
    Options& options = parsed.options;
    messages.set_quiet(options.silent());

    if (!accept(parsed, messages) && !parsed.usage) return 1;
    if (parsed.usage) return show_usage(messages);
    if (options.show != Show::nothing)
        return std::fputs(version_text(options.show, messages.name()).c_str(), stdout) < 0;
    if (options.master_worker) setenv("HAPROXY_MWORKER", "1", 1);
    if (!all_executed(options, messages) || !enter_surroundings(options, messages)) return 1;
    if (options.condition) return evaluate(*options.condition, options, messages);
    if (options.files.empty()) return show_usage(messages);

    bool has_listener = false;
    std::unique_ptr<model::Config> config = load_configuration(options, messages, has_listener);
    if (!config) return 1;
    if (options.keywords) std::fputs(keyword_dump(*options.keywords).c_str(), stdout);
    if (!show_libraries(options, messages)) return 1;
    if (options.check) {
        const int status = tell_verdict(*config, has_listener, messages);
        // A large configuration takes longer to free than to read; the system takes it back at once.
        std::fflush(nullptr);
        std::_Exit(status);
    }

    const bool has_socket = has_listener || !config->global.stats_sockets.empty();
    MasterLink link = MasterLink::from_environment();
    options.started_by_master = link.linked();
    if (!link.linked() && (options.master_worker || config->global.master_worker)) {
        auto made = MasterLink::make();
        if (!made.ok()) return messages.alert(messages.of_main(made.error())), 1;
        link = *made;
    }
    options.master_channel = link.command_line();
    const Limits limits = complete(*config, options);
    if (options.foreground || options.debug) messages.set_quiet(options.silent());
    show_surroundings(options, limits);
    if (!has_socket) {
        messages.alert(messages.of_main("No enabled listener found (check for 'bind' directives) ! Exiting."));
        return 1;
    }
    return Service(options, limits, std::move(config), messages, link, std::vector<std::string>(argv, argv + argc))
        .run();
}
