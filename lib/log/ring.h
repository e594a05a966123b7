#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/log_ring.h"

namespace cfgproxy::log {

/// Lines kept in memory, the oldest ones overwritten (manual section 12.5, `ring`): read by the command line, and by
/// forwarders that bring them to TCP servers. Found by name, lives on through reloads. Shared: any thread; never blocks
/// but for the copy of a line.
class Ring {
  public:
    Ring(std::string name, std::string description, std::size_t size);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    const std::string& name() const { return name_; }
    std::string description() const;
    /// A reload may change what the section says; a smaller size drops the oldest lines.
    void configure(const model::LogRing& section);
    /// Puts the lines into a file too, so that they survive the process; the file of before is kept as FILE.bak.
    /// False, errno set: it cannot be written.
    bool back_with(const std::string& path);

    /// `line` without newline. One that is larger than the ring is dropped and counted.
    void append(std::string_view line);

    /// Lines from number `from` on, each ended by `end`, until `to` has grown by about `limit` bytes. Gives the number
    /// to go on with; lines that were overwritten meanwhile are skipped and counted as dropped.
    std::uint64_t read(std::uint64_t from, std::size_t limit, char end, std::string& to);
    std::uint64_t first() const;  ///< number of the oldest line that is kept
    std::uint64_t next() const;   ///< number that the next line will get
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

    /// `tell` is called, by any thread, when a line is appended, once until rearm(); null: nobody wants to know.
    void set_listener(const void* who, std::function<void()> tell);
    void rearm(const void* who);

    // What is asked of the process's rings.
    /// The ring of that name; made if `size` is not 0.
    static std::shared_ptr<Ring> find(std::string_view name, std::size_t size = 0, std::string_view description = {});
    static std::vector<std::shared_ptr<Ring>> all();
    /// Lines that rings and their forwarders have lost, altogether.
    static std::uint64_t all_dropped();

  private:
    struct Listener {
        const void* who;
        std::function<void()> tell;
        bool armed = true;
    };
    void make_room(std::size_t bytes);
    void write_through(std::string_view line);

    const std::string name_;
    mutable std::mutex mutex_;
    std::string description_;
    std::size_t size_;
    std::size_t used_ = 0;
    std::deque<std::string> lines_;
    std::uint64_t first_ = 0;
    std::vector<Listener> listeners_;
    std::atomic<std::uint64_t> dropped_{0};
    char* area_ = nullptr;  ///< the backing file, mapped
    std::size_t area_size_ = 0, area_at_ = 0;
};

}  // namespace cfgproxy::log
