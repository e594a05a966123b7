#include "service.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "control/cli.h"
#include "signals.h"

namespace cfgproxy::daemon {

Service::Service(const Options& options, Limits limits, std::shared_ptr<const model::Config> config, Messages& messages)
    : options_(options),
      limits_(limits),
      config_(std::move(config)),
      messages_(messages),
      old_(options.old_pids, options.old_signal) {}

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

base::Result<void> Service::listen() {
    if (auto raised = raise_limits(limits_, options_.memory_megabytes); !raised.ok()) return of_main(raised);
    if (auto enough = check_descriptors(limits_); !enough.ok()) return of_main(enough);
    engine::EngineOptions engine;
    engine.program = kLogTag;
    engine.threads = limits_.threads;
    engine.quiet = messages_.quiet();
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

base::Result<void> Service::confine() {
    const model::Global& global = config_->global;
    // What lies outside of the chroot is opened or looked up first.
    auto identity = Identity::of(global);
    if (!identity.ok()) return base::Error{messages_.of_main(identity.error())};
    null_ = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_ < 0) return base::Error{"Cannot open /dev/null"};
    manager_.open();
    engine_->prepare();
    reloader_ = std::make_unique<Reloader>(*engine_, options_, messages_.program());
    reloader_->start(config_);

    if (auto done = enter_chroot(global.chroot); !done.ok()) return of_main(done);
    // In the foreground nobody with more privileges stays behind who could say farewell later.
    if (!detached_) old_.farewell();
    if (auto done = identity->assume(messages_); !done.ok()) return of_main(done);
    // No set-user-id program for whoever gets into this process, or into a check that it starts.
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return {};
}

base::Result<void> Service::become_ready() {
    engine_->set_reload_hook([this] { reloader_->request(); });
    if (detached_) {
        setsid();
        if (auto done = silence_stdio(null_); !done.ok()) return done;
        messages_.set_quiet(true);
        // The parent has said why.
        if (!detachment_.report_ready()) return base::Error{};
    } else {
        close(null_);
    }
    install_signals(*engine_);
    control::install(*engine_);
    manager_.notify_ready();
    return {};
}

}  // namespace cfgproxy::daemon
