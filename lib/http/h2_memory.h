#pragma once
#include <nghttp2/nghttp2.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

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
    struct Piece {
        Piece* next;
    };
    struct Lists {  // zeroed, as all of a thread's memory
        Piece* first[kClasses];
        std::size_t count[kClasses];
        ~Lists() {
            for (std::size_t i = 0; i < kClasses; ++i) {
                count[i] = kKeep;  // what is given back after the thread's end goes to the heap
                while (Piece* piece = first[i]) {
                    first[i] = piece->next;
                    std::free(piece);
                }
            }
        }
    };
    static inline thread_local Lists lists_;

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
        Piece* piece = nullptr;
        if (units < kClasses && lists_.first[units]) {
            piece = lists_.first[units];
            lists_.first[units] = piece->next;
            --lists_.count[units];
        } else {
            piece = static_cast<Piece*>(take(units));
            if (!piece) return nullptr;
        }
        std::memcpy(piece, &units, sizeof units);
        return reinterpret_cast<char*>(piece) + kHead;
    }
    static std::size_t units_of(void* memory) {
        std::size_t units;
        std::memcpy(&units, static_cast<char*>(memory) - kHead, sizeof units);
        return units;
    }
    static void release(void* memory, void*) {
        if (!memory) return;
        const std::size_t units = units_of(memory);
        auto* piece = reinterpret_cast<Piece*>(static_cast<char*>(memory) - kHead);
        if (units >= kClasses || lists_.count[units] >= kKeep) return give(piece, units);
        piece->next = lists_.first[units];
        lists_.first[units] = piece;
        ++lists_.count[units];
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
