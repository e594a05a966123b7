#pragma once
#include <cstddef>

#include "base/thread_end.h"

namespace cfgproxy::base {

/// Pieces of memory of one size that a thread keeps to hand out again, `keep` at the most, linked through their first
/// bytes. `free` gives one back to where it came from. For a `constinit thread_local`: that is reached without the call
/// that one with a destructor costs each time, so the thread's end is waited for when the first piece is kept. What
/// comes after it is not kept.
template <auto free, std::size_t keep>
class FreePieces {
  public:
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
        if (count_ >= room_ && !open()) return free(piece);
        *static_cast<void**>(piece) = first_;
        first_ = piece;
        ++count_;
    }

  private:
    /// False: it is full, or its thread ends.
    bool open() {
        if (room_ > 0 || ended_) return false;
        ended_ = !at_thread_end([](void* self) { static_cast<FreePieces*>(self)->end(); }, this);
        room_ = ended_ ? 0 : keep;
        return !ended_;
    }
    void end() {
        ended_ = true;
        room_ = 0;
        while (void* piece = take()) free(piece);
    }

    void* first_ = nullptr;
    std::size_t count_ = 0, room_ = 0;
    bool ended_ = false;
};

}  // namespace cfgproxy::base
