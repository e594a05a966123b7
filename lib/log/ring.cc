#include "log/ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cfgproxy::log {
namespace {

// What a line costs beside its bytes.
constexpr std::size_t kOverhead = 8;

struct Rings {
    std::mutex mutex;
    std::vector<std::shared_ptr<Ring>> list;
};

Rings& rings() {
    static Rings instance;
    return instance;
}

/// What a process before us wrote, or anything else that is not only room.
bool holds_lines(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char first = 0;
    const bool holds = ::read(fd, &first, 1) == 1 && first != '\0';
    ::close(fd);
    return holds;
}

}  // namespace

Ring::Ring(std::string name, std::string description, std::size_t size)
    : name_(std::move(name)), description_(std::move(description)), size_(size) {}

Ring::~Ring() {
    if (area_) ::munmap(area_, area_size_);
}

std::string Ring::description() const {
    std::lock_guard lock(mutex_);
    return description_;
}

void Ring::configure(const model::LogRing& section) {
    std::lock_guard lock(mutex_);
    description_ = section.description;
    size_ = section.size;
    make_room(0);
}

bool Ring::back_with(const std::string& path) {
    if (holds_lines(path)) {
        const std::string old = path + ".bak";
        ::unlink(old.c_str());
        std::rename(path.c_str(), old.c_str());
    }
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const std::size_t size = (size_ + 4095) & ~std::size_t{4095};
    void* area = MAP_FAILED;
    if (::ftruncate(fd, static_cast<off_t>(size)) == 0)
        area = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int problem = errno;
    ::close(fd);
    errno = problem;
    if (area == MAP_FAILED) return false;
    std::lock_guard lock(mutex_);
    if (area_) ::munmap(area_, area_size_);
    area_ = static_cast<char*>(area);
    area_size_ = size;
    area_at_ = 0;
    return true;
}

/// Lines one after the other, from the start again at the end; a NUL stands behind the newest.
void Ring::write_through(std::string_view line) {
    if (!area_ || line.size() + 2 > area_size_) return;
    if (area_at_ + line.size() + 2 > area_size_) {
        std::memset(area_ + area_at_, 0, area_size_ - area_at_);
        area_at_ = 0;
    }
    std::memcpy(area_ + area_at_, line.data(), line.size());
    area_at_ += line.size();
    area_[area_at_++] = '\n';
    area_[area_at_] = '\0';
}

void Ring::make_room(std::size_t bytes) {
    while (!lines_.empty() && used_ + bytes > size_) {
        used_ -= lines_.front().size() + kOverhead;
        lines_.pop_front();
        ++first_;
    }
}

void Ring::append(std::string_view line) {
    const std::size_t cost = line.size() + kOverhead;
    std::lock_guard lock(mutex_);
    if (cost > size_) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    // A line that falls out is used again for the new one: no allocation once the ring is full.
    std::string reused;
    if (!lines_.empty() && used_ + cost > size_) reused = std::move(lines_.front()), lines_.front().clear();
    if (!reused.empty()) {
        used_ -= reused.size() + kOverhead;
        lines_.pop_front();
        ++first_;
    }
    make_room(cost);
    reused.assign(line);
    lines_.push_back(std::move(reused));
    used_ += cost;
    write_through(line);
    for (Listener& listener : listeners_) {
        if (!listener.armed) continue;
        listener.armed = false;
        listener.tell();
    }
}

std::uint64_t Ring::read(std::uint64_t from, std::size_t limit, char end, std::string& to) {
    std::lock_guard lock(mutex_);
    if (from < first_) {
        dropped_.fetch_add(first_ - from, std::memory_order_relaxed);
        from = first_;
    }
    const std::size_t before = to.size();
    while (from < first_ + lines_.size() && to.size() - before < limit) {
        to += lines_[static_cast<std::size_t>(from - first_)];
        to += end;
        ++from;
    }
    return from;
}

std::uint64_t Ring::first() const {
    std::lock_guard lock(mutex_);
    return first_;
}

std::uint64_t Ring::next() const {
    std::lock_guard lock(mutex_);
    return first_ + lines_.size();
}

void Ring::set_listener(const void* who, std::function<void()> tell) {
    std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [who](const Listener& listener) { return listener.who == who; });
    if (tell) listeners_.push_back({who, std::move(tell), true});
}

void Ring::rearm(const void* who) {
    std::lock_guard lock(mutex_);
    for (Listener& listener : listeners_)
        if (listener.who == who) listener.armed = true;
}

std::shared_ptr<Ring> Ring::find(std::string_view name, std::size_t size, std::string_view description) {
    std::lock_guard lock(rings().mutex);
    for (const auto& ring : rings().list)
        if (ring->name() == name) return ring;
    if (size == 0) return nullptr;
    rings().list.push_back(std::make_shared<Ring>(std::string(name), std::string(description), size));
    return rings().list.back();
}

std::vector<std::shared_ptr<Ring>> Ring::all() {
    std::lock_guard lock(rings().mutex);
    return rings().list;
}

std::uint64_t Ring::all_dropped() {
    std::uint64_t count = 0;
    for (const auto& ring : all()) count += ring->dropped();
    return count;
}

}  // namespace cfgproxy::log
