#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "http/message.h"
#include "net/address.h"
#include "sample/facts.h"
#include "sample/value.h"

namespace cfgproxy::base {
struct Place;
}
namespace cfgproxy::model {
struct Bind;
struct Config;
struct Proxy;
struct Server;
struct StickTable;
struct Userlist;
}  // namespace cfgproxy::model
namespace cfgproxy::net {
class Tls;
}
namespace cfgproxy::server {
class StickCounters;
class StickTable;
}  // namespace cfgproxy::server

namespace cfgproxy::sample {

/// Variables of one scope, by name hash. Storage in the scope's arena. Thread-owned.
class Variables {
  public:
    struct Variable {
        std::string_view name;
        Value value;
        Variable* next;
    };
    /// Null if it is not set.
    const Value* get(std::string_view name) const;
    /// Null if it was never set; of type `any` if it has been taken away since.
    const Value* find(std::string_view name) const;
    /// Copies text into `arena`, which must live as long as the scope.
    void set(base::Arena& arena, std::string_view name, const Value& value);
    bool unset(std::string_view name);
    void forget() { first_ = nullptr, bytes = 0; }  ///< when the arena was reset
    const Variable* first() const { return first_; }
    /// What these variables, and those of scopes that end before this one, take: see VariableLimits. Only counted where
    /// there is a limit.
    std::int64_t bytes = 0;

  private:
    Variable* first_ = nullptr;
};

/// `tune.vars.*-max-size`: bytes that the variables of a scope may take, each with those of shorter scopes; 0: any
/// number. One that would take more is not set.
struct VariableLimits {
    std::int64_t global = 0, proc = 0, sess = 0, txn = 0, reqres = 0, check = 0;
    bool any() const { return global || proc || sess || txn || reqres || check; }
};

enum class Scope : std::uint8_t { proc, sess, txn, req, res, check };

/// What runs beside the configuration, asked by fetches (nbsrv, be_conn, fe_sess_rate, srv_is_up...) and by
/// `http-request auth`. Implemented above (stream::Stream, and a stand-in in `explain` and in tests).
class Live {
  public:
    virtual ~Live() = default;
    virtual std::int64_t usable_servers(const model::Proxy& backend) const = 0;
    virtual bool is_up(const model::Server& server) const = 0;
    virtual std::int64_t connections(const model::Proxy& proxy, bool frontend) const = 0;  ///< now open
    /// In the backend's own queue and in those of its servers.
    virtual std::int64_t queued(const model::Proxy& backend) const = 0;
    virtual std::int64_t session_rate(const model::Proxy& proxy, bool frontend) const = 0;
    virtual std::int64_t connections(const model::Server& server) const = 0;
    virtual std::int64_t queued(const model::Server& server) const = 0;
    /// The servers of a backend now: of the file, and added ones.
    virtual std::vector<const model::Server*> servers(const model::Proxy& backend) const = 0;
    virtual std::int64_t request_rate(const model::Proxy&) const { return 0; }  ///< of a frontend
    /// The configuration in force; null: there is none.
    virtual const model::Config* config() const { return nullptr; }
    /// The running table; null where there is none.
    virtual server::StickTable* table(const model::StickTable&) const { return nullptr; }
    /// The exchange's unique-id, which is made when it is first asked for; empty if the frontend has no format for it.
    virtual std::string_view unique_id() const { return {}; }
    /// TLS towards the server that this stream is connected to; null: none.
    virtual const net::Tls* server_tls() const { return nullptr; }
    /// What else there is to know; false: nothing about that.
    virtual bool fact(Fact, std::int64_t&) const { return false; }
    virtual bool fact(const model::Server&, ServerFact, std::int64_t&) const { return false; }
    virtual std::string_view termination() const { return {}; }  ///< as %ts has it
    /// Why the server's connection (or the client's) failed: net::ConnectionFailure::text. Empty: there is none.
    virtual std::string_view failure(bool) const { return {}; }
    virtual int socket(bool) const { return -1; }  ///< of the server's connection, or of the client's
    /// For developers: what the layers of the server's side, or of the client's, know, as "name=value" in the arena.
    /// `layers`: 1 stream, 2 protocol, 4 TLS, 8 connection, 16 socket. Empty: there is no such side.
    virtual std::string_view describe(bool, unsigned, base::Arena&) const { return {}; }
    /// For developers: how the client's connection, its protocol, its end, the stream, and the same of the server
    /// ended, as HAProxy writes it; a level of which nothing is known is a dash.
    virtual std::string_view endings(base::Arena&) const { return {}; }
    /// The client connection's address, ours or the client's, as it was accepted; null: as in the context.
    virtual const net::Address* connection_address(bool) const { return nullptr; }
    virtual bool is_stopping() const { return false; }        ///< the process is on its way out
    virtual std::int64_t thread_number() const { return 0; }  ///< of the calling thread, from 0
};

/// Views of one exchange: all that an expression may look at. Fetches read it; actions may edit what the pointers
/// point at. Never does I/O, so one evaluator serves live traffic, checks, and `explain`. Whoever runs rules fills it;
/// null means "not there (yet)". Thread-owned.
struct Context {
    base::Arena* arena = nullptr;  ///< lives as long as the stream
    const model::Proxy* frontend = nullptr;
    const model::Proxy* backend = nullptr;  ///< the frontend itself until another one is chosen
    const model::Server* server = nullptr;
    const model::Bind* bind = nullptr;  ///< the address that the client connected to
    bool first_request = true;          ///< of this client connection

