#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/release.h"
#include "model/check.h"
#include "model/endpoint.h"
#include "model/log_target.h"
#include "model/rule.h"
#include "model/server.h"
#include "model/stick_table.h"
#include "model/tls.h"
#include "sample/condition_chain.h"

namespace cfgproxy::model {

struct FcgiApp;
struct Mailers;

/// `log`: a backend whose servers are sent log lines.
enum class Mode : std::uint8_t { tcp, http, health, log };
/// http-reuse (manual 4.2).
enum class Reuse : std::uint8_t { never, safe, aggressive, always };
/// How connections live on after a response; the stronger one of frontend and backend wins (keep_alive < tunnel <
/// server_close < close). In tunnel mode what follows the first exchange is passed on unread.
enum class ConnectionMode : std::uint8_t { keep_alive, tunnel, server_close, close };
/// A proxy option that a section can leave open: then `defaults` or the built-in value counts.
enum Capability : std::uint8_t { kFrontend = 1, kBackend = 2, kDefaults = 4, kListen = kFrontend | kBackend };

/// All in ms; -1: not set (never expires).
struct Timeouts {
    std::int64_t client = -1, server = -1, connect = -1, queue = -1, check = -1, http_request = -1,
                 http_keep_alive = -1, tunnel = -1, client_fin = -1, server_fin = -1, tarpit = -1, server_max = -1,
                 client_handshake = -1;
};

/// `option forwarded` (RFC 7239).
struct Forwarded {
    enum class From : std::uint8_t { nothing, connection, expression };
    /// A parameter, or a part of one.
    struct Part {
        From from = From::nothing;
        std::shared_ptr<const sample::Expression> expression;
    };
    bool enabled = false;
    bool proto = false;
    Part host, by, by_port, for_, for_port;
};

/// `option forwardfor` / `originalto`.
struct AddressHeader {
    bool enabled = false;
    bool if_none = false;
    std::string header;
    std::vector<net::Network> except;
};

enum class Algorithm : std::uint8_t {
    roundrobin,
    static_rr,
    leastconn,
    first,
    source,
    uri,
    url_param,
    hdr,
    random,
    rdp_cookie,
    hash,
    log_hash,  ///< mode log: a hash of the line
    sticky     ///< mode log: the same server as long as it is up
};
enum class HashType : std::uint8_t { map_based, consistent };
enum class HashFunction : std::uint8_t { sdbm, djb2, wt6, crc32, none };

/// `balance` and `hash-type`.
struct Balance {
    Algorithm algorithm = Algorithm::roundrobin;
    bool set = false;      ///< a balance line was there
    std::string argument;  ///< url_param and hdr: the name
    std::uint32_t uri_length = 0, uri_depth = 0;
    bool uri_whole = false, uri_path_only = false;
    bool hdr_domain_only = false;  ///< use_domain_only
    std::uint32_t random_draws = 2;
    std::uint32_t check_post = 0;
    std::shared_ptr<const sample::Expression> expression;  ///< algorithm hash
    HashType hash_type = HashType::map_based;
    HashFunction function = HashFunction::sdbm;
    bool avalanche = false;
    std::uint32_t hash_balance_factor = 0;
    enum class Affinity : std::uint8_t { always, maxconn, maxqueue } affinity = Affinity::always;
};

/// load-server-state-from-file.
enum class LoadState : std::uint8_t { none, local, global };

/// `cookie` (persistence).
struct CookieSettings {
    enum class Kind : std::uint8_t { none, passive, rewrite, insert, prefix };
    Kind kind = Kind::none;
    std::string name;
    bool indirect = false, nocache = false, postonly = false, preserve = false, httponly = false, secure = false,
         dynamic = false;
    std::vector<std::string> domains;
    std::int64_t max_idle_s = 0, max_life_s = 0;
    std::vector<std::string> attributes;
};

/// `stats ...` lines of a proxy. `scope` names may be "." for itself.
struct StatsSettings {
    bool enabled = false;
    bool inherited = false;  ///< all from `defaults`: the section's first own stats line starts anew
    std::string uri = "/haproxy?stats";
    std::string realm = "HAProxy Statistics";
    bool realm_set = false;                                  ///< a realm line was there, which forbids rules beside it
    std::vector<std::pair<std::string, std::string>> users;  ///< name, password in clear
    std::uint32_t refresh_s = 0;
    bool show_version = false;  ///< else newer eras hide it
    bool hide_version = false, show_legends = false, show_node = false, show_description = false, show_modules = false;
    std::string node, description;  ///< as given on stats lines; empty: the global ones
    std::vector<std::string> scope;
    struct Admin {
        std::shared_ptr<sample::Condition> when;  ///< null: always
    };
    std::vector<Admin> admin;
};

/// An answer in place of the built-in one: `errorfile`, `errorloc*`. Index by status.
struct ErrorReply {
    std::shared_ptr<const std::string> raw;  ///< errorfile: the whole message; empty file: close without a word
    std::uint16_t redirect = 0;              ///< errorloc302/303
    std::string location;
    std::shared_ptr<const ReplyMaker> made;  ///< http-error
};
using ErrorReplies = std::map<int, ErrorReply>;

/// An `http-errors` section.
struct HttpErrors {
    std::string name;
    ErrorReplies replies;
    base::Place place;
};

/// `errorfiles SECTION [status...]`: answers of an http-errors section, which may stand further down in the file.
struct ErrorFiles {
    std::string section;
    std::vector<int> statuses;    ///< empty: all that the section has
    std::vector<int> overridden;  ///< by lines further down
    const HttpErrors* found = nullptr;
    base::Place place;
};

/// `email-alert` lines: all of mailers, from and to are needed. Inherited.
struct EmailAlert {
    std::string mailers, from, to, host;
    std::uint8_t level = 1;            ///< syslog's, the least serious one that is told
    const Mailers* section = nullptr;  ///< of that name; by finalize
    bool any = false;                  ///< a line was there
    base::Place place;                 ///< of the last one
    bool is_complete() const { return !mailers.empty() && !from.empty() && !to.empty(); }
};

/// `compression` lines (manual 4.2). Lists in the order of the file.
struct Compression {
    enum class Algorithm : std::uint8_t { identity, gzip, deflate, raw_deflate };
    std::vector<Algorithm> response_algorithms;
    std::optional<Algorithm> request_algorithm;
    std::vector<std::string> response_types, request_types;  ///< empty: any
    bool requests = false, responses = true;                 ///< `direction`
    bool offload = false;                                    ///< servers are not asked to compress
    std::uint32_t min_request = 0, min_response = 0;         ///< bytes
    bool is_set() const { return !response_algorithms.empty() || request_algorithm; }
};

/// `filter bwlim-in` and `filter bwlim-out`: how fast payload may pass.
struct BandwidthLimit {
    std::string name;
    bool inbound = false;     ///< from the client
    std::uint64_t limit = 0;  ///< bytes per `period_ms`
    std::int64_t period_ms = 1000;
    std::uint32_t min_size = 0;  ///< bytes that pass at least at once
    /// `key`: shared by all streams of that key, counted in its table. Null: of each stream by itself.
    std::shared_ptr<const sample::Expression> key;
    std::string table_name;             ///< empty: the proxy's
    const StickTable* table = nullptr;  ///< by finalize
    bool behind_compression = false;    ///< what counts is the size of compressed payload
    bool off = false;                   ///< filter-sequence leaves it out
    base::Place place;
};

/// A `filter` line that has no structure of its own, in the order of the file.
struct Filter {
    enum class Kind : std::uint8_t { trace, compress_request, compress_response, bandwidth, fcgi_app };
    Kind kind = Kind::trace;
    std::string name;         ///< of trace; of fcgi_app: the section's
    std::uint32_t index = 0;  ///< of bandwidth: into Proxy::bandwidth_limits
    bool random_forwarding = false, hexdump = false, quiet = false;
    bool is_compression() const { return kind == Kind::compress_request || kind == Kind::compress_response; }
};

/// `filter-sequence request|response`: the filters of that direction that run, by the words that declare them.
struct FilterSequence {
    std::vector<std::string> names;  ///< empty: all, in the order of the file
    base::Place place;
};

/// What `retry-on` may name beside failed connections.
enum RetryOn : std::uint32_t {
    kRetryConnFailure = 1,
    kRetryEmptyResponse = 2,
    kRetryJunkResponse = 4,
    kRetryResponseTimeout = 8,
    kRetry0RttRejected = 16,
    kRetry401 = 32,
    kRetry403 = 64,
    kRetry404 = 128,
    kRetry408 = 256,
    kRetry421 = 512,
    kRetry425 = 1024,
    kRetry429 = 2048,
    kRetry500 = 4096,
    kRetry501 = 8192,
    kRetry502 = 16384,
    kRetry503 = 32768,
    kRetry504 = 65536,
    kRetryStatuses = 0x1ffe0,
};

/// `option http-restrict-req-hdr-names`.
enum class RestrictNames : std::uint8_t { unset, preserve, delete_, reject };

/// Options that are plain switches, each as its manual entry says. Copied from `defaults`.
struct Options {
    bool httplog = false, tcplog = false, clf_log = false, httpslog = false, dontlognull = false, logasap = false,
         dontlog_normal = false, log_separate_errors = false, log_health_checks = false;
    bool redispatch = false, abort_on_close = false, all_backups = false, persist = false, cont_stats = false;
    std::int32_t redispatch_interval = -1;  ///< N: each Nth retry goes elsewhere; -N: the Nth from the last one
    bool tcpka = false, clitcpka = false, srvtcpka = false, splice_auto = false, splice_request = false,
         splice_response = false;
    bool tcp_smart_accept = false, tcp_smart_connect = false, nolinger = false, transparent = false, http_proxy = false;
    bool http_no_delay = false, http_pretend_keepalive = false, http_use_proxy_header = false,
         prefer_last_server = false;
    bool accept_invalid_request = false, accept_invalid_response = false, http_ignore_probes = false,
         http_buffer_request = false;
    bool socket_stats = false, check_cache = false, http_restrict_names = false, independent_streams = false,
         use_htx = true;
    bool disable_h2_upgrade = false, idle_close_on_response = false, tcplog_clf = false;
    bool adjust_case_client = false, adjust_case_server = false;  ///< h1-case-adjust-bogus-client and -server
    bool drop_request_trailers = false, drop_response_trailers = false;
    RestrictNames restrict_names = RestrictNames::unset;
    std::optional<ConnectionMode> connection_mode;
    bool abort_on_close_set =
        false;  ///< an `option abortonclose` line was there, be it with `no`; else the era decides
};

/// Everything of a proxy that `defaults` hands down; copied as a whole when a section begins.
struct ProxySettings {
    Mode mode = Mode::tcp;
    bool mode_set = false;
    bool may_become_http = false;  ///< mode tcp, but rules or backends may switch connections to HTTP; by finalize
    Timeouts timeouts;
    Options options;
    AddressHeader forwardfor, originalto;
    Forwarded forwarded;
    std::uint32_t max_connections = 0;   ///< maxconn of the frontend; 0: default
    std::uint32_t full_connections = 0;  ///< fullconn; 0: computed
    std::uint32_t backlog = 0;
    std::uint32_t rate_limit_sessions = 0;
    std::uint64_t processes = 0;  ///< bind-process, of 1.3 to 2.6: a bit for each, from 1; 0: all
    std::int32_t retries = 3;
    std::int32_t grace_ms = 0;
    Reuse reuse = Reuse::safe;
    bool reuse_set = false;               ///< an http-reuse line was there; else the era decides
    bool max_connections_of_era = false;  ///< no maxconn line was there, and the era's default stands in its place
    Balance balance;
    CookieSettings cookie;
    HealthCheck health_check;
    StatsSettings stats;
    std::vector<LogTarget> logs;   ///< those of `log global` included
    std::uint32_t log_steps = 0;   ///< `log-steps`: a bit per LogOrigin; 0: one line per stream, at its end
    bool log_server_side = false;  ///< a format prints %bi or %bp
    std::string log_tag;
    std::shared_ptr<const Template> log_format, log_format_sd,
        error_log_format;  ///< null: by option httplog/tcplog/none
    std::shared_ptr<const Template> unique_id_format;
    std::string unique_id_header;
    base::Place log_format_place;  ///< of the line that chose the format, be it in `defaults`
    ErrorReplies error_replies;
    std::vector<ErrorFiles> error_files;  ///< put into error_replies by finalize
    Compression compression;
    EmailAlert email_alert;
    std::uint32_t retry_on = kRetryConnFailure;  ///< RetryOn bits
    std::string send_name_header;                ///< http-send-name-header: lower case
    std::string monitor_uri;
    std::vector<net::Network> monitor_net;
    base::Boxed<Endpoint> source;
    ShownSource shown_source;
    std::string source_interface;
    std::string default_backend;
    base::Place default_backend_place;
    ServerSettings default_server;
    bool disabled = false;
    std::uint32_t max_keepalive_queue = 0;
    std::uint32_t max_kept_per_session = 5;                        ///< max-session-srv-conns
    std::shared_ptr<const sample::Expression> persist_rdp_cookie;  ///< gives the cookie; null: off
    std::int64_t request_inspect_ms = 0, response_inspect_ms = 0;  ///< tcp-request|tcp-response inspect-delay; 0: none
    std::string dynamic_cookie_key;
    LoadState load_state = LoadState::none;
    std::string state_file;  ///< server-state-file-name; empty: the proxy's name
    struct Keepalive {
        std::uint32_t count = 0, idle_s = 0, interval_s = 0;  ///< 0: the system's
    };
    Keepalive client_keepalive, server_keepalive;  ///< clitcpka-*, srvtcpka-*
};

/// Threads by their numbers from 1: "3", "2-4", "odd", "all".
struct ThreadRange {
    std::uint32_t first = 1, last = ~std::uint32_t{0}, step = 1;
    bool contains(std::uint32_t number) const {
        return number >= first && number <= last && (number - first) % step == 0;
    }
};

/// One address of a `bind` line (a line with several, or a port range, becomes several). Frozen.
struct Bind {
    Endpoint endpoint;
    std::string name;  ///< `name`; statistics show "sock-N" without
    std::string guid;  ///< `guid-prefix`, "-" and the socket's number on its line
    std::uint32_t id = 0;
    std::uint32_t max_connections = 0;  ///< 0: the frontend's
    std::uint32_t backlog = 0;
    SocketOwner owner;
    std::string interface;
    std::int32_t mss = 0;
    bool transparent = false, v4v6 = false, v6only = false, defer_accept = false, tfo = false;
    bool expose_fd = false;     ///< `expose-fd listeners`: `_getsocks` may hand the listening sockets over
    bool reuse_port = true;     ///< not with noreuseport; by finalize
    bool accept_proxy = false;  ///< a PROXY protocol header comes first
    std::optional<std::uint32_t> client_ip_magic;  ///< accept-netscaler-cip: the number that begins its header
    std::uint32_t tcp_user_timeout_ms = 0;         ///< tcp-ut; 0: the system's
    std::uint8_t save_syn = 0;                     ///< tcp-ss: 1 from the IP header on, 2 from the Ethernet header on
    enum class Level : std::uint8_t { user, operator_, admin } level = Level::operator_;    ///< stats sockets
    enum class Severity : std::uint8_t { none, number, string } severity = Severity::none;  ///< severity-output, there
    std::string md5_password;                                                               ///< tcp-md5sig; empty: none
    std::shared_ptr<const net::NetworkNamespace> network_namespace;                         ///< `namespace`; null: ours
    ThreadRange threads;     ///< `thread`, `process`: which of them accept
    std::string congestion;  ///< `cc`: the algorithm of TCP that keeps the network from congestion; empty: the system's
    std::string label;
    bool is_section_address = false;         ///< stood on the section line (1.x)
    std::uint32_t reverse_connections = 1;   ///< nbconn: of rhttp@, how many there are to be
    const Server* reverse_server = nullptr;  ///< of rhttp@: whom they are made to; by finalize
    TlsOptions tls;
    Proto proto = Proto::negotiated;
    std::int64_t idle_ping_ms = 0;  ///< how long a client of HTTP/2 may be silent before it is asked; 0: for ever
    std::string text;               ///< the address as written, for messages
    base::Place place;
};

/// A slot of the log's captures: `capture request header NAME len N`, `declare capture request len N`.
struct Capture {
    std::string name;  ///< of the header, lower case; empty: only rules fill the slot
    std::uint32_t length = 0;
};

/// `use_backend NAME if ...`.
struct UseBackend {
    std::string name;                   ///< literal, resolved to `backend` by finalize
    std::unique_ptr<Template> dynamic;  ///< a name with %[...] instead
    const Proxy* backend = nullptr;
    std::unique_ptr<sample::Condition> when;
    std::string text;
    base::Place place;
};

/// `use-server NAME if ...`, `force-persist if`, `ignore-persist if`.
struct UseServer {
    std::string name;
    const Server* server = nullptr;
    std::unique_ptr<sample::Condition> when;
    base::Place place;
};
/// `attach-srv BACKEND/SERVER [name EXPRESSION]`.
struct AttachTarget {
    std::string name;
    bool named = false;
    const Proxy* proxy = nullptr;    ///< where the rule stands; null: a section of defaults
    const Server* server = nullptr;  ///< by finalize
    base::Place place;
};
struct PersistRule {
    bool force = false;  ///< force-persist; else ignore-persist
    std::unique_ptr<sample::Condition> when;
    base::Place place;
};

/// `stick match|on|store-request|store-response EXPRESSION [table T] [if ...]`.
struct StickRule {
    bool match = false, store = false;
    std::unique_ptr<sample::Expression> key;
    std::string table_name;  ///< empty: the proxy's own
    const StickTable* table = nullptr;
    std::unique_ptr<sample::Condition> when;
    base::Place place;
};

/// One frontend, backend, listen or defaults section. Frozen after finalize; found by name.
struct Proxy : ProxySettings {
    std::string name;
    std::uint8_t capabilities = 0;                            ///< Capability bits
    std::uint32_t id = 0;                                     ///< numeric, as statistics show it (iid)
    bool forced_id = false;                                   ///< by an `id` line
    std::uint32_t index = 0;                                  ///< position in Config::proxies
    base::Release era;                                        ///< of the configuration
    const sample::VariableLimits* variable_limits = nullptr;  ///< the same; null: none
    std::string description, guid;
    base::Place place;

