#include "service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "control/cli.h"
#include "engine/listen.h"
#include "signals.h"

namespace cfgproxy::daemon {

Service::Service(const Options& options, Limits limits, std::shared_ptr<const model::Config> config, Messages& messages,
                 MasterLink link, std::vector<std::string> arguments)
    : options_(options),
      limits_(limits),
      arguments_(std::move(arguments)),
      config_(std::move(config)),
      messages_(messages),
      old_(options.old_pids, options.old_signal),
      link_(link) {}

int Service::run() {
    hold_signals();
    if (auto done = listen(); !done.ok()) return fail(done);
    if (auto done = go_to_background(); !done.ok()) return fail(done);
    if (role_ == Detachment::Role::parent) {
        // No destructors: what the engine holds belongs to the child.
        int status = attend_child();
        std::fflush(nullptr);
        _exit(status);
    }
    if (config_->global.master_worker) {
        if (auto done = split(); !done.ok()) return fail(done);
        if (is_master_) return run_master();
    }
    if (auto done = confine(); !done.ok()) return fail(done);
    if (auto done = become_ready(); !done.ok()) return fail(done);
    engine_->run();
    leave_by_signal();
    return 0;
}

int Service::fail(const base::Result<void>& failure) {
    if (!failure.error().empty()) messages_.alert(failure.error());
    // A child of -D leaves that to its parent, who sees it end.
    if (!detached_) old_.resume();
    return 1;
}

base::Result<void> Service::of_main(const base::Result<void>& result) const {
    if (result.ok()) return {};
    return base::Error{messages_.of_main(result.error())};
}

base::Result<void> Service::settle(const base::Result<void>& outcome) const {
    if (outcome.ok() || limits_.strict) return of_main(outcome);
    messages_.warning(messages_.of_main(outcome.error()));
    return {};
}

base::Result<void> Service::take_limits() {
    if (auto raised = settle(raise_descriptors(limits_)); !raised.ok()) return raised;
    if (auto limited = settle(limit_memory(options_.memory_megabytes)); !limited.ok()) return limited;
    const auto enough = check_descriptors(limits_);
    if (enough.ok() || limits_.strict) return of_main(enough);
    messages_.alert(messages_.of_main(enough.error()));
    return {};
}

void Service::set_nice(const std::optional<std::int32_t>& nice, std::string_view when) const {
    if (nice && setpriority(PRIO_PROCESS, 0, *nice) != 0)
        messages_.warning(messages_.of_main(
            fmt::format("couldn't set the {} nice value to {}: {}", when, *nice, std::strerror(errno))));
}

base::Result<void> Service::listen() {
    set_nice(config_->global.nice_at_start, "startup");
    if (auto taken = take_limits(); !taken.ok()) return taken;
    engine::EngineOptions engine;
    engine.descriptors = limits_.descriptors;
    engine.max_sockets = limits_.max_sockets;
    engine.program = kLogTag;
    engine.threads = limits_.threads;
    engine.quiet = messages_.quiet();
    engine.has_old_processes = !options_.old_pids.empty();
    auto inherited = fetch_sockets(options_.old_socket, messages_);
    if (!inherited.ok()) return base::Error{inherited.error()};
    engine.inherited = std::move(*inherited);
    engine_ = std::make_unique<engine::Engine>(std::move(engine));
    control::install(*engine_);

    auto bound = bind_all(*engine_, config_, old_);
    if (bound.ok()) return {};
    for (const std::string_view line : base::split(bound.error(), '\n')) messages_.alert(line);
    return base::Error{messages_.of_main("Some protocols failed to start their listeners! Exiting.")};
}

base::Result<void> Service::go_to_background() {
    if (messages_.quiet())
        if (auto done = silence_stdio(); !done.ok()) return done;
    const model::Global& global = config_->global;
    if (!global.daemon) return {};
    if (!global.pidfile.empty())
        if (auto done = probe_pidfile(global.pidfile); !done.ok()) return of_main(done);
    auto role = detachment_.fork();
    if (!role.ok()) return base::Error{messages_.of_main(role.error())};
    role_ = *role;
    detached_ = true;
    return {};
}

int Service::attend_child() {
    if (!detachment_.wait_until_ready()) {
        old_.resume();
        return detachment_.status();
    }
    const std::string& pidfile = config_->global.pidfile;
    if (!pidfile.empty())
        if (auto done = write_pidfile(pidfile, detachment_.child()); !done.ok()) {
            messages_.alert(messages_.of_main(done.error()));
            old_.resume();
            return 1;
        }
    old_.farewell();
    detachment_.let_start();
    return 0;
}

base::Result<void> Service::split() {
    master_ = std::make_unique<Master>(options_, arguments_, messages_);
    master_->set_max_reloads(config_->global.max_reloads);
    master_->set_exit_on_failure(!config_->global.no_exit_on_failure);
    if (auto done = master_->listen(); !done.ok()) return of_main(done);
    auto role = worker_.fork();
    if (!role.ok()) return of_main(base::Error{role.error()});
    is_master_ = *role == Detachment::Role::parent;
    is_worker_ = !is_master_;
    if (is_worker_) {
        master_.reset();
        link_.close_master_ends();
        detachment_.forget();
    }
    return {};
}

int Service::run_master() {
    // Listening is the worker's: what the master kept open would swallow connections once the worker has gone.
    for (const auto& socket : engine_->sockets_to_share()) close(socket->fd());
    [[maybe_unused]] engine::Engine* left = engine_.release();
    manager_.open();
    if (!worker_.wait_until_ready()) {
        if (!detached_) old_.resume();
        return worker_.status();
    }
    messages_.notice("New worker (" + std::to_string(worker_.child()) + ") forked");
    messages_.notice("Loading success.");
    if (detached_) {
        setsid();
        if (auto done = silence_stdio(); !done.ok()) return fail(done);
        messages_.set_quiet(true);
        if (!detachment_.report_ready()) return 1;
    } else {
        if (const std::string& pidfile = config_->global.pidfile; !pidfile.empty())
            if (auto done = write_pidfile(pidfile, getpid()); !done.ok()) return fail(of_main(done));
        old_.farewell();
    }
    worker_.let_start();
    master_->adopt(worker_.child(), link_);
    manager_.notify("READY=1\nMAINPID=" + std::to_string(getpid()) + "\nSTATUS=Ready.\n");
    return master_->run(manager_);
}

base::Result<void> Service::confine() {
    const model::Global& global = config_->global;
    set_nice(global.nice_later, "runtime");  // threads that start later have it too
    // What lies outside of the chroot is opened or looked up first.
    auto identity = Identity::of(global);
    if (!identity.ok()) return base::Error{messages_.of_main(identity.error())};
    null_ = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_ < 0) return base::Error{"Cannot open /dev/null"};
    if (!link_.linked()) manager_.open();
    engine_->prepare();
    reloader_ = std::make_unique<Reloader>(*engine_, options_, messages_.program());
    if (link_.linked())
        reloader_->set_outcome_hook([this](Reloader::Outcome outcome) {
            link_.tell(outcome == Reloader::Outcome::done            ? MasterLink::ready
                       : outcome == Reloader::Outcome::needs_process ? MasterLink::start_another
                                                                     : MasterLink::refused);
        });
    reloader_->start(config_);

    if (auto done = enter_chroot(global.chroot); !done.ok()) return of_main(done);
    // In the foreground nobody with more privileges stays behind who could say farewell later.
    if (!detached_ && !is_worker_) old_.farewell();
    if (auto done = identity->assume(messages_); !done.ok()) return of_main(done);
    if (global.dumpable)
        if (auto done = settle(allow_core_files()); !done.ok()) return done;
    // No set-user-id program for whoever gets into this process, or into a check that it starts.
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return {};
}

base::Result<void> Service::become_ready() {
    engine_->set_reload_hook([this] { reloader_->request(); });
    if (link_.linked()) prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody would look after this process
    if (detached_) {
        if (!is_worker_) setsid();
        if (auto done = silence_stdio(null_); !done.ok()) return done;
        messages_.set_quiet(true);
        // The parent has said why.
        if (!(is_worker_ ? worker_ : detachment_).report_ready()) return base::Error{};
    } else {
        close(null_);
        if (is_worker_ && !worker_.report_ready()) return base::Error{};
    }
    if (options_.started_by_master) link_.tell(MasterLink::ready);
    install_signals(*engine_);
    control::install(*engine_);
    manager_.notify_ready();
    return {};
}

}  // namespace cfgproxy::daemon