    http::Request* request = nullptr;    ///< head, while request rules run (and later, until it was sent)
    http::Response* response = nullptr;  ///< head, while response rules run
    std::string_view method_text;        ///< outlives the request's head
    http::Method method = http::Method::other;
    std::string_view request_data;   ///< bytes of the request (body in HTTP, stream in TCP) seen so far
    std::string_view response_data;  ///< the same of the response
    /// Waiting for more is out of the question: "not yet" means "not found". HTTP rules set it always, content rules of
    /// TCP once nothing more can arrive or the inspect delay is over (SMP_OPT_FINAL, in HAProxy's words).
    bool request_complete = false;
    bool response_complete = false;

    net::Address src, dst;        ///< client connection: as rules changed them
    bool proxy_header = false;    ///< the client's connection began with a PROXY header that names addresses
    std::string_view proxy_tlvs;  ///< of that header: net::find_tlv()
    const net::Address* server_address = nullptr;
    const net::Tls* client_tls = nullptr;  ///< null: the client speaks in clear
    std::uint64_t wall_us = 0;             ///< wall clock of this turn
    std::uint64_t stream_id = 0;
    /// As the log has them, once the heads are there: the request's first line, maybe cut, and the versions that both
    /// sides speak ("HTTP/1.1"). They outlive the heads.
    std::string_view request_line, request_version, response_version;
    std::string_view unique_id;      ///< once it is made: see Live::unique_id()
    std::string_view compressed_by;  ///< "gzip"...: the algorithm by which the response is compressed; empty: it is not
    /// Slots of the frontend's captures, in their order; null if it has none. A view without data() is empty.
    std::string_view* request_captures = nullptr;
    std::string_view* response_captures = nullptr;

    const base::Place* last_rule = nullptr;     ///< the rule that ended its rule set, if one has
    const base::Place* waiting_rule = nullptr;  ///< the rule that waits

    Variables* variables[6] = {};                     ///< by Scope; null: that scope is not there
    const VariableLimits* variable_limits = nullptr;  ///< null: none
    base::Arena* session_arena = nullptr;             ///< for variables of scope sess
    const Live* live = nullptr;
    /// What the client connection tracks, and what this stream does (null before there is one).
    server::StickCounters *session_counters = nullptr, *stream_counters = nullptr;

    /// Response rules are being run: fetches of either direction (hdr, cookie) look at the response, and those of the
    /// request find nothing, as in HAProxy.
    bool is_response_side() const { return response != nullptr || response_data.data() != nullptr; }
    /// See request_complete.
    bool is_final() const { return is_response_side() ? response_complete : request_complete; }
};

}  // namespace cfgproxy::sample
