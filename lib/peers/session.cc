#include "peers/session.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace cfgproxy::peers {
namespace {

constexpr std::string_view kProtocol = "HAProxyS ";
constexpr std::uint64_t kMajorVersion = 2, kMinorVersion = 1, kOldMinorVersion = 0;
// What is written at a time: then others have their turn.
constexpr std::size_t kMaxOutput = 16384;

/// "2.1"; false: no version.
bool read_numbers(std::string_view text, std::uint64_t& major, std::uint64_t& minor) {
    const std::size_t dot = text.find('.');
    if (dot == text.npos) return false;
    const auto first = base::parse_uint(text.substr(0, dot)), second = base::parse_uint(text.substr(dot + 1));
    if (!first || !second) return false;
    major = *first;
    minor = *second;
    return true;
}

}  // namespace

void Session::forget_peer() {
    Peer* peer = std::exchange(peer_, nullptr);
    state_ = State::end;
    if (!peer || peer->session != this) return;
    peer->forget_session();
    peer->flags &= ~Peer::kAlive;
    host_.wake();
}

Session::Outcome Session::work(std::string& input, std::string& output) {
    ++turns;
    // Another session may have become the peer's.
    if (peer_ && peer_->session != this) state_ = State::end;
    while (state_ < State::wait_message)
        if (!shake_hands(input, output)) return Outcome::waits;
    bool more = false;
    if (state_ == State::wait_message && take_messages(input, more)) more = say(output) || more;
    switch (state_) {
        case State::exit:
            output += std::to_string(status_) + "\n";
            break;
        case State::protocol_error:
            if (peer_) ++peer_->protocol_errors;
            append_short_frame(output, kError, kProtocolError);
            break;
        case State::size_error:
            append_short_frame(output, kError, kSizeError);
            break;
        case State::end:
            break;
        default:
            return more ? Outcome::more : Outcome::waits;
    }
    end();
    return Outcome::ended;
}

// --- handshake ---------------------------------------------------------------------------------------------------

Session::Line Session::take_line(std::string& input, std::string& line) {
    const std::size_t end = input.find('\n');
    if (end == input.npos) return input.size() >= kMaxContent ? Line::broken : Line::none;
    line = input.substr(0, end);
    if (line.ends_with('\r')) line.pop_back();
    line.resize(std::min(line.size(), line.find('\0')));
    input.erase(0, end + 1);
    return Line::whole;
}

bool Session::shake_hands(std::string& input, std::string& output) {
    if (state_ == State::send_success) {
        output += std::to_string(kSuccess) + "\n";
        start();
        return true;
    }
    if (state_ == State::connect) {
        output += std::string(kProtocol) + std::to_string(kMajorVersion) + "." +
                  std::to_string(peer_->flags & Peer::kSpeaksOld ? kOldMinorVersion : kMinorVersion) + "\n" +
                  peer_->name + "\n" + host_.local_name() + " " + std::to_string(host_.pid()) + " 1\n";
        state_ = State::get_status;
        return true;
    }
    std::string line;
    switch (take_line(input, line)) {
        case Line::none:
            return false;
        case Line::broken:
            state_ = State::end;
            return true;
        case Line::whole:
            break;
    }
    switch (state_) {
        case State::get_version:
            read_version(line);
            break;
        case State::get_host:
            read_host(line);
            break;
        case State::get_peer:
            read_peer(line);
            break;
        default:
            read_status(line);
    }
    return true;
}

void Session::refuse(Status status) {
    status_ = status;
    state_ = State::exit;
}

void Session::read_version(const std::string& line) {
    if (!line.starts_with(kProtocol)) return refuse(kBadProtocol);
    std::uint64_t major = 0, minor = 0;
    if (!read_numbers(std::string_view(line).substr(kProtocol.size()), major, minor) || major != kMajorVersion ||
        minor > kMinorVersion)
        return refuse(kBadVersion);
    minor_version_ = static_cast<std::uint32_t>(minor);
    state_ = State::get_host;
}

void Session::read_host(const std::string& line) {
    if (line != host_.local_name()) return refuse(kWrongName);
    state_ = State::get_peer;
}

/// "NAME PID NUMBER".
void Session::read_peer(const std::string& line) {
    const std::size_t blank = line.find(' ');
    if (blank == line.npos) return refuse(kBadProtocol);
    Peer* peer = host_.find(std::string_view(line).substr(0, blank));
    if (!peer) return refuse(kUnknownPeer);
    if (peer->session) {
        if (peer->is_local) return refuse(kTryAgain);
        host_.replace(*peer, *this);
    }
    peer_ = peer;
    peer_->session = this;
    if (minor_version_ == kOldMinorVersion)
        peer_->flags |= Peer::kSpeaksOld;
    else
        peer_->flags &= ~Peer::kSpeaksOld;
    peer_->flags |= Peer::kAlive;
    state_ = State::send_success;
}