    std::vector<Bind> binds;
    std::vector<std::unique_ptr<Server>> servers;
    std::unordered_map<std::string, std::unique_ptr<sample::Acl>> acls;

    RuleSet tcp_request_connection, tcp_request_session, tcp_request_content, tcp_response_content;
    RuleSet http_request, http_response, http_after_response;
    RuleSet redirects;  ///< `redirect` lines: run behind http_request
    /// req*/rsp* words of 1.x, run behind http_request and http_response: first those that look for a pattern, then
    /// reqadd and rspadd, from the number below on.
    RuleSet legacy_request, legacy_response;
    std::uint32_t legacy_request_adds = 0, legacy_response_adds = 0;
    std::uint32_t block_rules = 0;  ///< how many of http_request, at its front, are `block` lines of 1.x
    RuleSet stats_rules;            ///< `stats http-request`
    std::vector<UseBackend> use_backends;
    std::vector<std::unique_ptr<UseBackend>> switch_targets;       ///< of reqsetbe lines, which point at them
    sample::ConditionChain use_backend_chain, http_request_chain;  ///< of their conditions
    std::vector<UseServer> use_servers;
    std::vector<PersistRule> persist_rules;
    std::vector<std::unique_ptr<sample::Condition>> force_switch;  ///< force-be-switch
    StickTable* stick_table = nullptr;                             ///< its own; in Config::tables
    std::vector<StickRule> stick_requests;                         ///< stick match, on, store-request
    std::vector<StickRule> stick_responses;                        ///< stick store-response
    const Proxy* default_backend_proxy = nullptr;                  ///< by finalize; null: none (or itself, for listen)
    std::vector<std::unique_ptr<sample::Condition>> monitor_fail;
    std::vector<Capture> request_captures, response_captures;  ///< by number, as %hr and %hs print them
    std::string capture_cookie;                                ///< a cookie whose text begins so is captured
    std::uint32_t capture_cookie_length = 0;
    std::optional<Endpoint> dispatch;
    std::vector<Filter> filters;
    FilterSequence request_filters, response_filters;
    std::vector<BandwidthLimit> bandwidth_limits;
    const FcgiApp* fcgi_app = nullptr;  ///< use-fcgi-app, filter fcgi-app; by finalize
    bool fcgi_rules = true;             ///< its rules are applied to requests (filter-sequence)
    bool fcgi_answers = true;           ///< its answers are completed
    /// Where connections go that no server is chosen for: `dispatch`, or the address that the client wanted (`option
    /// transparent`). Null where there is load balancing. Not among the servers; made by finalize.
    std::unique_ptr<Server> direct;

    bool is_frontend() const { return capabilities & kFrontend; }
    bool is_backend() const { return capabilities & kBackend; }
    const Server* find_server(std::string_view name) const;

  private:
    friend struct Config;
    mutable std::unordered_map<std::string_view, const Server*> servers_by_name_;
};

}  // namespace cfgproxy::model
