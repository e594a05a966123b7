#include "server/balance_heap.h"

#include <algorithm>

#include "server/server.h"

namespace cfgproxy::server {

void BalanceHeap::place(std::uint32_t index, const Item& item) {
    items_[index] = item;
    item.server->balance.slot = index + 1;
}

void BalanceHeap::sift_up(std::uint32_t index, Item item) {
    while (index > 0) {
        const std::uint32_t parent = (index - 1) / 4;
        if (!(item < items_[parent])) break;
        place(index, items_[parent]);
        index = parent;
    }
    place(index, item);
}

void BalanceHeap::sift_down(std::uint32_t index, Item item) {
    const auto size = static_cast<std::uint32_t>(items_.size());
    for (;;) {
        const std::uint32_t first = index * 4 + 1;
        if (first >= size) break;
        std::uint32_t least = first;
        for (std::uint32_t child = first + 1; child < std::min(first + 4, size); ++child)
            if (items_[child] < items_[least]) least = child;
        if (!(items_[least] < item)) break;
        place(index, items_[least]);
        index = least;
    }
    place(index, item);
}

void BalanceHeap::insert(Server& server, std::uint32_t key) {
    server.balance.key = key;
    server.balance.sequence = ++sequence_;
    items_.push_back({});
    sift_up(static_cast<std::uint32_t>(items_.size()) - 1, {key, sequence_, &server});
}

void BalanceHeap::remove(Server& server) {
    if (server.balance.slot == 0) return;
    const std::uint32_t index = server.balance.slot - 1;
    server.balance.slot = 0;
    Item last = items_.back();
    items_.pop_back();
    if (index == items_.size()) return;
    if (index > 0 && last < items_[(index - 1) / 4])
        sift_up(index, last);
    else
        sift_down(index, last);
}

void BalanceHeap::rekey(Server& server, std::uint32_t key) {
    const std::uint32_t index = server.balance.slot - 1;
    const Item item{key, ++sequence_, &server};
    server.balance.key = key;
    server.balance.sequence = sequence_;
    if (item < items_[index])
        sift_up(index, item);
    else
        sift_down(index, item);
}

void BalanceHeap::clear() {
    for (Item& item : items_) item.server->balance.slot = 0;
    items_.clear();
}

}  // namespace cfgproxy::server