void Session::read_status(const std::string& line) {
    const std::string digits = line.substr(0, line.find_first_not_of("0123456789"));
    peer_->status = static_cast<std::uint32_t>(std::min<std::uint64_t>(base::parse_uint(digits).value_or(0), 9999));
    peer_->last_handshake = host_.now();
    if (peer_->status == kSuccess) return start();
    if (peer_->status == kBadVersion) peer_->flags |= Peer::kSpeaksOld;
    state_ = State::end;
    host_.wake();
}

void Session::start() {
    state_ = State::wait_message;
    peer_->status = kSuccess;
    peer_->last_handshake = host_.now();
    peer_->heartbeat = host_.now() + kHeartbeatTimeout;
    for (const auto& shared : peer_->tables) shared->restart();
    peer_->confirm = 0;
    peer_->flags &= ~(Peer::kInLesson | Peer::kTaught);
    // The old process calls the new one to teach it.
    if (peer_->is_local && calls_) peer_->flags |= Peer::kInLesson;
    peer_->state = LinkState::starting;
    host_.on_started(*peer_);
}

// --- what is heard -----------------------------------------------------------------------------------------------

/// False: the session ends.
bool Session::take_messages(std::string& input, bool& more) {
    if (peer_->lesson == Lesson::assigned && peer_->is_local) peer_->lesson = Lesson::processing;
    std::size_t taken = 0;
    for (std::uint32_t count = 0; state_ == State::wait_message; ++count) {
        Frame frame;
        const Framing framing = read_frame(std::string_view(input).substr(taken), frame);
        if (framing == Framing::incomplete) break;
        if (count >= host_.max_updates()) {
            more = true;
            break;
        }
        if (framing == Framing::malformed) state_ = State::protocol_error;
        if (framing == Framing::oversized) state_ = State::size_error;
        if (framing == Framing::whole) take(frame);
        taken += frame.size;
    }
    input.erase(0, taken);
    return state_ == State::wait_message;
}

/// Classes and types that are not known are passed over: newer peers may use them.
void Session::take(const Frame& frame) {
    bool good = frame.message_class != kReserved;
    if (frame.message_class == kControl) take_control(frame.type);
    if (frame.message_class == kTable) good = take_about_table(frame);
    if (!good) state_ = State::protocol_error;
    peer_->flags |= Peer::kAlive;
}

void Session::take_control(std::uint8_t type) {
    switch (type) {
        case kResyncRequest:
            for (const auto& shared : peer_->tables) {
                shared->teaching_origin = shared->last_pushed = shared->update;
                shared->flags = 0;
            }
            peer_->flags &= ~Peer::kTaught;
            peer_->flags |= Peer::kInLesson | Peer::kResyncAsked;
            break;
        case kResyncFinished:
        case kResyncPartial:
            if (peer_->lesson == Lesson::processing) {
                peer_->lesson = Lesson::finished;
                if (type == kResyncPartial) peer_->flags |= Peer::kPartial;
                host_.wake();
            }
            ++peer_->confirm;
            break;
        case kResyncConfirm:
            if (host_.is_stopping()) {
                peer_->flags |= Peer::kLocalTaught;
                return end();
            }
            for (const auto& shared : peer_->tables) {
                shared->update = shared->last_pushed = shared->teaching_origin;
                shared->flags = 0;
            }
            peer_->flags &= ~(Peer::kInLesson | Peer::kTaught);
            break;
        case kHeartbeat:
            peer_->reconnect = host_.now() + kReconnectTimeout;
            ++peer_->heartbeats_received;
            break;
        default:
            break;
    }
}

bool Session::take_about_table(const Frame& frame) {
    FieldReader reader(frame.content);
    switch (frame.type) {
        case kDefine:
            return take_definition(frame.content);
        case kSwitch: {
            const auto id = static_cast<std::int32_t>(reader.integer());
            peer_->remote_table = nullptr;
            for (const auto& shared : peer_->tables)
                if (!peer_->remote_table && shared->remote_id == id) peer_->remote_table = shared.get();
            return reader.good();
        }
        case kUpdate:
        case kIncrementalUpdate:
        case kTimedUpdate:
        case kTimedIncrementalUpdate:
            return !peer_->remote_table ||
                   peer_->remote_table->take_update(reader, static_cast<TableType>(frame.type),
                                                    peer_->lesson == Lesson::processing, peer_->received);
        case kAck:
            return take_ack(frame.content);
        default:
            return true;
    }
}

