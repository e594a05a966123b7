#pragma once
#include <cstdint>
#include <tuple>
#include <vector>

namespace cfgproxy::server {

class Server;

/// What a balancer remembers about one server; lives in the Server, under the backend's mutex.
struct BalanceNode {
    std::uint32_t weight = 0;  ///< that it counts with now, in 1/16; 0: it is not chosen from
    std::uint32_t slot = 0;    ///< place in its heap, from 1; 0: in none
    std::uint32_t key = 0;
    std::uint64_t sequence = 0;  ///< equal keys: first come, first out
    // roundrobin
    enum class Tree : std::uint8_t { none, start, next, current } tree = Tree::none;
    std::uint32_t position = 0, last_position = 0, remainder = 0;
    std::uint32_t round_weight = 0, step = 0, step_remainder = 0;  ///< that weight of a round divided by its own
    std::uint32_t before = 0;    ///< consistent hashing: the weights of those declared before this one
    std::uint32_t ring_key = 0;  ///< the same: what its places are made from
};

/// Servers sorted by key, those of equal keys in the order of their coming: a 4-ary heap, so that taking the first one
/// and putting it back is a few comparisons on one cache line for a handful of servers, and O(log n) for thousands.
class BalanceHeap {
  public:
    bool empty() const { return items_.empty(); }
    Server* first() const { return items_.empty() ? nullptr : items_[0].server; }
    void insert(Server& server, std::uint32_t key);
    void remove(Server& server);
    /// remove() and insert() in one.
    void rekey(Server& server, std::uint32_t key);
    void clear();

    struct Item {
        std::uint32_t key;
        std::uint64_t sequence;
        Server* server;
        bool operator<(const Item& other) const {
            return std::tie(key, sequence) < std::tie(other.key, other.sequence);
        }
    };
    const std::vector<Item>& items() const { return items_; }

  private:
    void place(std::uint32_t index, const Item& item);
    void sift_up(std::uint32_t index, Item item);
    void sift_down(std::uint32_t index, Item item);
    std::vector<Item> items_;
    std::uint64_t sequence_ = 0;
};

}  // namespace cfgproxy::server
