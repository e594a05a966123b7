#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "messages.h"
#include "model/config.h"

namespace cfgproxy::daemon {

/// Standard input, output and error become /dev/null. `null` is that file, opened before chroot, and is closed; -1: it
/// is opened here.
base::Result<void> silence_stdio(int null = -1);

/// Makes the pid file anew (0644), holding `pid`. It is never removed, as init scripts do that.
base::Result<void> write_pidfile(const std::string& path, pid_t pid);
/// Whether write_pidfile() can succeed; changes nothing but that the file exists.
base::Result<void> probe_pidfile(const std::string& path);

/// `chroot`: the process's root becomes that folder, and its current folder too. Empty path: nothing happens.
base::Result<void> enter_chroot(const std::string& path);

/// `user`, `group`, `uid`, `gid`: first the supplementary groups go, then the group, then the user. 0 or nothing in
/// the file: stays as it is. Looks names up, so it must be made before chroot.
class Identity {
  public:
    static base::Result<Identity> of(const model::Global& global);
    /// A warning goes to `messages` where HAProxy warns.
    base::Result<void> assume(Messages& messages) const;
    bool changes_user() const { return uid_ != 0; }

  private:
    uid_t uid_ = 0;
    gid_t gid_ = 0;
    std::uint64_t capabilities_ = 0;  ///< setcap
};

/// Two processes during `-D`: the parent, which has the terminal and full privileges, and the child that will serve.
/// They agree in two steps: the child says that it is ready (or ends), the parent then does what only it can do after
/// that (pid file, farewell to old processes) and says that the child may start. So the parent's exit status tells
/// what became of the child, and nothing is taken from the old process unless the new one works.
class Detachment {
  public:
    enum class Role { parent, child };
    /// Forks. Without error it returns in both processes.
    base::Result<Role> fork();

    /// Parent: waits. True when the child is ready; false when it has ended, `status()` tells how.
    bool wait_until_ready();
    int status() const { return status_; }
    pid_t child() const { return child_; }
    void let_start();  ///< parent: the child may serve; without it the child ends

    /// In a process that is neither of the two, but has inherited the channel.
    void forget();

    /// Child: says that it is ready and waits for the parent's word. False: the parent cannot go on, leave.
    bool report_ready();

  private:
    int channel_ = -1;
    pid_t child_ = 0;
    int status_ = 1;
};

/// Tells systemd (Type=notify) that the service is ready. Opened before chroot and used after it; without NOTIFY_SOCKET
/// in the environment nothing happens.
class ServiceManager {
  public:
    void open();
    void notify_ready();
    /// Any state ("RELOADING=1\n"); may be repeated, unlike notify_ready().
    void notify(std::string_view state) const;

  private:
    int socket_ = -1;
};

}  // namespace cfgproxy::daemon