bool Session::take_definition(std::string_view content) {
    FieldReader reader(content);
    const auto id = static_cast<std::int32_t>(reader.integer());
    const std::string_view name = reader.bytes(reader.integer());
    peer_->remote_table = nullptr;
    if (!reader.good() || name.empty() || reader.empty()) return false;
    SharedTable* named = nullptr;
    for (const auto& shared : peer_->tables) {
        if (shared->remote_id == id) shared->remote_id = 0;
        if (!named && shared->shared->wire_name == name) named = shared.get();
    }
    if (!named) return true;
    bool malformed = false;
    if (named->take_definition(reader, id, malformed)) peer_->remote_table = named;
    return !malformed;
}

bool Session::take_ack(std::string_view content) {
    if (peer_->flags & Peer::kInLesson) return true;
    FieldReader reader(content);
    const auto id = static_cast<std::uint32_t>(reader.integer());
    const std::uint32_t number = reader.word();
    if (!reader.good()) return false;
    for (const auto& shared : peer_->tables)
        if (shared->shared->local_id == id) shared->update = number;
    return true;
}

// --- what is said ------------------------------------------------------------------------------------------------

/// What news are to be told. While a lesson is awaited or goes on, what is new waits.
bool Session::has_to_say(const SharedTable& shared) const {
    if (peer_->flags & Peer::kTaught) return false;
    if (peer_->flags & Peer::kInLesson) return !shared.is_taught();
    return peer_->lesson == Lesson::none && shared.last_pushed != shared.table().last_local_update();
}

/// True: there is more to say.
bool Session::say(std::string& output) {
    if (peer_->flags & Peer::kHeartbeatDue) {
        peer_->flags &= ~Peer::kHeartbeatDue;
        append_short_frame(output, kControl, kHeartbeat);
        ++peer_->heartbeats_sent;
    }
    if (peer_->lesson == Lesson::assigned && !peer_->is_local) {
        append_short_frame(output, kControl, kResyncRequest);
        peer_->lesson = Lesson::processing;
    }
    const std::size_t count = peer_->tables.size();
    std::uint32_t budget = host_.max_updates();
    for (std::size_t i = 0; i < count; ++i) {
        SharedTable& shared = *peer_->tables[(peer_->next_table + i) % count];
        if (shared.last_get != shared.last_acked) {
            std::string content;
            append_integer(content, static_cast<std::uint64_t>(std::int64_t{shared.remote_id}));
            append_word(content, shared.last_get);
            append_frame(output, kAck, content);
            shared.last_acked = shared.last_get;
        }
        if (!has_to_say(shared) || say_updates(shared, output, budget)) continue;
        peer_->next_table = (peer_->next_table + i + 1) % count;
        return true;
    }
    if ((peer_->flags & Peer::kInLesson) && !(peer_->flags & Peer::kTaught)) {
        append_short_frame(output, kControl, host_.is_up_to_date() ? kResyncFinished : kResyncPartial);
        peer_->flags |= Peer::kTaught;
    }
    for (; peer_->confirm > 0; --peer_->confirm) append_short_frame(output, kControl, kResyncConfirm);
    return false;
}

/// False: there is more, but others have their turn.
bool Session::say_updates(SharedTable& shared, std::string& output, std::uint32_t& budget) {
    const bool lesson = peer_->flags & Peer::kInLesson;
    if (peer_->local_table != &shared) {
        append_frame(output, kDefine, shared.definition());
        peer_->local_table = &shared;
    }
    bool with_number = true;
    for (;;) {
        if (budget == 0 || output.size() >= kMaxOutput) return false;
        const std::uint32_t stage = shared.flags;
        const auto update = lesson ? shared.next_of_lesson() : shared.next_news();
        if (!update) return true;
        with_number = with_number || stage != shared.flags || update->id - shared.last_pushed != 1;
        --budget;
        const std::size_t before = output.size();
        say_update(shared, *update, with_number, lesson && !(peer_->flags & Peer::kSpeaksOld), output);
        shared.last_pushed = update->id;
        with_number = output.size() == before;  // it was not said: the next one has no number to follow
    }
}

void Session::say_update(SharedTable& shared, const server::StickTable::Update& update, bool with_number, bool timed,
                         std::string& output) {
    if (peer_->shard && shard_of_key(update.key, shared.shared->shard_seed, host_.shards()) != peer_->shard) return;
    server::StickTable& table = shared.table();
    server::StickEntry* entry = table.find(update.key);
    if (!entry) return;
    // First, so that a use from now on is news again.
    table.mark_seen(*entry);
    const std::string content = shared.update_of(*entry, with_number ? &update.id : nullptr, timed, peer_->sent);
    table.release(*entry);
    if (timed)
        append_frame(output, with_number ? kTimedUpdate : kTimedIncrementalUpdate, content);
    else
        append_frame(output, with_number ? kUpdate : kIncrementalUpdate, content);
}

}  // namespace cfgproxy::peers
