#pragma once
#include <cstddef>

namespace cfgproxy::base {

/// The place that an object keeps in an intrusive list. Unlinks itself when destroyed.
struct Link {
    Link* prev = this;
    Link* next = this;

    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { unlink(); }

    bool linked() const { return next != this; }
    void unlink() {
        prev->next = next;
        next->prev = prev;
        prev = next = this;
    }
};

/// Intrusive doubly linked list of objects that it does not own; `member` is the Link inside T.
/// All operations are O(1) but `size()`. Thread-owned.
template <class T, Link T::*member>
class List {
  public:
    bool empty() const { return !head_.linked(); }
    void push_back(T& object) { insert_before(head_, object.*member); }
    void push_front(T& object) { insert_before(*head_.next, object.*member); }
    T* front() { return empty() ? nullptr : owner(head_.next); }
    T* back() { return empty() ? nullptr : owner(head_.prev); }
    T* pop_front() {
        T* object = front();
        if (object) (object->*member).unlink();
        return object;
    }
    /// The element after `object`, null at the end: lets a loop remove what it stands on.
    T* next(T& object) { return (object.*member).next == &head_ ? nullptr : owner((object.*member).next); }
    std::size_t size() const {
        std::size_t n = 0;
        for (const Link* l = head_.next; l != &head_; l = l->next) ++n;
        return n;
    }

  private:
    static void insert_before(Link& where, Link& link) {
        link.unlink();
        link.prev = where.prev;
        link.next = &where;
        where.prev->next = &link;
        where.prev = &link;
    }
    static T* owner(Link* link) {
        const auto offset = reinterpret_cast<std::size_t>(&(reinterpret_cast<T*>(4096)->*member)) - 4096;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(link) - offset);
    }
    Link head_;
};

}  // namespace cfgproxy::base
