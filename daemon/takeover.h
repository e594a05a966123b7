#pragma once
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "messages.h"

namespace cfgproxy::daemon {

/// The processes named behind -sf or -st, which this one replaces (management manual, section 4).
class OldProcesses {
  public:
    OldProcesses(std::vector<pid_t> pids, int farewell) : pids_(std::move(pids)), farewell_(farewell) {}

    bool any() const { return !pids_.empty(); }
    void release();   ///< SIGTTOU: let go of the addresses. Remembered, so that resume() knows whether to act
    void resume();    ///< SIGTTIN, if release() was called: listen again, nothing has happened
    void farewell();  ///< SIGUSR1 or SIGTERM: this process serves now
    bool reachable() const { return reachable_; }  ///< release() found at least one of them alive

  private:
    int tell(int signal_number) const;
    std::vector<pid_t> pids_;
    int farewell_;
    bool released_ = false;
    bool reachable_ = false;
};

/// Binds all sockets of `config`. Where an address is in use, old processes are asked to let go of it, and it is tried
/// again for 2 seconds (200 times, each 10 ms after the last); if it stays in use they are asked to resume.
base::Result<void> bind_all(engine::Engine& engine, std::shared_ptr<const model::Config> config, OldProcesses& old);

/// -x: asks the process behind a UNIX stats socket that has `expose-fd listeners` for its listening sockets, by the
/// command `_getsocks`. "/dev/null" gives none. What goes wrong is a warning, and an Error for main()'s alert.
base::Result<std::vector<int>> fetch_sockets(const std::string& path, Messages& messages);

}  // namespace cfgproxy::daemon
