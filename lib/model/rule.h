#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "model/template.h"
#include "sample/condition.h"
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
    bool close = true;         ///< the client connection ends behind it
    bool is_redirect = false;  ///< logged as LR rather than PR
};

/// What a rule decided.
enum class Verdict : std::uint8_t {
    next,    ///< go on with the next rule
    stop,    ///< `allow`, `accept`: no further rule of this set
    reply,   ///< RuleContext::reply is the answer, processing ends (deny, redirect, auth, return)
    error,   ///< could not be executed (header too large...): 500 for requests, 502 for responses
    reject,  ///< close without an answer
    wait,    ///< evaluate again when there is more data
    tarpit,  ///< as reply, after `timeout tarpit`
    close,   ///< tcp-response content close: end the server's connection, let what it sent pass
};

/// What an action may change beside the message itself. One per stream, filled by whoever runs rules.
struct RuleContext : sample::Context {
    Reply reply;
    bool denied_by_rule = false;  ///< count as denied in statistics
    std::int8_t log_level = 0;    ///< http-request set-log-level: 0 unchanged, -1 silent, else syslog level + 1
    std::int64_t connect_timeout_ms = -1, server_timeout_ms = -1, tunnel_timeout_ms = -1,
                 client_timeout_ms = -1;  ///< set-timeout; -1 unchanged
    bool no_header_rewrite_room = false;
};

/// What a rule does: one object per line, made by the row's parse function. Frozen; `run` is called by many threads.
class Action {
  public:
    virtual ~Action() = default;
    virtual Verdict run(RuleContext& context) const = 0;
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
Verdict run_rules(const RuleSet& rules, RuleContext& context, std::size_t& from);

}  // namespace cfgproxy::model
