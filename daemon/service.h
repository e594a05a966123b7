#pragma once
#include <memory>

#include "engine/engine.h"
#include "master.h"
#include "messages.h"
#include "model/config.h"
#include "options.h"
#include "process.h"
#include "reload.h"
#include "resources.h"
#include "takeover.h"

namespace cfgproxy::daemon {

/// One run of the proxy, from the checked configuration to the end of the process, in the order in which HAProxy does
/// it. Each step returns an Error whose text is an alert of main(); then the process ends with status 1.
class Service {
  public:
    /// `link`: to the master, if there is one or will be one; `arguments`: argv, for workers that the master starts.
    Service(const Options& options, Limits limits, std::shared_ptr<const model::Config> config, Messages& messages,
            MasterLink link, std::vector<std::string> arguments);

    /// All of it: the exit status of the process (of the parent, with -D).
    int run();

  private:
    base::Result<void> listen();
    base::Result<void> go_to_background();
    base::Result<void> confine();
    /// Descriptors and memory, before there are sockets.
    base::Result<void> take_limits();
    /// Passes a failure on if limits are strict; else it is a warning.
    base::Result<void> settle(const base::Result<void>& outcome) const;
    /// tune.renice.*: of this process and the threads that it will start.
    void set_nice(const std::optional<std::int32_t>& nice, std::string_view when) const;
    base::Result<void> become_ready();
    int attend_child();
    /// -W: forks the worker and returns in both processes; in the master `is_master_`.
    base::Result<void> split();
    /// The master's life; its exit status.
    int run_master();
    int fail(const base::Result<void>& failure);
    base::Result<void> of_main(const base::Result<void>& result) const;

    const Options& options_;
    Limits limits_;
    const std::vector<std::string> arguments_;
    const std::shared_ptr<const model::Config> config_;
    Messages& messages_;
    OldProcesses old_;
    Detachment detachment_;
    Detachment::Role role_ = Detachment::Role::child;  ///< without -D: child
    bool detached_ = false;  ///< there is a parent that waits for this process, or this is the parent
    ServiceManager manager_;
    int null_ = -1;  ///< /dev/null, opened before chroot
    MasterLink link_;
    std::unique_ptr<Master> master_;
    Detachment worker_;  ///< between master and worker
    bool is_master_ = false, is_worker_ = false;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<Reloader> reloader_;
};

}  // namespace cfgproxy::daemon
