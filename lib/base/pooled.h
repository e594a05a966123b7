#pragma once
#include <cstddef>
#include <new>

namespace cfgproxy::base {

/// Gives T's memory back to a list of the calling thread instead of the heap, `keep` pieces at the most: for objects
/// that come and go with each request, so that they neither cost a trip to the allocator nor tear holes between objects
/// that stay. Derive: `class Stream : base::Pooled<Stream>`. Under a sanitizer that watches addresses the heap is used,
/// so that stale pointers are found.
template <class T, std::size_t keep = 256>
class Pooled {
  public:
    static void* operator new(std::size_t size) {
#ifndef __SANITIZE_ADDRESS__
        if (size == sizeof(T) && free_.first) {
            void* piece = free_.first;
            free_.first = *static_cast<void**>(piece);
            --free_.count;
            return piece;
        }
#endif
        return ::operator new(size);
    }
    static void operator delete(void* piece, [[maybe_unused]] std::size_t size) {
#ifndef __SANITIZE_ADDRESS__
        if (size == sizeof(T) && free_.count < keep) {
            *static_cast<void**>(piece) = free_.first;
            free_.first = piece;
            ++free_.count;
            return;
        }
#endif
        ::operator delete(piece);  // clang++ has no sized one unless asked for
    }

  private:
    struct FreeList {
        void* first = nullptr;
        std::size_t count = 0;
        ~FreeList() {
            while (first) {
                void* next = *static_cast<void**>(first);
                ::operator delete(first);
                first = next;
            }
            count = keep;  // what is given back after the thread's end goes to the heap
        }
    };
    static inline thread_local FreeList free_;
};

}  // namespace cfgproxy::base
