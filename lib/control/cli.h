#pragma once
#include <memory>
#include <string>

#include "base/list.h"
#include "control/cli_command.h"
#include "net/connection.h"

namespace cfgproxy::control {

class CliService;

/// One connection to the runtime command line (management.txt 9.3): reads commands, answers one after the other, never
/// holds more than a piece of an answer. Owns itself: ends by close(). Thread 0.
class CliSession final : public net::Retired, private net::ConnectionOwner, private net::Timer {
  public:
    CliSession(CliService& service, stream::Env& env, int fd, const model::Bind& bind, std::uint32_t socket_number);
    ~CliSession() override;
    void start() { work(); }
    void close();

    base::Link link;
    // for `show sess`
    const net::Connection& connection() const { return connection_; }
    std::uint32_t socket_number() const { return socket_number_; }
    std::uint64_t accept_us() const { return accept_us_; }
    std::uint64_t deadline_ms() const { return deadline(); }
    std::uint64_t id() const { return id_; }
    std::uint32_t commands() const { return commands_; }
    const std::string& proto() const { return proto_; }
    const net::Address& peer() const { return peer_; }

  private:
    class Ticket;
    void on_io(net::Connection& connection) override;
    void on_timer() override;
    bool wait_for_output();
    void work();
    bool flush();
    bool receive();
    bool take_command();
    void take_line(std::string_view line);
    void run(std::string_view line, std::string_view payload);
    void end_answer();
    void yield();

    CliService& service_;
    stream::Env& env_;
    net::Connection connection_;
    CliSettings settings_;
    std::string in_, out_;
    std::size_t sent_ = 0;
    std::string command_;  ///< the line that asked for the payload being gathered
    std::string payload_;
    bool in_payload_ = false, busy_ = false, peer_done_ = false, closed_ = false, waiting_ = false;
    std::unique_ptr<Output> output_;
    std::shared_ptr<Ticket> ticket_;
    std::uint32_t socket_number_ = 1, commands_ = 0;
    std::uint64_t accept_us_ = 0, id_ = 0;
    std::string proto_;
    net::Address peer_;
};

/// All connections to the command line. Thread 0.
class CliService {
  public:
    ~CliService();
    void open(engine::Engine& engine, stream::Env& env, int fd, const model::Bind& bind);
    engine::Engine* engine = nullptr;
    base::List<CliSession, &CliSession::link> sessions;
};
/// The one of this process; null before install().
CliService* cli_service();

/// Wires the statistics page and the command line into the engine. Before Engine::run().
void install(engine::Engine& engine);

}  // namespace cfgproxy::control
