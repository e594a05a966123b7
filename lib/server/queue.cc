#include "server/queue.h"

namespace cfgproxy::server {

void WaitQueue::add(ServerUser& user, std::uint64_t now_ms) {
    user.due_ms = static_cast<std::int64_t>(now_ms) + user.priority_offset;
    user.position = served_;
    user.queued = true;
    ++size_;
    Users& users = by_class_[user.priority_class];
    ServerUser* last = users.back();
    if (!last || last->due_ms <= user.due_ms) {
        users.push_back(user);
        return;
    }
    // Somebody with a later due time is there: behind the last one that is not after this one.
    ServerUser* after = users.front();
    while (after && after->due_ms <= user.due_ms) after = users.next(*after);
    base::Link& where = after->queue_link;
    user.queue_link.unlink();
    user.queue_link.prev = where.prev;
    user.queue_link.next = &where;
    where.prev->next = &user.queue_link;
    where.prev = &user.queue_link;
}

ServerUser* WaitQueue::first() {
    if (size_ == 0) return nullptr;
    while (!by_class_.empty()) {
        if (ServerUser* user = by_class_.begin()->second.front()) return user;
        by_class_.erase(by_class_.begin());
    }
    return nullptr;
}

void WaitQueue::remove(ServerUser& user, bool served) {
    user.queue_link.unlink();
    user.queued = false;
    user.position = served_ - user.position + 1;
    (user.waiting_for ? user.server_position : user.backend_position) += user.position;
    --size_;
    if (served) ++served_;
}

}  // namespace cfgproxy::server
