#pragma once
#include <cstddef>
#include <new>

#include "base/free_pieces.h"

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
        if (size == sizeof(T))
            if (void* piece = free_.take()) return piece;
#endif
        return ::operator new(size);
    }
    static void operator delete(void* piece, [[maybe_unused]] std::size_t size) {
#ifndef __SANITIZE_ADDRESS__
        if (size == sizeof(T)) return free_.give(piece);
#endif
        free(piece);
    }

  private:
    // clang++ has no sized one unless asked for.
    static void free(void* piece) { ::operator delete(piece); }
    static inline constinit thread_local FreePieces<free, keep> free_;
};

}  // namespace cfgproxy::base
