#pragma once
#include <nghttp2/nghttp2.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/free_pieces.h"

namespace cfgproxy::http {

/// Memory for nghttp2, which allocates a few small pieces per stream: they are kept by the thread, in classes of 32
/// bytes. In front of each piece stands its class. The one large piece of a connection, room for the largest frame, is
/// of pages of its own: nearly all frames are small, so that most of these are never touched and take no memory.
class H2Memory {
  public:
    static nghttp2_mem* get() {
        static nghttp2_mem table{nullptr, allocate, release, allocate_zeroed, resize};
        return &table;
    }

  private:
    static constexpr std::size_t kUnit = 32, kHead = 16, kClasses = 32, kKeep = 512;
    static constexpr std::size_t kPagesFrom = 8192 / kUnit;  ///< units
    static inline constinit thread_local base::FreePieces<std::free, kKeep> free_[kClasses];

    static void* take(std::size_t units) {
        if (units < kPagesFrom) return std::malloc(units * kUnit);
        void* pages = mmap(nullptr, units * kUnit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return pages == MAP_FAILED ? nullptr : pages;
    }
    static void give(void* piece, std::size_t units) {
        if (units < kPagesFrom)
            std::free(piece);
        else
            munmap(piece, units * kUnit);
    }
    static void* allocate(std::size_t size, void*) {
        const std::size_t units = (size + kHead + kUnit - 1) / kUnit;
        void* piece = units < kClasses ? free_[units].take() : nullptr;
        if (!piece) piece = take(units);
        if (!piece) return nullptr;
        std::memcpy(piece, &units, sizeof units);
        return static_cast<char*>(piece) + kHead;
    }
    static std::size_t units_of(void* memory) {
        std::size_t units;
        std::memcpy(&units, static_cast<char*>(memory) - kHead, sizeof units);
        return units;
    }
    static void release(void* memory, void*) {
        if (!memory) return;
        const std::size_t units = units_of(memory);
        void* piece = static_cast<char*>(memory) - kHead;
        if (units < kClasses)
            free_[units].give(piece);
        else
            give(piece, units);
    }
    static void* allocate_zeroed(std::size_t count, std::size_t size, void*) {
        void* memory = allocate(count * size, nullptr);
        if (memory) std::memset(memory, 0, count * size);
        return memory;
    }
    static void* resize(void* memory, std::size_t size, void*) {
        if (!memory) return allocate(size, nullptr);
        const std::size_t room = units_of(memory) * kUnit - kHead;
        if (size <= room) return memory;
        void* larger = allocate(size, nullptr);
        if (!larger) return nullptr;
        std::memcpy(larger, memory, room);
        release(memory, nullptr);
        return larger;
    }
};

}  // namespace cfgproxy::http
