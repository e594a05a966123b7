#pragma once
#include <array>
#include <atomic>
#include <cstdint>

namespace cfgproxy::net {

/// Events of the last second, as HAProxy counts them: of the second that runs, and of the one before it the part that
/// is still within a second. Any thread.
class TlsRate {
  public:
    void add(std::uint64_t now_ms);
    std::uint32_t per_second(std::uint64_t now_ms) const;
    std::uint32_t greatest() const { return greatest_.load(std::memory_order_relaxed); }

  private:
    struct Slot {
        std::atomic<std::uint64_t> second{0};
        std::atomic<std::uint32_t> count{0};
    };
    std::array<Slot, 2> slots_;
    std::atomic<std::uint32_t> greatest_{0};
};

/// What `show info` tells of TLS. One per process; any thread.
class TlsCounters {
  public:
    static TlsCounters& of_process();
    void open() {
        now.fetch_add(1, std::memory_order_relaxed);
        all.fetch_add(1, std::memory_order_relaxed);
    }
    void close() { now.fetch_sub(1, std::memory_order_relaxed); }
    /// A handshake is complete; a session that was not resumed cost a key.
    void note(bool with_client, bool resumed);
    static std::uint64_t clock_ms();

    std::atomic<std::uint32_t> now{0};
    std::atomic<std::uint64_t> all{0};
    TlsRate sessions;  ///< connections of clients that were accepted
    TlsRate client_keys, server_keys;
};

}  // namespace cfgproxy::net
