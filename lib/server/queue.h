#pragma once
#include <atomic>
#include <cstdint>
#include <map>

#include "base/list.h"

namespace cfgproxy::server {

class Server;

/// Something that is using a server or waits for it, so that it can be woken or ended: a stream. Belongs to one loop's
/// thread; the two calls come from any thread, with the backend's lock held, and must only post.
class ServerUser {
  public:
    /// A waiting one may go on: `server` has a slot reserved for it (to be given back with Backend::leave()), or is
    /// null: choose again. Called once per time it was queued, unless Backend::cancel() came first.
    virtual void on_slot(Server* server) = 0;
    /// End the session at once (`shutdown sessions server`, on-marked-down): termination state K or D.
    virtual void on_shutdown(char cause) = 0;
    base::Link queue_link;            ///< in a queue, under the backend's mutex
    base::Link user_link;             ///< in Server's list of sessions, under its mutex
    Server* waiting_for = nullptr;    ///< whose queue it is or was in; null: the backend's
    std::atomic<bool> queued{false};  ///< written under the backend's mutex: may be stale for the owner, cancel() knows
    bool forced = false;              ///< force-persist: stays in the queue of a server that goes down
    std::uint32_t position = 0;       ///< once out of the queue: how many left it since, this one included
    std::uint32_t server_position = 0, backend_position = 0;  ///< the same, added up by kind of queue: sq and bq
    std::int32_t priority_class = 0, priority_offset = 0;
    std::int64_t due_ms = 0;  ///< order within the class: when it came, plus its offset

  protected:
    ~ServerUser() = default;
};

/// Those who wait, in the order of their class, then of arrival moved by their offset. Under the backend's mutex.
/// Adding is O(1) for arrivals in order.
class WaitQueue {
  public:
    using Users = base::List<ServerUser, &ServerUser::queue_link>;

    void add(ServerUser& user, std::uint64_t now_ms);
    /// Who is next; null if nobody waits.
    ServerUser* first();
    /// Takes `user` out, however it leaves, and fills in its position. `served`: it was its turn.
    void remove(ServerUser& user, bool served);
    std::uint32_t size() const { return size_; }

  private:
    std::map<std::int32_t, Users> by_class_;
    std::uint32_t size_ = 0;
    std::uint32_t served_ = 0;
};

/// Whether `a` comes before `b`, both waiting in different queues; `a` if they are equal.
inline bool comes_first(const ServerUser& a, const ServerUser& b) {
    if (a.priority_class != b.priority_class) return a.priority_class < b.priority_class;
    return a.due_ms <= b.due_ms;
}

}  // namespace cfgproxy::server
