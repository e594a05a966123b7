#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cfgproxy::base {

/// Bytes on their way: a linear block from the thread's pool.
///
///     block            read_              write_           capacity
///       |  consumed      |  data()          |  room()         |
///
/// Holds no memory while empty (an idle connection owns no block): `reserve()` takes one, `release()` and
/// `consume()` of the last byte give it back. Blocks of the default size are pooled per thread. Thread-owned.
class Buffer {
  public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { release(); }

    /// Default block size: `tune.bufsize`. Set once, before threads start.
    static void set_default_capacity(std::size_t bytes);
    static std::size_t default_capacity();

    bool empty() const { return read_ == write_; }
    std::size_t size() const { return write_ - read_; }
    std::size_t capacity() const { return capacity_; }
    char* data() { return block_ + read_; }
    const char* data() const { return block_ + read_; }
    std::string_view view() const { return {block_ + read_, size()}; }

    /// Makes sure that a block is there: of the default capacity, or of `capacity` if larger.
    void reserve(std::size_t capacity = 0);
    /// Where the next bytes may be written, `room()` of them; null without a block.
    char* tail() { return block_ + write_; }
    std::size_t room() const { return capacity_ - write_; }
    /// `count` bytes were written at tail().
    void commit(std::size_t count) { write_ += static_cast<std::uint32_t>(count); }
    /// Moves the data to the front of the block: views into it are invalid afterwards.
    void compact() {
        if (read_ == 0) return;
        std::memmove(block_, block_ + read_, size());
        write_ -= read_;
        read_ = 0;
    }
    /// The first `count` bytes are done with. The block is kept until release() or until it is found empty there.
    void consume(std::size_t count) {
        read_ += static_cast<std::uint32_t>(count);
        if (read_ == write_) read_ = write_ = 0;
    }
    /// Takes `count` bytes out of the data, `offset` from its front.
    void erase(std::size_t offset, std::size_t count) {
        if (count == 0) return;
        std::memmove(data() + offset, data() + offset + count, size() - offset - count);
        write_ -= static_cast<std::uint32_t>(count);
        if (read_ == write_) read_ = write_ = 0;
    }
    /// Copies `text` to the end, growing the block if it must.
    void append(std::string_view text);
    void clear() { read_ = write_ = 0; }
    /// Gives the block back (and the data with it).
    void release();
    void release_if_empty() {
        if (empty()) release();
    }

  private:
    char* block_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t read_ = 0;
    std::uint32_t write_ = 0;
};

}  // namespace cfgproxy::base
