#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/list.h"

struct event_base;
struct event;

namespace cfgproxy::net {

class Loop;

/// A deadline of something that belongs to one loop. Moving it later costs nothing: the loop looks again when the
/// earlier time comes. Thread-owned; cancelled by its destructor. Derive and implement on_timer().
class Timer {
  public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual ~Timer() { cancel(); }

    static constexpr std::uint64_t kNever = ~0ull;
    /// on_timer() will be called once `loop.now_ms() >= deadline_ms`; kNever switches off. Replaces what was set
    /// before.
    void set(Loop& loop, std::uint64_t deadline_ms);
    void cancel();
    std::uint64_t deadline() const { return wanted_; }

  protected:
    virtual void on_timer() = 0;

  private:
    friend class Loop;
    Loop* loop_ = nullptr;
    std::uint64_t wanted_ = kNever;  ///< what the owner asked for
    std::uint32_t slot_ = 0;         ///< place in the loop's heap, from 1; 0: not in it
};

/// The deadline of what may take `timeout_ms` from `since_us` on, by the loop's clock; Timer::kNever for a timeout that
/// is negative (not set). Rounded up, so that nothing ends a fraction of a millisecond early: a log that says
/// "199 ms" of a timeout of 200 would send its reader looking for another cause.
constexpr std::uint64_t deadline_after(std::uint64_t since_us, std::int64_t timeout_ms) {
    return timeout_ms < 0 ? Timer::kNever : (since_us + 999) / 1000 + static_cast<std::uint64_t>(timeout_ms);
}

/// A Timer that calls a function: for what happens seldom (checks, statistics, drains).
class CallbackTimer : public Timer {
  public:
    explicit CallbackTimer(std::function<void()> run) : run_(std::move(run)) {}

  private:
    void on_timer() override { run_(); }
    std::function<void()> run_;
};

/// Something that waits to be destroyed at the end of the loop's turn: nobody deletes inside a callback.
class Retired {
  public:
    virtual ~Retired() = default;

  private:
    friend class Loop;
    Retired* next_retired_ = nullptr;
};

/// Something to be done once, at the end of the turn in which it was asked for: what was gathered until then leaves
/// together. Thread-owned; forgotten when destroyed.
class TurnEnd {
  public:
    virtual void on_turn_end() = 0;

  protected:
    ~TurnEnd() = default;

  private:
    friend class Loop;
    base::Link turn_link_;
};

/// Called by the loop when a descriptor is ready. `what` is a set of Ready bits.
enum Ready : std::uint8_t { kReadable = 1, kWritable = 2, kPeerClosed = 4 };
class Watcher {
  public:
    virtual void on_ready(std::uint8_t what) = 0;

  protected:
    ~Watcher() = default;
};

/// One descriptor's registration. Thread-owned.
class Watch {
  public:
    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { stop(); }
    /// Edge-triggered, both directions and the peer's close at once: registered once for the descriptor's life.
    void start_edge(Loop& loop, int fd, Watcher& watcher);
    /// Level-triggered, for reading only: listeners, datagrams, control sockets.
    void start_level(Loop& loop, int fd, Watcher& watcher);
    void stop();
    bool active() const { return event_ != nullptr; }

  private:
    static void dispatch(int fd, short what, void* watcher);
    event* event_ = nullptr;
    Loop* loop_ = nullptr;
    friend class Loop;
};

/// One thread's event loop over libevent (raw events, epoll, no locks). All that is not marked "any thread" belongs to
/// the thread that calls run(). The clock is read once a turn.
class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Turns until stop(). A turn: wait, call ready watchers and due timers, run turn-end hooks, destroy the retired.
    void run();
    /// One turn, waiting at most `max_wait_ms`; for tests.
    void turn(std::uint64_t max_wait_ms);
    void stop() { stopping_ = true; }
    /// Any thread: `task` will run on this loop's thread, in the order of posting.
    void post(std::function<void()> task);

    std::uint64_t now_ms() {  ///< monotonic
        if (stale_) refresh();
        return now_ms_;
    }
    std::uint64_t now_us() {  ///< monotonic
        if (stale_) refresh();
        return now_us_;
    }
    /// What may take `timeout_ms` from now on: see deadline_after().
    std::uint64_t deadline_in(std::int64_t timeout_ms) { return deadline_after(now_us(), timeout_ms); }
    std::uint64_t wall_us() {  ///< since 1970
        if (stale_) refresh();
        return wall_us_;
    }
    void refresh();

    void retire(Retired& object) {
        object.next_retired_ = retired_;
        retired_ = &object;
    }
    /// `task` runs once when this turn ends.
    void at_this_turns_end(TurnEnd& task) {
        if (!task.turn_link_.linked()) turn_ends_.push_back(task);
    }
    /// Runs at the end of each turn, as long as the loop lives.
    void at_turn_end(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }
    /// The thread's number from 0, for per-thread counters.
    std::uint32_t thread = 0;
    /// Turns made and time spent working, for `show info` (Idle_pct).
    std::uint64_t turns() const { return turns_; }
    std::uint64_t busy_us() const { return busy_us_; }
    /// Any thread: how much of the last quarter of a second, or of the last turn if that took longer, went into work.
    std::uint32_t busy_percent() const { return busy_percent_.load(std::memory_order_relaxed); }

  private:
    friend class Timer;
    friend class Watch;
    struct Entry {
        std::uint64_t due;
        Timer* timer;
    };
    void place(std::uint32_t slot, Entry entry);
    void sift_up(std::uint32_t slot, Entry entry);
    void sift_down(std::uint32_t slot, Entry entry);
    void remove(Timer& timer);
    void run_timers();
    void arm();
    void run_posted();
    void end_turn();
    void measure(std::uint64_t now_us);

    event_base* base_ = nullptr;
    event* wake_event_ = nullptr;
    event* timer_event_ = nullptr;
    int wake_fd_ = -1;
    std::mutex posted_mutex_;
    std::vector<std::function<void()>> posted_;
    std::vector<Entry> heap_;  ///< 4-ary, from index 0
    std::uint64_t armed_ms_ = Timer::kNever;
    Retired* retired_ = nullptr;
    std::vector<std::function<void()>> hooks_;
    base::List<TurnEnd, &TurnEnd::turn_link_> turn_ends_;
    bool stopping_ = false;
    bool stale_ = true;
    std::uint64_t now_ms_ = 0, now_us_ = 0, wall_us_ = 0;
    std::uint64_t turns_ = 0, busy_us_ = 0, turn_start_us_ = 0;
    std::uint64_t measured_us_ = 0, measured_busy_us_ = 0;  ///< since when busy_percent_ is counted anew
    std::atomic<std::uint32_t> busy_percent_{0};
};

}  // namespace cfgproxy::net
