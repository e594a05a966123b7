#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

namespace cfgproxy::server {

/// A number that one thread changes and any may read: no locked instruction on the hot path.
class Counter {
  public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    void clear() { value_.store(0, std::memory_order_relaxed); }
    void raise_to(std::uint64_t n) {
        if (n > get()) value_.store(n, std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// One T per thread; read by walking all of them.
template <class T>
class PerThread {
  public:
    explicit PerThread(std::uint32_t threads) : each_(std::make_unique<Padded[]>(threads)), threads_(threads) {}
    T& of(std::uint32_t thread) { return each_[thread].value; }
    const T& of(std::uint32_t thread) const { return each_[thread].value; }
    template <class Member>
    std::uint64_t sum(Member T::*member) const {
        std::uint64_t total = 0;
        for (std::uint32_t i = 0; i < threads_; ++i) total += (each_[i].value.*member).get();
        return total;
    }
    std::uint32_t threads() const { return threads_; }

  private:
    struct Padded {
        T value;
    };
    std::unique_ptr<Padded[]> each_;
    std::uint32_t threads_;
};

/// Events per second over the last second, by HAProxy's sliding computation: the running second's count plus what is
/// left of the last one's in proportion. Any thread.
class Rate {
  public:
    /// The count of the running second, `n` included: what the `*rate_max` columns keep the maximum of.
    std::uint32_t add(std::uint64_t now_ms, std::uint32_t n = 1);
    std::uint32_t per_second(std::uint64_t now_ms) const;
    /// How many more events fit into `limit` per second now, `pending` ones being known.
    std::uint32_t remaining(std::uint64_t now_ms, std::uint32_t limit, std::uint32_t pending = 0) const;

  private:
    static constexpr std::uint64_t kTurning = 1ull << 63;  ///< in `second_`: a thread is moving to the next second
    std::uint64_t total(std::uint64_t now_ms, std::uint32_t pending, bool steady) const;
    std::uint32_t turn(std::uint64_t now_ms, std::uint64_t began, std::uint32_t n);
    std::atomic<std::uint64_t> second_{0};  ///< when it began, ms
    std::atomic<std::uint32_t> current_{0}, previous_{0};
};

/// Raises `max` to `value`. Any thread.
inline void raise_max(std::atomic<std::uint32_t>& max, std::uint32_t value) {
    std::uint32_t seen = max.load(std::memory_order_relaxed);
    while (value > seen && !max.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

/// A level (connections now open) with its maximum. Any thread. Sequentially consistent (which costs nothing more where
/// it matters): who leaves sees those who queued before, or is seen by them (Backend::leave).
class Gauge {
  public:
    std::uint32_t enter() {  ///< the level after entering
        std::uint32_t now = level_.fetch_add(1) + 1;
        std::uint32_t max = max_.load(std::memory_order_relaxed);
        while (now > max && !max_.compare_exchange_weak(max, now, std::memory_order_relaxed)) {
        }
        return now;
    }
    std::uint32_t leave() { return level_.fetch_sub(1) - 1; }
    std::uint32_t get() const { return level_.load(); }
    std::uint32_t max() const { return max_.load(std::memory_order_relaxed); }
    void clear_max() { max_.store(get(), std::memory_order_relaxed); }

  private:
    std::atomic<std::uint32_t> level_{0}, max_{0};
};

/// Totals since start that `show stat` prints; names as its columns where one corresponds.
struct TrafficCounters {
    Counter sessions;     ///< stot
    Counter connections;  ///< conn_tot (frontends)
    Counter bytes_in, bytes_out;
    Counter denied_requests, denied_responses, denied_connections, denied_sessions;
    Counter request_errors, connection_errors, response_errors;   ///< ereq econ eresp
    Counter retries, redispatches;                                ///< wretr wredis
    Counter client_aborts, server_aborts;                         ///< cli_abrt srv_abrt
    Counter requests;                                             ///< req_tot
    Counter responses[6];                                         ///< hrsp_1xx ... hrsp_5xx, hrsp_other at index 0
    Counter intercepted;                                          ///< answers of the proxy itself (stats, redirects)
    Counter connects, reuses;                                     ///< connect, reuse
    Counter chosen;                                               ///< lbtot
    Counter compressed_in, compressed_out, compression_bypassed;  ///< comp_in comp_out comp_byp; bytes of responses
    Counter compressed_responses;                                 ///< comp_rsp
    Counter rewrite_failures, internal_errors;                    ///< wrew eint
};

/// Mean over about the last 512 samples, ms, as qtime, ctime, rtime and ttime show it: a plain mean up to 512, a
/// fading sum of which each new sample replaces one 512th from then on. Any thread.
class SlidingMean {
  public:
    static constexpr std::uint32_t kWindow = 512;
    void add(std::uint32_t ms);
    std::uint32_t mean() const;
    std::uint32_t max() const { return max_.load(std::memory_order_relaxed); }
    void clear() { sum_.store(0), max_.store(0), count_.store(0); }
    void clear_max() { max_.store(0); }

  private:
    std::atomic<std::uint32_t> sum_{0}, max_{0}, count_{0};
};

struct TimeMeans {
    SlidingMean queue, connect, response, total;
};

}  // namespace cfgproxy::server
