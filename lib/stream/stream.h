#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/pooled.h"
#include "http/compress.h"
#include "log/record.h"
#include "model/rule.h"
#include "net/tls.h"
#include "server/stick_counters.h"
#include "stream/applet.h"
#include "stream/endpoint.h"
#include "stream/env.h"
#include "stream/live.h"
#include "stream/server_connection.h"
#include "stream/session.h"
#include "stream/throttle.h"

namespace cfgproxy::stream {

class Stream;

/// What a step decided.
enum class Flow : std::uint8_t {
    next,  ///< on to the following step
    jump,  ///< Stream::jump_to() named another step
    wait,  ///< nothing more can be done now: an endpoint, a timer or the queue will call again
    done,  ///< the stream is over
};

/// One stage in the life of a stream. Called again from its start after each wait.
struct Step {
    std::string_view name;
    Flow (*run)(Stream& stream);
};
extern const std::span<const Step> kHttpSteps;
extern const std::span<const Step> kTcpSteps;

/// One side of a stream; which one it is, is told by the field that it is, not by its type.
struct End {
    Endpoint* endpoint = nullptr;
    std::uint64_t deadline = net::Timer::kNever;   ///< when this side has been silent too long
    bool input_done = false;                       ///< its message was forwarded to the last byte
    bool output_closed = false;                    ///< the other's end was passed on (tunnels: half-close)
    std::unique_ptr<http::Compressor> compressor;  ///< payload from this side is compressed on its way to the other
    std::vector<Throttle> throttles;               ///< payload from this side passes slowly
};

/// A key that shall lead to the server of this stream once it is known (`stick store-*`). In the stream's arena.
struct StickStore {
    server::StickTable* table = nullptr;
    std::string_view key;
    bool of_response = false;
    StickStore* next = nullptr;
};

/// One exchange: a request and its response, or a TCP connection, between a client and a server (or an applet). A list
/// of steps over two ends. Lives from the first byte of a request to the last byte of the response; memory beside this
/// object is in its arena. Pins the generation it began with. Thread-owned.
class Stream final : public base::Pooled<Stream>,
                     public net::Retired,
                     private net::Timer,
                     public server::ServerUser,
                     public LiveView,
                     public model::LogWriter,
                     public model::Exchange {
  public:
    /// `client_end`: where the request is, or comes from.
    Stream(Session& session, Endpoint& client_end);
    ~Stream() override;

    /// Runs steps until one waits. Called when anything happened that the stream may wait for.
    void resume();
    const net::Tls* server_tls() const override;
    Flow jump_to(std::string_view step);
    std::string_view step_name() const { return steps_[step_].name; }

    // --- what steps work with -------------------------------------------------------------------------------
    Env& env() { return session.env(); }
    net::Loop& loop() { return session.env().loop; }
    std::uint64_t now_ms() { return loop().now_ms(); }
    std::uint64_t now_us() { return loop().now_us(); }
    std::uint64_t deadline_in(std::int64_t timeout_ms) { return loop().deadline_in(timeout_ms); }
    bool http() const { return record.http; }
    bool first_request() const { return first_; }  ///< of its connection

    Session& session;
    PinnedGeneration& pinned;
    const model::Proxy* frontend;
    const model::Proxy* backend;  ///< the frontend itself until one is chosen
    server::Frontend* fe;
    server::Backend* be = nullptr;     ///< running state of the chosen backend; null before
    server::Server* server = nullptr;  ///< entered: must be left
    const model::Server* server_config = nullptr;
    server::Server* server_sessions = nullptr;  ///< the last server, for its level in the log; may have been left
    End client, origin;

    base::Arena arena;
    http::Request request;
    http::Response response;
    model::RuleContext context;
    sample::Variables txn_variables, req_variables, res_variables;
    server::StickCounters tracked;  ///< by content rules; what the session tracks is the session's
    log::Record record;

    std::size_t rule_index = 0;                         ///< where the rule set in progress goes on after a wait
    const model::RuleSet* rules = nullptr;              ///< the set of response rules that `rule_index` is about
    std::uint64_t phase_deadline = net::Timer::kNever;  ///< of the step that waits: request, queue, connect, tarpit
    std::uint64_t inspect_until = net::Timer::kNever;   ///< end of the inspect delay that is running
    std::int32_t retries_left = 0;
    std::uint64_t since_us;      ///< monotonic: accept, or the end of the request before
    std::uint64_t start_us = 0;  ///< monotonic: first byte of the request
    std::uint64_t mark_us = 0;   ///< monotonic: end of the last timed phase
    std::uint64_t connected_us = 0, sent_us = 0;
    std::uint64_t head_bytes = 0, body_bytes = 0;  ///< of the response, as HAProxy counts for logs
    std::uint64_t request_head_bytes = 0, request_body_bytes = 0;
    server::Server* persistent = nullptr;  ///< asked for by a cookie or use-server
    bool force_persist = false, ignore_persist = false;
    StickStore* stores = nullptr;
    bool response_inspected = false;  ///< tcp-response content rules have run
    std::uint64_t cookie_first_s = 0,
                  cookie_last_s = 0;  ///< dates of the persistence cookie (maxlife, maxidle); wall clock
    server::Server* avoid = nullptr;
    server::Server* redispatched_from = nullptr;  ///< the server that failed, until the next one is chosen
    std::uint64_t pause_until = 0;                ///< monotonic ms: the pause before a retry; 0: none
    bool keep_client = true;                      ///< the client connection may carry another request
    bool keep_server = true;                      ///< the server connection may be kept
    bool response_started = false;                ///< something went to the client
    bool request_sent = false;                    ///< the head left towards the server
    bool replied = false;                         ///< the proxy answers itself
    bool tunnel = false;
    bool reused = false;       ///< the server connection had carried a request before
    bool needs_http1 = false;  ///< a WebSocket whose server does not take it over HTTP/2 (RFC 8441)
    bool logged = false;
    bool is_stats = false;
    bool head_request = false;
    bool client_aborted = false;
    bool unique_id_made = false;
    bool refused = false;     ///< there was no request: logged as an error of the session
    bool upgraded = false;    ///< it began as plain bytes and carries HTTP now
    bool becomes_h2 = false;  ///< it ends because the connection turned out to speak HTTP/2
    bool silent = false;      ///< no log line, no counters: an idle connection went away
    bool slot_given = false;  ///< on_slot() was called: `slot` (or a new choice) is ours
    server::Server* slot = nullptr;
    char shutdown_cause = 0;  ///< set by on_shutdown(): D or K
    int server_errno = 0;     ///< of the last attempt to reach a server; 0: it went well, or there was none
    /// The same as net::ConnectionFailure::text has it, "Success" once it went well. Empty: there was none.
    std::string_view server_failure;
    std::unique_ptr<net::Tls> failed_tls;  ///< whose handshake with the server went wrong
    const net::Tls* ended_tls = nullptr;   ///< of the connection that was let go just now, for the log line

    /// Asks another thread for one of its idle connections to `server` that fits; the answer comes as `handed_over`.
    void ask_for_connection(int thread, const ServerConnection::Purpose& purpose);
    /// One that has come too late is kept for whoever comes next; null: nothing.
    void keep_for_others(const std::shared_ptr<MovedConnection>& moved);
    /// Asks another thread to end one of them, as strict-maxconn lets there be no more.
    void ask_for_room(int thread);
    enum class Asked : std::uint8_t { no, waiting, answered, made_room } asked = Asked::no;
    std::uint32_t asked_distance = 0;              ///< threads behind this one up to which all have been asked
    std::shared_ptr<MovedConnection> handed_over;  ///< null: there was none after all

    ServerConnection* connection = nullptr;
    std::unique_ptr<AppletEnd> applet;

    /// Notes who ended the stream and where (termination state); the first one stays.
    void end_with(char cause, char state) {
        if (record.termination[0] == '-' && cause != '-') record.termination[0] = cause;
        if (record.termination[1] == '-') record.termination[1] = state;
    }
    /// The proxy's own answer with `status` (error files, errorloc, or the built-in page), then the end of the stream.
    Flow answer_error(std::uint16_t status, char cause, char state);
    Flow answer(const model::Reply& reply, char cause, char state);
    /// Ends without an answer.
    Flow abort(char cause, char state);

    void choose_backend(const model::Proxy& chosen);
    /// What the client sends as plain bytes is HTTP from here on (`switch-mode http`, or an HTTP backend).
    Flow become_http();
    /// Gives back server, slot and queue place. The connection is kept for others if `reusable`.
    void release_server(bool reusable);
    void enter_server(server::Server& chosen);
    /// Gives the server's connection back, to the pool if it is `reusable`: another attempt, or the server's part is
    /// over while the client still reads.
    void release_connection(bool reusable);
    /// The client does not take what it is offered.
    bool stalled_output() { return response_pipe_.size > 0 || !client.endpoint->can_send(); }

    enum class Pumped : std::uint8_t { waiting, ended, source_trouble, sink_trouble };
    /// Moves payload from one end to the other as far as it goes now.
    Pumped pump(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout);

    std::int64_t tunnel_timeout() const;
    std::int64_t client_timeout() const;
    std::int64_t server_timeout() const;
    void touch(End& end, std::int64_t timeout_ms) { end.deadline = deadline_in(timeout_ms); }
    void touch_sink(End& end, std::int64_t timeout_ms);
    bool expired(std::uint64_t deadline) { return now_ms() >= deadline; }
    std::int64_t ms_since(std::uint64_t us) { return static_cast<std::int64_t>((now_us() - us) / 1000); }

    server::TrafficCounters& frontend_traffic() { return fe->traffic.of(env().thread()); }
    server::TrafficCounters* backend_traffic() { return be ? &be->traffic.of(env().thread()) : nullptr; }
    server::TrafficCounters* server_traffic() { return server ? &server->traffic.of(env().thread()) : nullptr; }
    /// Of the last server, which may have been left: what was moved and who broke off is put down to it all the same.
    server::TrafficCounters* last_server_traffic() {
        return server_sessions ? &server_sessions->traffic.of(env().thread()) : nullptr;
    }

    /// The line of the stream, written once; with `log-steps`, one at each stage that is chosen.
    void log_now(model::LogOrigin origin = model::LogOrigin::close);
    /// A stage of `log-steps` is reached.
    void log_step(model::LogOrigin origin) {
        if (frontend->log_steps != 0) log_now(origin);
    }
    void write_log(model::LogOrigin origin, const model::LogProfile* profile) override;
    /// The thread ends.
    void end_at_once();
    void on_shutdown(char cause) override;
    void on_slot(server::Server* server) override;

    // model::Exchange
    std::uint64_t clock_ms() override { return now_ms(); }
    void send_interim(const http::Response& response) override;
    Collected collect_body(bool response, std::uint64_t bytes) override;
    void mark_client(std::uint32_t mark) override;
    void mark_server(std::uint32_t mark) override;
    void tos_client(std::uint8_t tos) override;
    void tos_server(std::uint8_t tos) override;
    void drop_silently(std::uint8_t reset_ttl) override;
    void limit_bandwidth(const model::BandwidthLimit& filter, std::uint64_t limit, std::int64_t period_ms) override;

    /// What goes with a request until its response begins, so that it can be sent again (retry-on).
    struct Replay {
        bool possible = false;
        bool again = false;    ///< this is not the first attempt
        std::string body;      ///< what has been forwarded of it
        std::size_t sent = 0;  ///< of `body`, to the server of this attempt
    } replay;
    std::optional<model::Compression::Algorithm> compression;  ///< that the client accepts, of those configured
    SocketMarks server_marks;                                  ///< of the connection to come
    void note_room(const Endpoint& end, std::uint64_t head, std::uint32_t fields);
    std::uint64_t wake_at = kNever;  ///< a throttle lets more pass then
    std::string_view upgrade;        ///< what the request asks for; empty: nothing
    std::string_view websocket_key;  ///< of the request; empty: it asks for no WebSocket
    /// What a FastCGI application is told by `set-param` and on its own account beside the request's fields; names are
    /// lower case. Of backends that have one.
    http::HeaderList fcgi_parameters;
    bool body_awaited = false;         ///< http-buffer-request has waited already
    bool body_lost = false;            ///< the client went away before the end of the payload that was awaited
    std::uint64_t collected_from = 0;  ///< bytes that its sender had sent when its payload was last looked at
    std::int32_t max_retries = 0;      ///< of the backend, or set-retries

    // LiveView
    std::string_view unique_id() const override;
    bool fact(sample::Fact which, std::int64_t& number) const override;
    bool is_stopping() const override { return session.env().process.stopping.load(std::memory_order_relaxed); }
    std::int64_t thread_number() const override { return session.env().thread(); }
    using LiveView::fact;
    std::string_view termination() const override { return {record.termination, 2}; }
    std::string_view failure(bool of_server) const override;
    int socket(bool of_server) const override;
    std::string_view describe(bool of_server, unsigned layers, base::Arena& to) const override;
    std::string_view endings(base::Arena& to) const override;
    const net::Address* connection_address(bool ours) const override {
        return ours ? &session.destination : &session.source;
    }

  private:
    friend class Session;
    const http::HeaderList* trailers_of(const End& from) const;
    bool is_behind_compression(const model::BandwidthLimit& filter) const;
    server::HeldEntry shared_limit(const model::BandwidthLimit& filter);
    std::size_t allowance(End& from, bool compressed, std::size_t size);
    void count_passed(End& from, bool compressed, std::size_t size);
    bool cut_to_allowance(End& from, Body& body);
    Pumped wait_for_allowance(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout);
    void keep_for_replay(std::string_view data);
    Pumped pump_compressed(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout);
    void on_timer() override { resume(); }
    void arm_timer();
    void finish();
    template <class Task>
    void post(Task task);
    void end_post();
    /// Payload on its way through the kernel, one per direction.
    struct Pipe {
        int ends[2] = {-1, -1};
        std::size_t size = 0;
    };
    bool splice(Pipe& pipe, EndH1& source, EndH1& sink, std::uint64_t& counted, std::uint64_t limit);
    std::uint64_t cpu_ns() const;
    void count_finish();
    /// Adds to the counters what has moved since the last time (`option contstats`; always at the end).
    void count_bytes();
    void note_levels();

    std::span<const Step> steps_;
    const bool first_;
    std::uint8_t step_ = 0;
    bool running_ = false;
    bool again_ = false;
    bool over_ = false;
    std::atomic<int> posted_{0};  ///< tasks on their way to this thread that hold `this`
    std::uint32_t turns_ = 0;     ///< calls of resume(): with profiling, cpu_ns_ is their time
    std::uint64_t cpu_ns_ = 0, latency_ns_ = 0, turn_start_ns_ = 0;
    std::uint64_t counted_in_ = 0, counted_out_ = 0;                 ///< bytes that the counters know of
    std::int64_t last_server_stream_ = -1, last_server_reset_ = -1;  ///< of the connection that was given back
    std::int64_t last_sent_ = 0, last_received_ = 0;                 ///< bytes of that
    Pipe request_pipe_, response_pipe_;
};

template <class Task>
void Stream::post(Task task) {
    posted_.fetch_add(1, std::memory_order_relaxed);
    loop().post([this, task] {
        task();
        end_post();
    });
}

}  // namespace cfgproxy::stream
