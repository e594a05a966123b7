#pragma once
#include <string>
#include <string_view>

#include "peers/peer.h"

namespace cfgproxy::peers {

/// What a session needs of its section. Thread 0.
class SessionHost {
  public:
    virtual Time now() = 0;
    virtual const std::string& local_name() const = 0;
    virtual std::uint32_t pid() const = 0;
    virtual std::uint32_t shards() const = 0;
    /// How many messages may be read, and how many updates written, before others have their turn.
    virtual std::uint32_t max_updates() const = 0;
    /// Null: no peer is called so.
    virtual Peer* find(std::string_view name) = 0;
    /// `session`, which called, says that it is `peer`, to which another session exists: that one is to end.
    virtual void replace(Peer& peer, Session& session) = 0;
    /// The handshake of the peer's session has succeeded.
    virtual void on_started(Peer& peer) = 0;
    /// A call was refused, or a lesson has ended: look again what is to be done.
    virtual void wake() = 0;
    /// All that others knew has been learned, or nobody can teach it.
    virtual bool is_up_to_date() const = 0;
    virtual bool is_stopping() const = 0;

  protected:
    ~SessionHost() = default;
};

/// The protocol over one connection, without the connection: bytes come and go as texts. Thread 0.
class Session {
  public:
    /// Where it stands; the numbers are those of `show peers`.
    enum class State : std::uint8_t {
        get_version = 1,
        get_host,
        get_peer,
        send_success,
        connect,
        get_status,
        wait_message,
        exit,
        protocol_error,
        size_error,
        end,
    };
    /// One that was called by somebody.
    explicit Session(SessionHost& host) : host_(host), state_(State::get_version) {}
    /// One that calls `peer`.
    Session(SessionHost& host, Peer& peer) : host_(host), peer_(&peer), state_(State::connect), calls_(true) {}
    ~Session() { forget_peer(); }
    Session(const Session&) = delete;

    enum class Outcome : std::uint8_t {
        waits,  ///< for input, or for something to say
        more,   ///< there is more to say, or to read: go on when the output has left
        ended,  ///< the connection is to be closed behind the output
    };
    /// Takes what it understands off the front of `input`, and appends what it has to say to `output`.
    Outcome work(std::string& input, std::string& output);
    /// The connection is to end without a word.
    void end() { state_ = State::end; }
    /// The connection has ended.
    void forget_peer();

    Peer* peer() const { return peer_; }
    State state() const { return state_; }
    std::uint32_t status() const { return status_; }
    bool calls() const { return calls_; }
    /// A handshake has begun, and it is known with whom.
    bool is_identified() const { return state_ >= State::send_success; }
    bool is_connected() const { return state_ == State::wait_message; }
    std::uint64_t turns = 0;  ///< how often work() was called

  private:
    enum class Line : std::uint8_t { whole, none, broken };
    Line take_line(std::string& input, std::string& line);
    void read_version(const std::string& line);
    void read_host(const std::string& line);
    void read_peer(const std::string& line);
    void read_status(const std::string& line);
    void start();
    void refuse(Status status);
    /// Handshakes; false: nothing more can be done now.
    bool shake_hands(std::string& input, std::string& output);
    bool take_messages(std::string& input, bool& more);
    void take(const Frame& frame);
    void take_control(std::uint8_t type);
    bool take_about_table(const Frame& frame);
    bool take_definition(std::string_view content);
    bool take_ack(std::string_view content);
    bool say(std::string& output);
    bool say_updates(SharedTable& shared, std::string& output, std::uint32_t& budget);
    void say_update(SharedTable& shared, const server::StickTable::Update& update, bool with_number, bool timed,
                    std::string& output);
    bool has_to_say(const SharedTable& shared) const;

    SessionHost& host_;
    Peer* peer_ = nullptr;
    State state_;
    std::uint32_t status_ = 0;  ///< of a handshake that was refused
    std::uint32_t minor_version_ = 1;
    bool calls_ = false;
};

}  // namespace cfgproxy::peers
