#pragma once
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "messages.h"
#include "options.h"
#include "process.h"

namespace cfgproxy::engine {
class ListenSocket;
}

namespace cfgproxy::daemon {

class MasterCommandLine;

/// What ties a worker to its master: a socket over which the master sends connections to the worker's command line
/// (`sockpair@`), and a pipe on which the worker says what became of it, one letter at a time. A worker knows it from
/// the environment, as it may be the outcome of exec().
class MasterLink {
  public:
    /// Of this process, if it is a worker that was started by exec(); else not linked.
    static MasterLink from_environment();
    /// Master: makes both ends of everything.
    static base::Result<MasterLink> make();

    bool linked() const { return status_ >= 0; }
    int command_line() const { return command_line_; }  ///< the worker's end, a listening `sockpair@`
    /// Worker: what happened.
    enum Word : char {
        ready = 'R',         ///< serves, or has taken over changed files
        refused = 'F',       ///< the files are wrong: nothing has changed
        start_another = 'N'  ///< the files are good, but only a new process can put them into force
    };
    void tell(Word word) const;

    // The master's ends.
    int master_status = -1, master_command_line = -1;
    void close_worker_ends();
    void close_master_ends();
    /// Child of the master, before exec(): lets the worker's ends survive it and names them in the environment.
    void pass_on() const;

  private:
    int status_ = -1, command_line_ = -1;
};

/// The master of `-W` and `-Ws` (management manual, section 4): starts a worker, which does all the work, and looks
/// after it: hands signals on, reloads, leaves when it ends. It never reads traffic and stays what it was: its user,
/// its folder.
///
/// A reload asks the worker first, which takes changed files over without losing anything (DESIGN: generations). What a
/// running process cannot change (threads, user, a port that needs privileges) is put into force by a second worker, a
/// fresh start of the program; the first one then finishes its connections and leaves.
class Master {
  public:
    Master(const Options& options, const std::vector<std::string>& arguments, Messages& messages);
    ~Master();
    Master(const Master&) = delete;
    Master& operator=(const Master&) = delete;

    /// -S: the sockets of the master's command line.
    base::Result<void> listen();
    /// Takes charge of the first worker, which was forked and waits for a word before it serves.
    void adopt(pid_t worker, MasterLink link);
    /// Until all workers have ended: the exit status.
    int run(ServiceManager& manager);
    /// master-worker no-exit-on-failure: that the current worker failed is no reason to end the others.
    void set_exit_on_failure(bool exits) { exits_on_failure_ = exits; }

    /// mworker-max-reloads: a worker of the past that has seen more of them is told to go. -1: no limit.
    void set_max_reloads(std::int32_t most) { max_reloads_ = most; }

    // for the command line
    struct Worker {
        pid_t pid;
        MasterLink link;
        std::uint64_t started_s;
        std::uint32_t reloads_seen = 0;  ///< value of `reloads_` when it started
        bool ready = false;
    };
    const std::vector<Worker>& workers() const { return workers_; }  ///< the current one first
    std::uint32_t reloads() const { return reloads_; }
    std::uint32_t failed_reloads() const { return failed_; }
    std::uint64_t started_s() const { return started_s_; }
    /// Starts a reload; the command line is told when it has ended.
    void reload();

  private:
    void take_signal(int number);
    void broadcast(int number);
    void reap();
    void worker_said(int status);
    void end_reload(bool success);
    void start_another();
    void end_old_workers() const;
    void leave(int number);

    const Options& options_;
    std::vector<std::string> arguments_;
    Messages& messages_;
    std::vector<Worker> workers_;
    std::vector<std::shared_ptr<engine::ListenSocket>> sockets_;
    std::unique_ptr<MasterCommandLine> command_line_;
    ServiceManager* manager_ = nullptr;
    int signals_ = -1;
    int status_ = 0;
    std::uint32_t reloads_ = 0, failed_ = 0;
    std::uint64_t started_s_ = 0;
    std::int32_t max_reloads_ = -1;
    bool exits_on_failure_ = true;
    bool leaving_ = false, reloading_ = false, wanted_again_ = false;
};

/// The words of the command line for a later worker: without those that are the master's (-W, -Ws, -S, -D, -p, -C, -x,
/// -sf, -st), with -sf OLD in front. `words` has the program's name first.
std::vector<std::string> arguments_for_worker(const std::vector<std::string>& words, pid_t old);

}  // namespace cfgproxy::daemon
