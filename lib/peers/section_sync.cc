// What a section does in time: it calls peers, tells them that it is there, finds out that they are not, and learns
// from one of them what it missed. HAProxy's doc/peers-v2.0.txt, III, tells the order.
#include <algorithm>

#include "peers/section.h"

namespace cfgproxy::peers {

void Section::wake() {
    if (closing_) return;
    Timer::set(loop_, now());
}

void Section::on_timer() { run(); }

void Section::look_again_at(Time time) {
    if (time != kNoTime && (look_again_ == kNoTime || time < look_again_)) look_again_ = time;
}

void Section::run() {
    if (is_disabled()) return;
    ++turns_;
    look_again_ = kNoTime;
    if (stopping_) {
        run_stopping();
    } else {
        if (resync_timeout_ == kNoTime) resync_timeout_ = soon(kResyncTimeout);
        if (wants_local() && !(flags_ & kAssigned) && (!process_.has_old_ones || is_past(resync_timeout_))) {
            // No old process teaches us: it is the turn of remote peers.
            flags_ |= kLocalFinished | kLocalTimeout;
            resync_timeout_ = soon(kResyncTimeout);
        }
        for (auto& entry : entries_) {
            settle(entry->peer);
            if (!entry->peer.is_local) tend(*entry);
        }
        const bool is_alone = entries_.size() <= 1;
        if (wants_remote() && !(flags_ & kAssigned) && (is_alone || is_past(resync_timeout_)))
            flags_ |= kRemoteFinished | kRemoteTimeout;  // nobody knows more than we do
        if (!is_up_to_date() && !is_past(resync_timeout_)) look_again_at(resync_timeout_);
    }
    if (process_.tell) process_.tell();
    if (deadline() <= now()) return;  // something has happened meanwhile
    // A time that has passed is not looked at again: what it was for has been done.
    Timer::set(loop_, look_again_ == kNoTime ? kNever : std::max(look_again_, now() + 1));
}

// --- a remote peer -----------------------------------------------------------------------------------------------

bool Section::has_news(const Peer& peer) const {
    return std::any_of(peer.tables.begin(), peer.tables.end(),
                       [](const auto& shared) { return shared->last_pushed != shared->table().last_local_update(); });
}

void Section::tend(Entry& entry) {
    Peer& peer = entry.peer;
    if (peer.session) {
        if (peer.status == kSuccess) tend_connected(peer);
        return;
    }
    // A peer that refused us is not called again, unless it could not be reached or we shall speak otherwise.
    const bool may_call = peer.status == kConnecting || peer.status == kConnected || peer.status == kSuccess;
    if (peer.status == kNone || (may_call && is_past(peer.reconnect))) call(entry);
    if (peer.reconnect > now()) look_again_at(peer.reconnect);
}

void Section::tend_connected(Peer& peer) {
    if (wants_remote() && !(flags_ & kAssigned) && !(peer.flags & Peer::kPartial)) {
        assign(peer);
        say(peer);
    } else if (has_news(peer)) {
        // What is told says that we are there, and as long as it is taken the peer is.
        peer.flags &= ~Peer::kHeartbeatDue;
        peer.heartbeat = soon(kHeartbeatTimeout);
        if (is_past(peer.reconnect)) peer.reconnect = soon(kReconnectTimeout);
        say(peer);
    } else if (is_past(peer.reconnect)) {
        if (peer.flags & Peer::kAlive) {
            peer.flags &= ~Peer::kAlive;
            peer.reconnect = soon(kReconnectTimeout);
        } else {
            peer.reconnect = random_soon();
            peer.heartbeat = kNoTime;
            leave(peer);
            settle(peer);
            ++peer.heartbeats_missed;
        }
    } else if (is_past(peer.heartbeat)) {
        peer.heartbeat = soon(kHeartbeatTimeout);
        peer.flags |= Peer::kHeartbeatDue;
        say(peer);
    }
    look_again_at(peer.reconnect);
    look_again_at(peer.heartbeat);
}

// --- lessons -----------------------------------------------------------------------------------------------------

void Section::assign(Peer& peer) {
    peer.lesson = Lesson::assigned;
    flags_ |= kAssigned | (peer.is_local ? kLocalAssigned : kRemoteAssigned);
}

/// What happened to the peer's connection and to its lesson is taken note of.
void Section::settle(Peer& peer) {
    settle_lesson(peer);
    if (peer.state == LinkState::stopping) {
        forget_lesson(peer);
        peer.state = LinkState::stopped;
    } else if (peer.state == LinkState::starting) {
        forget_lesson(peer);
        const bool may_teach = peer.is_local ? peer.session && !peer.session->calls() && wants_local() : wants_remote();
        if (may_teach && !(flags_ & kAssigned)) assign(peer);
        peer.state = LinkState::running;
        say(peer);
    }
}

/// The connection was lost amid a lesson: somebody else is asked after a while.
void Section::forget_lesson(Peer& peer) {
    if (peer.lesson != Lesson::none) {
        flags_ &= ~kAssigned;
        flags_ |= peer.is_local ? kLocalAbort : kRemoteAbort;
        resync_timeout_ = soon(kResyncTimeout);
        peer.lesson = Lesson::none;
    }
    peer.flags &= ~Peer::kPartial;
}

/// A peer that knows one shard has taught it: others of that shard need not. True: no shard is left.
bool Section::finish_shard(Peer& peer) {
    flags_ |= kRemoteTaughtPart;
    peer.flags |= Peer::kPartial;
    bool all = true;
    for (auto& entry : entries_) {
        Peer& other = entry->peer;
        if (!other.shard || &other == &peer) continue;
        if (other.shard == peer.shard)
            other.flags |= Peer::kPartial;
        else if (!(other.flags & Peer::kPartial))
            all = false;
    }
    return all;
}

void Section::settle_lesson(Peer& peer) {
    if (peer.lesson != Lesson::finished) return;
    if (peer.flags & Peer::kPartial) {
        flags_ |= peer.is_local ? kLocalTaughtPart : kRemoteTaughtPart;
        resync_timeout_ = soon(kResyncTimeout);
    } else if (peer.shard && !finish_shard(peer)) {
        resync_timeout_ = soon(kResyncTimeout);
    } else {
        flags_ |= kFinished | (peer.is_local ? kLocalTaughtAll : kRemoteTaughtAll);
    }
    peer.lesson = Lesson::none;
    flags_ &= ~kAssigned;
    say(peer);
}

// --- the end -----------------------------------------------------------------------------------------------------

void Section::begin_stop() {
    if (stopping_) return;
    stopping_ = holds_process_ = true;
    for (auto& entry : entries_) {
        Peer& peer = entry->peer;
        peer.reconnect = random_soon();
        leave(peer);
        settle(peer);
        if (peer.is_local) peer.reconnect = now();
    }
    resync_timeout_ = soon(kResyncTimeout);
    if (is_disabled() || tables_.empty()) holds_process_ = false;
    run();
}

void Section::run_stopping() {
    for (auto& entry : entries_) settle(entry->peer);
    if (holds_process_) teach_new_process();
}

void Section::teach_new_process() {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [](const auto& entry) { return entry->peer.is_local; });
    if (found == entries_.end() || ((*found)->peer.flags & Peer::kLocalTaught)) {
        holds_process_ = false;
        return;
    }
    Peer& peer = (*found)->peer;
    if (peer.session) {
        if (peer.status != kSuccess) return;
        resync_timeout_ = kNoTime;
        if (has_news(peer)) say(peer);
        return;
    }
    if (resync_timeout_ == kNoTime) resync_timeout_ = soon(kResyncTimeout);
    const bool may_call =
        peer.status == kNone || peer.status == kSuccess || peer.status == kConnected || peer.status == kTryAgain;
    if (!is_up_to_date() || is_past(resync_timeout_) || !may_call)
        holds_process_ = false;
    else if (peer.reconnect > now())
        look_again_at(peer.reconnect);
    else
        call(**found);
}

}  // namespace cfgproxy::peers
