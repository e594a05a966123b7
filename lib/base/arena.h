#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cfgproxy::base {

/// Bump allocator for everything that lives as long as one stream (or one configuration): variables, rewritten
/// headers, captures. Nothing is freed singly; `reset()` gives all back at once. Blocks come from a pool of the
/// calling thread, so a warm arena allocates nothing. Thread-owned. Objects made in it must be trivially
/// destructible. Under ASan each piece is a malloc of its own, so that overruns are seen.
class Arena {
  public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() { reset(); }

    /// `size` bytes, aligned; never null (the process ends if memory is exhausted).
    void* allocate(std::size_t size, std::size_t align = alignof(std::max_align_t)) {
        std::uintptr_t start = (next_ + align - 1) & ~(align - 1);
        if (start + size > end_ || next_ == 0) return allocate_slow(size, align);
        next_ = start + size;
        return reinterpret_cast<void*>(start);
    }

    template <class T, class... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
    }

    template <class T>
    T* make_array(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T) * count, alignof(T))) T[count]();
    }

    char* bytes(std::size_t size) { return static_cast<char*>(allocate(size, 1)); }

    /// A copy of `text` that lives as long as the arena.
    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* to = bytes(text.size());
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// The pieces one after the other.
    template <class... Pieces>
    std::string_view concat(Pieces... pieces) {
        std::string_view all[] = {std::string_view(pieces)...};
        std::size_t size = 0;
        for (auto p : all) size += p.size();
        char* to = bytes(size);
        char* at = to;
        for (auto p : all)
            if (!p.empty()) at = static_cast<char*>(std::memcpy(at, p.data(), p.size())) + p.size();
        return {to, size};
    }

    void reset();
    bool empty() const { return first_ == nullptr; }

  private:
    struct Block {
        Block* next;
        std::size_t size;  ///< of the whole block, this header included
    };
    void* allocate_slow(std::size_t size, std::size_t align);

    std::uintptr_t next_ = 0;
    std::uintptr_t end_ = 0;
    Block* first_ = nullptr;
};

}  // namespace cfgproxy::base
