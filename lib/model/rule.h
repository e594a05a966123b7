#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "model/log_target.h"
#include "model/template.h"
#include "sample/condition.h"
#include "sample/condition_chain.h"
#include "sample/context.h"

namespace cfgproxy::model {

/// An answer that the proxy gives itself: `http-request return|deny|redirect`, error files, monitor-uri, 401.
struct Reply {
    std::uint16_t status = 0;
    std::string_view raw;      ///< a whole HTTP message (errorfile), sent as it is; excludes the rest
    std::string_view reason;   ///< standard one if empty
    http::HeaderList headers;  ///< as they leave, Content-Length included, in the stream's arena
    std::string_view body;
    /// The answer of `status` that the proxy gives itself (errorfile, errorloc or the built-in one), its own headers
    /// before `headers`; `body` is not looked at.
    bool error_page = false;
    bool close = true;  ///< the client connection ends behind it
    bool is_redirect = false;
    bool is_local = false;      ///< nothing was refused: logged as LR rather than PR
    char cause = 0, state = 0;  ///< for the termination state, if it is not the rules' own
};

struct Proxy;
struct Server;
struct BandwidthLimit;
struct RuleContext;

/// Makes an answer: what `return`, `deny` and `http-error` describe. Frozen; called by many threads.
class ReplyMaker {
  public:
    virtual ~ReplyMaker() = default;
    /// Fills `reply` for this exchange; its texts live in the exchange's arena or in the configuration.
    virtual void make(RuleContext& context, Reply& reply) const = 0;
};

/// What rules can ask of the exchange that they are run for, beside its message. Implemented above (stream::Stream);
/// not there in tests and in tools that only explain.
class Exchange {
  public:
    virtual ~Exchange() = default;
    virtual std::uint64_t clock_ms() = 0;  ///< monotonic
    /// Sends an interim response (1xx) to the client at once.
    virtual void send_interim(const http::Response& response) = 0;
    enum class Collected : std::uint8_t {
        waiting,  ///< rules are run again when more has arrived
        done,     ///< all of it is there, or `bytes` of it (0: does not count), or no more fits, or no more can come
        spoilt,   ///< it is no payload: bad chunks
        silent,   ///< its sender has said nothing for longer than its timeout allows
    };
    /// Has the payload of the request (or response) collected in its buffer, without taking it.
    virtual Collected collect_body(bool response, std::uint64_t bytes) = 0;
    /// Marks and type of service (DSCP) of the packets to the client and to the server.
    virtual void mark_client(std::uint32_t mark) = 0;
    virtual void mark_server(std::uint32_t mark) = 0;
    virtual void tos_client(std::uint8_t tos) = 0;
    virtual void tos_server(std::uint8_t tos) = 0;
    /// The client's connection vanishes without a packet that would tell the client. `reset_ttl`: or with a reset that
    /// lives for so many hops; 0: none if that can be had.
    virtual void drop_silently(std::uint8_t reset_ttl) = 0;
    /// set-bandwidth-limit; 0: as the filter says.
    virtual void limit_bandwidth(const BandwidthLimit& filter, std::uint64_t limit, std::int64_t period_ms) = 0;
};

/// What a rule decided.
enum class Verdict : std::uint8_t {
    next,     ///< go on with the next rule
    stop,     ///< `allow`, `accept`: no further rule of this set
    reply,    ///< RuleContext::reply is the answer, processing ends (deny, redirect, auth, return)
    error,    ///< could not be executed (header too large...): 500 for requests, 502 for responses
    reject,   ///< close without an answer
    wait,     ///< evaluate again when there is more data
    tarpit,   ///< as reply, after `timeout tarpit`
    close,    ///< tcp-response content close: end the server's connection, let what it sent pass
    to_http,  ///< tcp-request content switch-mode: what the client sends is HTTP
    serve,    ///< use-service: RuleContext::service answers
};

/// Where `do-log` has its line written. Implemented above, by the stream.
class LogWriter {
  public:
    virtual ~LogWriter() = default;
    /// `profile` counts instead of the targets' own if it is given.
    virtual void write_log(LogOrigin origin, const LogProfile* profile) = 0;
};

struct Rule;
struct RuleContext;

/// Is told of each rule that run_rules() looks at: how `explain` shows what the live path does.
class RuleObserver {
  public:
    virtual ~RuleObserver() = default;
    /// The condition has been asked; with `yes` (or without one) the action runs next.
    virtual void on_rule(const Rule& rule, RuleContext& context, sample::Found found) = 0;
    virtual void on_action(const Rule& rule, RuleContext& context, Verdict verdict) = 0;
};

/// What an action may change beside the message itself. One per stream, filled by whoever runs rules.
struct RuleContext : sample::Context {
    Reply reply;
    bool denied_by_rule = false;  ///< count as denied in statistics
    std::int8_t log_level = 0;    ///< http-request set-log-level: 0 unchanged, -1 silent, else syslog level + 1
    std::int64_t connect_timeout_ms = -1, server_timeout_ms = -1, tunnel_timeout_ms = -1, client_timeout_ms = -1,
                 queue_timeout_ms = -1, tarpit_timeout_ms = -1;  ///< set-timeout; -1 unchanged
    /// Bytes by which rules may still lengthen the head: what the buffer has left of `tune.bufsize`.
    std::int64_t rewrite_room = std::int64_t{1} << 40;
    std::uint32_t failed_rewrites = 0;
    http::HeaderList hints;        ///< of early-hint, until the 103 is complete
    Exchange* exchange = nullptr;  ///< null: nothing but the message is there
    std::uint64_t wait_until_ms =
        ~std::uint64_t{0};      ///< of a rule that waits: Exchange::clock_ms() when it is tried again
    bool no_retry = false;      ///< disable-l7-retry
    bool lenient = false;       ///< strict-mode off: rewrites that fail are passed over; of one message
    std::int32_t retries = -1;  ///< set-retries; -1: the backend's
    std::int32_t priority_class = 0, priority_offset = 0;  ///< in the queue
    bool request_passed = false,
         response_passed = false;          ///< reqallow, rspallow: no later reqdeny of any section counts
    const Proxy* switched_to = nullptr;    ///< reqsetbe: the backend, before all use_backend rules
    LogWriter* log_writer = nullptr;       ///< null: nothing is logged
    RuleObserver* observer = nullptr;      ///< null but in `explain`
    std::string_view service;              ///< of Verdict::serve: the service's name
    Proto http_proto = Proto::negotiated;  ///< of Verdict::to_http
    /// Of tcp-request connection rules: what the client's connection must begin with.
    enum class Introduction : std::uint8_t { as_bound, proxy, netscaler } introduction = Introduction::as_bound;
    /// attach-srv: the connection becomes one of this server, of use to streams that want one for `attach_name`.
    const Server* attach_to = nullptr;
    std::string_view attach_name;
};

/// What a rule does: one object per line, made by the row's parse function. Frozen; `run` is called by many threads.
class Action {
  public:
    virtual ~Action() = default;
    virtual Verdict run(RuleContext& context) const = 0;
    /// Of a final action: it may let the exchange go on after all.
    virtual bool may_pass() const { return false; }
};

/// One line of a rule set, `http-request deny if bad`. Shared, since the rules of a named `defaults` section stand at
/// the front of the rule sets of all its proxies.
struct Rule {
    std::shared_ptr<const Action> action;
    std::shared_ptr<const sample::Condition> when;  ///< null: always
    std::string text;                               ///< as written, for explain and messages
    base::Place place;
    bool is_final = false;  ///< nothing behind it is reached when it has no condition
};
using RuleSet = std::vector<Rule>;

/// Evaluates in order until a verdict other than next; `next` at the end. `from` is where to go on after a wait
/// (updated).
/// `chain`, if there is one, was built from the rules' conditions.
Verdict run_rules(const RuleSet& rules, RuleContext& context, std::size_t& from,
                  const sample::ConditionChain* chain = nullptr);

}  // namespace cfgproxy::model
