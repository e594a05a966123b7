#include "net/loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

#include "net/turn_clock.h"

namespace cfgproxy::net {
namespace {

std::uint64_t read_clock_us(clockid_t id) {
    timespec t;
    clock_gettime(id, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1000000 + static_cast<std::uint64_t>(t.tv_nsec) / 1000;
}

constexpr std::uint32_t kArity = 4;

/// The loop that the thread is in a turn of.
constinit thread_local const Loop* turning = nullptr;

event_base* make_base() {
    event_config* config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
    event_base* base = event_base_new_with_config(config);
    event_config_free(config);
    if (!base) std::abort();
    return base;
}

}  // namespace

// --- Timer ---------------------------------------------------------------------------------------------------

void Timer::set(Loop& loop, std::uint64_t deadline_ms) {
    wanted_ = deadline_ms;
    if (deadline_ms == kNever) return;  // an entry in the heap finds that out when its time comes
    loop_ = &loop;
    if (slot_ == 0) {
        loop.heap_.emplace_back();
        loop.sift_up(static_cast<std::uint32_t>(loop.heap_.size()), {deadline_ms, this});
    } else if (loop.heap_[slot_ - 1].due > deadline_ms) {
        loop.sift_up(slot_, {deadline_ms, this});
    }
}

void Timer::cancel() {
    wanted_ = kNever;
    if (slot_ != 0) loop_->remove(*this);
}

// Slots count from 1; children of slot s are 4(s-1)+2 ... 4(s-1)+5.
void Loop::place(std::uint32_t slot, Entry entry) {
    heap_[slot - 1] = entry;
    entry.timer->slot_ = slot;
}

void Loop::sift_up(std::uint32_t slot, Entry entry) {
    while (slot > 1) {
        std::uint32_t parent = (slot - 2) / kArity + 1;
        if (heap_[parent - 1].due <= entry.due) break;
        place(slot, heap_[parent - 1]);
        slot = parent;
    }
    place(slot, entry);
}

void Loop::sift_down(std::uint32_t slot, Entry entry) {
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (;;) {
        std::uint32_t first = kArity * (slot - 1) + 2, best = 0;
        for (std::uint32_t child = first; child < first + kArity && child <= size; ++child)
            if (best == 0 || heap_[child - 1].due < heap_[best - 1].due) best = child;
        if (best == 0 || heap_[best - 1].due >= entry.due) break;
        place(slot, heap_[best - 1]);
        slot = best;
    }
    place(slot, entry);
}

void Loop::remove(Timer& timer) {
    std::uint32_t slot = timer.slot_;
    timer.slot_ = 0;
    Entry last = heap_.back();
    heap_.pop_back();
    if (last.timer == &timer) return;
    if (slot > 1 && heap_[(slot - 2) / kArity].due > last.due)
        sift_up(slot, last);
    else
        sift_down(slot, last);
}

void Loop::run_timers() {
    const std::uint64_t now = now_ms();
    while (!heap_.empty() && heap_.front().due <= now) {
        Timer& timer = *heap_.front().timer;
        if (timer.wanted_ > now && timer.wanted_ != Timer::kNever) {  // its deadline moved meanwhile
            sift_down(1, {timer.wanted_, &timer});
            continue;
        }
        const bool due = timer.wanted_ != Timer::kNever;
        remove(timer);
        timer.wanted_ = Timer::kNever;
        if (due) timer.on_timer();
    }
}

/// Tells libevent about the earliest deadline, if it changed.
void Loop::arm() {
    const std::uint64_t due = heap_.empty() ? Timer::kNever : heap_.front().due;
    if (due == armed_ms_) return;
    armed_ms_ = due;
    if (due == Timer::kNever) {
        event_del(timer_event_);
        return;
    }
    const std::uint64_t now = read_clock_us(CLOCK_MONOTONIC) / 1000;
    const std::uint64_t wait = due > now ? due - now : 0;
    timeval tv{static_cast<time_t>(wait / 1000), static_cast<suseconds_t>(wait % 1000 * 1000)};
    event_add(timer_event_, &tv);
}

// --- Watch ---------------------------------------------------------------------------------------------------

void Watch::dispatch(int, short what, void* watcher) {
    std::uint8_t ready = 0;
    if (what & EV_READ) ready |= kReadable;
    if (what & EV_WRITE) ready |= kWritable;
    if (what & EV_CLOSED) ready |= kPeerClosed | kReadable;
    static_cast<Watcher*>(watcher)->on_ready(ready);
}

void Watch::start_edge(Loop& loop, int fd, Watcher& watcher) {
    stop();
    loop_ = &loop;
    event_ = event_new(loop.base_, fd, EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, dispatch, &watcher);
    event_add(event_, nullptr);
}

void Watch::start_level(Loop& loop, int fd, Watcher& watcher) {
    stop();
    loop_ = &loop;
    event_ = event_new(loop.base_, fd, EV_READ | EV_PERSIST, dispatch, &watcher);
    event_add(event_, nullptr);
}

void Watch::stop() {
    if (!event_) return;
    event_free(event_);
    event_ = nullptr;
}

// --- Loop ----------------------------------------------------------------------------------------------------

Loop::Loop() : base_(make_base()), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    wake_event_ = event_new(
        base_, wake_fd_, EV_READ | EV_PERSIST,
        [](int fd, short, void* loop) {
            std::uint64_t count;
            [[maybe_unused]] auto n = read(fd, &count, sizeof count);
            static_cast<Loop*>(loop)->run_posted();
        },
        this);
    event_add(wake_event_, nullptr);
    timer_event_ = event_new(
        base_, -1, 0,
        [](int, short, void* loop) {
            static_cast<Loop*>(loop)->armed_ms_ = Timer::kNever;  // it has fired: must be added anew
        },
        this);
}

Loop::~Loop() {
    run_posted();
    end_turn();
    event_free(timer_event_);
    event_free(wake_event_);
    ::close(wake_fd_);
    event_base_free(base_);
}

void Loop::refresh() {
    now_us_ = read_clock_us(CLOCK_MONOTONIC);
    now_ms_ = now_us_ / 1000;
    wall_us_ = read_clock_us(CLOCK_REALTIME);
    stale_ = false;
    turn_start_us_ = now_us_;
    if (turning == this) TurnClock::now_ms_ = now_ms_;
}

void Loop::post(std::function<void()> task) {
    {
        std::lock_guard lock(posted_mutex_);
        posted_.push_back(std::move(task));
        if (posted_.size() > 1) return;  // the wake-up for the first one is on its way
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] auto n = write(wake_fd_, &one, sizeof one);
}

void Loop::run_posted() {
    std::vector<std::function<void()>> tasks;
    {
        std::lock_guard lock(posted_mutex_);
        tasks.swap(posted_);
    }
    for (auto& task : tasks) task();
}

void Loop::end_turn() {
    if (!stale_) run_timers();
    while (TurnEnd* task = turn_ends_.pop_front()) task->on_turn_end();
    if (!stale_) {
        for (auto& hook : hooks_) hook();
    }
    while (retired_) {
        Retired* object = retired_;
        retired_ = object->next_retired_;
        delete object;
    }
    ++turns_;
}

void Loop::measure(std::uint64_t now_us) {
    constexpr std::uint64_t kSpanUs = 250000;
    const std::uint64_t span = now_us - measured_us_;
    if (span < kSpanUs) return;
    const std::uint64_t busy = busy_us_ - measured_busy_us_;
    if (measured_us_) busy_percent_.store(static_cast<std::uint32_t>(busy * 100 / span), std::memory_order_relaxed);
    measured_us_ = now_us;
    measured_busy_us_ = busy_us_;
}

void Loop::turn(std::uint64_t max_wait_ms) {
    CallbackTimer limit([] {});
    limit.set(*this, read_clock_us(CLOCK_MONOTONIC) / 1000 + max_wait_ms);
    stale_ = true;
    arm();
    stale_ = true;  // whoever asked for the time before
    turning = this;
    event_base_loop(base_, EVLOOP_ONCE);
    if (stale_) refresh();
    end_turn();
    stale_ = true;
    turning = nullptr;
    TurnClock::now_ms_ = 0;
}

void Loop::run() {
    while (!stopping_) {
        stale_ = true;  // what was read before the first turn, too, is old when that begins
        arm();
        stale_ = true;  // in the first turn: whoever asked for the time while the process started
        turning = this;
        TurnClock::now_ms_ = 0;
        event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
        if (stale_) refresh();
        end_turn();
        const std::uint64_t now = read_clock_us(CLOCK_MONOTONIC);
        busy_us_ += now - turn_start_us_;
        measure(now);
    }
    turning = nullptr;
    TurnClock::now_ms_ = 0;
}

}  // namespace cfgproxy::net
