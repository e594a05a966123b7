#include "control/cli.h"

#include <sys/socket.h>

#include "base/text.h"
#include "control/cli_help.h"
#include "control/cli_words.h"
#include "control/prometheus.h"
#include "control/stats_page.h"

namespace cfgproxy::control {
namespace {

constexpr std::size_t kMaxCommand = 16384;  ///< HAProxy's bufsize
constexpr int kPiecesPerTurn = 16;          ///< then other work of the thread has its turn
CliService* the_service = nullptr;

net::Address peer_of(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
}

std::string_view level_word(int severity) {
    constexpr std::string_view kWords[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
    return kWords[severity & 7];
}

}  // namespace

/// What a command keeps that answers later: knows whether the session still lives.
class CliSession::Ticket final : public Waiter {
  public:
    explicit Ticket(CliSession& session) : session(&session) {}
    void answer(std::string text) override {
        if (!session) return;
        session->out_ += text;
        session->busy_ = false;
        session->end_answer();
        session->work();
    }
    CliSession* session;
};

void CliCall::message(std::string_view text, int severity) {
    if (settings.severity == Severity::number) answer += "[" + std::to_string(severity) + "]: ";
    if (settings.severity == Severity::string) answer.append("[").append(level_word(severity)).append("]: ");
    answer += text;
}

CliSession::CliSession(CliService& service, stream::Env& env, int fd, const model::Bind& bind,
                       std::uint32_t socket_number)
    : service_(service),
      env_(env),
      connection_(env.loop, fd),
      ticket_(std::make_shared<Ticket>(*this)),
      socket_number_(socket_number),
      accept_us_(env.loop.now_us()),
      peer_(peer_of(fd)) {
    settings_.level = settings_.socket_level = bind.level;
    settings_.exposes_sockets = bind.expose_fd;
    settings_.severity = static_cast<Severity>(bind.severity);
    const auto& global = env.current->generation->config->global;
    settings_.timeout_ms = global.stats_timeout_ms < 0 ? 0 : static_cast<std::uint64_t>(global.stats_timeout_ms);
    proto_ = peer_.family() == AF_INET ? "tcpv4" : peer_.family() == AF_INET6 ? "tcpv6" : "unix_stream";
    id_ = env.process.requests.fetch_add(1, std::memory_order_relaxed);
    env.process.total_connections.fetch_add(1, std::memory_order_relaxed);
    env.process.requests.fetch_add(1, std::memory_order_relaxed);
    connection_.set_owner(this);
    service.sessions.push_back(*this);
}

CliSession::~CliSession() { ticket_->session = nullptr; }

void CliSession::close() {
    if (closed_) return;
    closed_ = true;
    ticket_->session = nullptr;
    Timer::cancel();
    connection_.close();
    link.unlink();
    if (service_.engine) service_.engine->cli_connection_ended();
    env_.loop.retire(*this);
}

void CliSession::on_io(net::Connection&) { work(); }

/// Sends what is there; true when all of it went.
bool CliSession::flush() {
    while (sent_ < out_.size()) {
        iovec piece{out_.data() + sent_, out_.size() - sent_};
        std::size_t sent = 0;
        const net::Io io = connection_.send(&piece, 1, sent);
        if (io == net::Io::failed) {
            close();
            return false;
        }
        sent_ += sent;
        if (io == net::Io::again) return false;
    }
    out_.clear();
    sent_ = 0;
    return true;
}

/// False when nothing can be read now (or ever again: peer_done_).
bool CliSession::receive() {
    if (in_.size() >= kMaxCommand) return false;
    base::Buffer buffer;
    const net::Io io = connection_.receive(buffer, kMaxCommand - in_.size());
    in_ += buffer.view();
    if (io == net::Io::closed || io == net::Io::failed) peer_done_ = true;
    return io == net::Io::ok;
}

void CliSession::work() {
    if (closed_) return;
    connection_.watch();
    if (settings_.timeout_ms) Timer::set(env_.loop, env_.loop.now_ms() + settings_.timeout_ms);
    for (int turn = 0; !closed_; ++turn) {
        if (!flush() || busy_) return;
        if (turn >= kPiecesPerTurn) return yield();
        if (output_) {
            const std::size_t before = out_.size();
            if (output_->produce(out_)) {
                if (out_.size() > before) continue;
                if (wait_for_output()) return;
            }
            output_.reset();
            end_answer();
            continue;
        }
        if (settings_.quit) return close();
        if (take_command()) continue;
        if (receive()) continue;
        if (peer_done_ || in_.size() >= kMaxCommand) return close();
        // Without a prompt the connection ends once everything that had come was answered.
        if (commands_ > 0 && !settings_.interactive && in_.empty() && !in_payload_) return close();
        return;
    }
}

void CliSession::yield() {
    env_.loop.post([ticket = ticket_] {
        if (ticket->session) ticket->session->work();
    });
}

/// Runs the first complete command of in_. False when there is none.
bool CliSession::take_command() {
    const std::size_t end = find_end_of_command(in_, in_payload_);
    if (end == std::string::npos) return false;
    std::string line = in_.substr(0, end);
    in_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    take_line(line);
    return true;
}

void CliSession::take_line(std::string_view line) {
    if (in_payload_ && !line.empty()) {
        const std::uint32_t most = env_.current->generation->config->global.max_cli_payload;
        if (payload_.size() + line.size() >= most) {
            settings_.quit = true;
            out_ +=
                "The payload is too big. Please change 'tune.cli.max-payload-size' in the configuration to use a "
                "bigger payload.\n\n";
            return;
        }
        payload_.append(line).append("\n");
        if (settings_.prompt) out_ += "+ ";
        return;
    }
    if (in_payload_) {
        in_payload_ = false;
        if (!payload_.empty()) payload_.pop_back();
        const std::string command = std::move(command_), payload = std::move(payload_);
        command_.clear();
        payload_.clear();
        return run(command, std::string_view(payload.data(), payload.size()));
    }
    if (asks_for_payload(line)) {
        in_payload_ = true;
        command_ = line.substr(0, line.size() - 2);
        payload_.clear();
        if (settings_.prompt) out_ += "+ ";
        return;
    }
    run(line, {});
}

/// An output that has nothing to say now is asked again in a while. False: a key was pressed, or the peer has gone.
bool CliSession::wait_for_output() {
    while (receive()) {
    }
    const bool by_key = !in_.empty() && output_->ends_by_key();
    if (by_key || peer_done_) {
        if (by_key) in_.clear();
        output_->give_up(out_);
        return false;
    }
    waiting_ = true;
    Timer::set(env_.loop, env_.loop.now_ms() + 50);
    return true;
}

void CliSession::on_timer() {
    if (!waiting_) return close();
    waiting_ = false;
    work();
}

void CliSession::run(std::string_view line, std::string_view payload) {
    ++commands_;
    std::string storage;
    CliCall call{.words = split_words(line, storage),
                 .payload = payload,
                 .settings = settings_,
                 .engine = *service_.engine,
                 .env = env_,
                 .generation = service_.engine->generation(),
                 .socket_number = socket_number_,
                 .connection = connection_.fd(),
                 .waiter = ticket_};
    call_command(call);
    out_ += call.answer;
    output_ = std::move(call.output);
    if (settings_.timeout_ms) Timer::set(env_.loop, env_.loop.now_ms() + settings_.timeout_ms);
    if (call.deferred)
        busy_ = true;
    else if (!output_)
        end_answer();
}

/// Behind each answer: an empty line, or the prompt.
void CliSession::end_answer() {
    if (settings_.quit) return;
    if (settings_.prompt)
        out_ += "\n> ";
    else if (!settings_.no_empty_line)
        out_ += "\n";
    settings_.no_empty_line = false;
}

// --- the service ---------------------------------------------------------------------------------------------

CliService::~CliService() {
    engine = nullptr;
    while (CliSession* session = sessions.front()) session->close();
    if (the_service == this) the_service = nullptr;
}

void CliService::open(engine::Engine& owner, stream::Env& env, int fd, const model::Bind& bind) {
    engine = &owner;
    std::uint32_t number = 1;
    for (const auto& socket : env.current->generation->config->global.stats_sockets) {
        if (&socket.bind == &bind) break;
        ++number;
    }
    auto* session = new CliSession(*this, env, fd, bind, number);
    session->start();
}

CliService* cli_service() { return the_service; }

void install(engine::Engine& engine) {
    auto service = std::make_shared<CliService>();
    service->engine = &engine;
    the_service = service.get();
    engine.process().make_stats_applet = make_stats_applet;
    engine.process().make_service = [](std::string_view, const stream::StatsRequest& request) {
        return make_metrics_applet(request);
    };
    engine.set_cli_service([service](engine::Engine& owner, stream::Env& env, int fd, const model::Bind& bind) {
        service->open(owner, env, fd, bind);
    });
}

}  // namespace cfgproxy::control
