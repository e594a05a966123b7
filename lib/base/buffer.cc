#include "base/buffer.h"

#include <algorithm>
#include <cstdlib>

#include "base/free_pieces.h"

namespace cfgproxy::base {
namespace {

std::size_t default_capacity_bytes = 16384;
// Per thread. Streams of HTTP/2 come in bursts; each that finds no block here costs two walks through the heap.
constexpr std::size_t kPooledBlocks = 256;

constinit thread_local FreePieces<std::free, kPooledBlocks> free_blocks;

char* take(std::size_t capacity) {
    void* block = capacity == default_capacity_bytes ? free_blocks.take() : nullptr;
    if (!block) block = std::malloc(capacity);
    if (!block) std::abort();
    return static_cast<char*>(block);
}

void give(char* block, std::size_t capacity) {
    if (capacity == default_capacity_bytes)
        free_blocks.give(block);
    else
        std::free(block);
}

}  // namespace

void Buffer::set_default_capacity(std::size_t bytes) { default_capacity_bytes = bytes; }
std::size_t Buffer::default_capacity() { return default_capacity_bytes; }

void Buffer::reserve(std::size_t capacity) {
    capacity = std::max(capacity, default_capacity_bytes);
    if (block_ && capacity_ >= capacity) return;
    char* block = take(capacity);
    if (block_) {
        std::memcpy(block, data(), size());
        give(block_, capacity_);
        write_ -= read_;
        read_ = 0;
    }
    block_ = block;
    capacity_ = static_cast<std::uint32_t>(capacity);
}

void Buffer::append(std::string_view text) {
    if (text.empty()) return;
    if (!block_) reserve();
    if (room() < text.size()) {
        compact();
        if (room() < text.size()) reserve(std::max<std::size_t>(size() + text.size(), 2 * capacity_));
    }
    std::memcpy(tail(), text.data(), text.size());
    commit(text.size());
}

void Buffer::release() {
    if (!block_) return;
    give(block_, capacity_);
    block_ = nullptr;
    capacity_ = read_ = write_ = 0;
}

}  // namespace cfgproxy::base
