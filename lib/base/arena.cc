#include "base/arena.h"

#include <cstdlib>

#include "base/free_pieces.h"

#if defined(__SANITIZE_ADDRESS__)
#define CFGPROXY_ASAN_TWIN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CFGPROXY_ASAN_TWIN 1
#endif
#endif

namespace cfgproxy::base {
namespace {

void* checked_malloc(std::size_t size) {
    void* p = std::malloc(size);
    if (!p) std::abort();
    return p;
}

#ifndef CFGPROXY_ASAN_TWIN
constexpr std::size_t kBlockSize = 2048;
constexpr std::size_t kPooledBlocks = 512;  // per thread: 1 MiB at the most stays behind after a burst
constinit thread_local FreePieces<std::free, kPooledBlocks> free_blocks;

void* take_block() {
    void* block = free_blocks.take();
    return block ? block : checked_malloc(kBlockSize);
}
#endif

}  // namespace

#ifdef CFGPROXY_ASAN_TWIN
void* Arena::allocate_slow(std::size_t size, std::size_t align) {
    // next_ and end_ stay 0: every call comes here.
    std::size_t head = (sizeof(Block) + align - 1) & ~(align - 1);
    auto* block = static_cast<Block*>(checked_malloc(head + size));
    block->next = first_;
    block->size = head + size;
    first_ = block;
    return reinterpret_cast<char*>(block) + head;
}
#else
void* Arena::allocate_slow(std::size_t size, std::size_t align) {
    std::size_t need = sizeof(Block) + size + align;
    bool pooled = need <= kBlockSize;
    std::size_t block_size = pooled ? kBlockSize : need;
    auto* block = static_cast<Block*>(pooled ? take_block() : checked_malloc(block_size));
    block->size = block_size;
    auto begin = reinterpret_cast<std::uintptr_t>(block) + sizeof(Block);
    std::uintptr_t start = (begin + align - 1) & ~(align - 1);
    if (!pooled && first_) {  // a big piece stands alone: the block in use keeps its room
        block->next = first_->next;
        first_->next = block;
        return reinterpret_cast<void*>(start);
    }
    block->next = first_;
    first_ = block;
    next_ = start + size;
    end_ = reinterpret_cast<std::uintptr_t>(block) + block_size;
    return reinterpret_cast<void*>(start);
}
#endif

void Arena::reset() {
    while (first_) {
        Block* next = first_->next;
#ifndef CFGPROXY_ASAN_TWIN
        if (first_->size == kBlockSize)
            free_blocks.give(first_);
        else
#endif
            std::free(first_);
        first_ = next;
    }
    next_ = end_ = 0;
}

}  // namespace cfgproxy::base
