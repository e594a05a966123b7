#pragma once
#include <cstddef>

namespace cfgproxy::base {

/// Pieces of memory of one size that a thread keeps to hand out again, `keep` at the most, linked through their first
/// bytes. `free` gives one back to where it came from. A thread_local; what comes after the thread's end is not kept.
template <auto free, std::size_t keep>
class FreePieces {
  public:
    ~FreePieces() {
        while (void* piece = take()) free(piece);
        count_ = keep;
    }
    /// Null: there is none.
    void* take() {
        void* piece = first_;
        if (piece) {
            first_ = *static_cast<void**>(piece);
            --count_;
        }
        return piece;
    }
    void give(void* piece) {
        if (count_ >= keep) return free(piece);
        *static_cast<void**>(piece) = first_;
        first_ = piece;
        ++count_;
    }

  private:
    void* first_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace cfgproxy::base
