#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/release.h"
#include "model/fcgi.h"
#include "model/log_forward.h"
#include "model/log_profile.h"
#include "model/log_ring.h"
#include "model/proxy.h"
#include "model/sections.h"
#include "model/status_set.h"
#include "model/stick_table.h"
#include "sample/pattern_list.h"

namespace cfgproxy::net {
class TlsStore;
}

namespace cfgproxy::model {

/// `stats socket` and `stats timeout`.
struct StatsSocket {
    Bind bind;
};

/// tune.h2.*, for one side. Sizes in bytes.
struct H2Tuning {
    std::uint32_t initial_window = 65535, max_streams = 100, max_frame = 16384, header_table = 4096;
    std::uint32_t max_total_streams = 0;  ///< of one client connection; 0: unlimited
    std::uint32_t max_glitches = 0;       ///< of one connection; 0: unlimited
};

/// What compression may cost (manual 3.2: maxcomprate, maxcompcpuusage, maxzlibmem, tune.comp.maxlevel, tune.zlib.*).
struct CompressionLimits {
    std::uint32_t level = 1, memory_level = 8, window_bits = 15;
    std::uint32_t least_idle = 0;  ///< below so many percent of idle time nothing more is compressed
    std::uint32_t rate = 0;        ///< bytes a second; 0: no limit
    std::uint64_t memory = 0;      ///< of zlib, bytes; 0: no limit
};

/// The `global` section. Sizes in bytes, times in ms; 0 or empty: not set unless said otherwise.
struct Global {
    sample::VariableLimits variable_limits;
    std::vector<LogTarget> logs;
    std::string log_tag;            ///< empty: the program's name
    std::string log_send_hostname;  ///< host name put into log lines; empty: none
    bool log_send_hostname_set = false;
    std::string chroot, user, group, pidfile, node, description;
    std::int64_t uid = -1, gid = -1;
    bool daemon = false, quiet = false, debug = false, master_worker = false, zero_warning = false,
         external_check = false, insecure_fork = false;
    bool external_check_inherits = false;                               ///< external-check preserve-env
    std::shared_ptr<const std::vector<std::string>> check_environment;  ///< what checks inherit then
    bool proxy_v2_never_local = false;                                  ///< pp2-never-send-local
    bool reject_privileged_ports = false;                               ///< harden.reject-privileged-ports.tcp
    bool h1_any_payload = false;                                        ///< h1-accept-payload-with-any-method
    bool h1_keeps_insecure = false;   ///< h1-do-not-close-on-insecure-transfer-encoding
    bool no_exit_on_failure = false;  ///< master-worker no-exit-on-failure
    std::uint64_t capabilities = 0;   ///< setcap: kept behind a change of user; bits by Linux's numbers
    std::uint32_t max_cli_payload = 128 * 1024;
    bool max_counters = true;  ///< stats calculate-max-counters
    std::string stats_file;
    std::uint32_t max_connections = 0, ulimit_n = 0, threads = 0, max_connection_rate = 0, max_session_rate = 0;
    std::uint32_t processes = 1;  ///< nbproc, of 1.3 to 2.4: threads are made of them
    base::Place processes_place;  ///< of the line that said so
    std::uint32_t buffer_size = 16384, max_rewrite = 1024, max_http_headers = 101, log_uri_length = 1023,
                  max_accept = 0;
    std::uint32_t receive_buffer_client = 0, receive_buffer_server = 0, send_buffer_client = 0, send_buffer_server = 0;
    std::uint32_t receive_buffer_datagrams = 0, send_buffer_logs = 0;  ///< tune.rcvbuf.frontend, tune.sndbuf.backend
    std::uint32_t not_sent_client = 0, not_sent_server = 0;            ///< tune.notsent-lowat.*
    std::uint32_t pipe_size = 0;
    CompressionLimits compression;
    std::uint32_t cookie_length = 63;                       ///< tune.http.cookielen: what logs keep of a cookie at most
    std::uint32_t descriptors_limit = 0;                    ///< fd-hard-limit
    bool strict_limits = true;                              ///< a limit that cannot be raised ends the program
    bool dumpable = false;                                  ///< set-dumpable
    std::optional<std::int32_t> nice_at_start, nice_later;  ///< tune.renice.*
    std::int32_t max_reloads = -1;                          ///< mworker-max-reloads; -1: no limit
    /// cpu-map: the processors on which each thread may run, by its number from 0; empty: anywhere.
    std::vector<std::vector<std::uint16_t>> thread_processors;
    std::uint32_t spread_checks = 0;  ///< percent
    std::int64_t max_spread_checks_ms = 0;
    std::int64_t hard_stop_after_ms = -1, grace_ms = -1, close_spread_ms = -1;
    std::vector<StatsSocket> stats_sockets;
    std::int64_t stats_timeout_ms = 10000;
    std::uint32_t stats_max_connections = 10;
    std::string ca_base, crt_base, key_base;
    CertificateRules certificates;
    OcspSettings ocsp;
    TlsDefaults tls_bind, tls_server;                                     ///< ssl-default-bind-*, ssl-default-server-*
    net::TlsVerify verify_servers = net::TlsVerify::required;             ///< ssl-server-verify
    std::string dh_params_file;                                           ///< ssl-dh-param-file
    std::uint32_t tls_cache_sessions = 20000, tls_session_seconds = 300;  ///< tune.ssl.cachesize, tune.ssl.lifetime
    std::uint32_t max_tls_connections = 0, max_tls_rate = 0;
    std::uint32_t tls_max_record = 0, tls_hard_max_record = 0;  ///< tune.ssl.maxrecord, tune.ssl.hard-maxrecord
    std::uint32_t tls_hello_room = 0;                           ///< tune.ssl.capture-buffer-size
    bool tls_keep_secrets = false;                              ///< tune.ssl.keylog
    std::int32_t tls_security_level = -1;                       ///< -1: OpenSSL's
    std::uint32_t tls_generated = 1000;                         ///< certificates kept, tune.ssl.ssl-ctx-cache-size
    std::uint32_t tls_dh_bits = 0;  ///< tune.ssl.default-dh-param; 0: no DH without parameters from files
    std::string server_state_file, server_state_base;
    bool no_splice = false;
    std::uint32_t jwe_algorithms = ~1u, jwe_encodings = ~0u;  ///< jwt.decrypt_*_list: all but RSA1_5 (RFC 8725, 3.2)
    bool profile_tasks = false;                               ///< profiling.tasks on
    bool idle_pool_shared = true;  ///< tune.idle-pool.shared: a thread may take the idle connections of others
    H2Tuning h2_front, h2_back;
    std::uint32_t h1_front_glitches = 0, h1_back_glitches = 0;  ///< tune.h1.*.glitches-threshold; 0: no limit
    std::uint32_t glitch_kill_busy = 0;                         ///< tune.glitches.kill.cpu-usage. Percent
    bool h2_bogus_websockets = false;                           ///< h2-workaround-bogus-websocket-clients
    bool no_reuse_port = false;                                 ///< noreuseport
    std::string unix_prefix;  ///< unix-bind: stands before the paths of bind lines (already put there)
    SocketOwner unix_owner;   ///< unix-bind: what bind lines start from
    std::string local_peer;
    bool experimental = false;  ///< expose-experimental-directives: words that HAProxy has not settled may stand
    std::uint32_t peers_max_updates = 200;   ///< tune.peers.max-updates-at-once
    StatusSet error_statuses{{{400, 499}}};  ///< http-err-codes: what tables count as the client's fault
    StatusSet failure_statuses{{{500, 500}, {502, 504}, {506, 599}}};  ///< http-fail-codes: as the server's
    std::uint32_t stick_counters = 3;                                  ///< how many numbers track-sc* may use
    /// h1-case-adjust: lower case to what such names look like on the wire for those who mind.
    std::map<std::string, std::string, std::less<>> name_cases;
    std::string name_cases_file;  ///< h1-case-adjust-file
};

/// `userlist`: users with groups and passwords (crypt(3) or clear).
struct Userlist {
    struct User {
        std::string name, password;
        bool insecure = false;  ///< the password is in clear
        std::vector<std::string> groups;
    };
    std::string name;
    std::vector<User> users;
    std::unordered_map<std::string, std::vector<std::string>> groups;
    base::Place place;
};

/// `peers`: processes that share tables, this one among them (manual 2.6 section 3.5).
struct Peers {
    struct Peer {
        std::string name;
        base::Place place;
        bool is_local = false;      ///< the one that we are
        bool by_peer_line = false;  ///< of `peer`, whose address we listen at if it is ours; else of `server`
        Server server;              ///< where it is, how it is connected to, which shard it knows
    };
    std::string name;
    std::string local_name;  ///< what the one that we are is called
    std::vector<Peer> peers;
    std::vector<Bind> binds;                                      ///< at most one: of `bind`, or of the local `peer`
    std::unique_ptr<Proxy> defaults = std::make_unique<Proxy>();  ///< what default-server and default-bind say
    Bind default_bind;
    std::vector<LogTarget> logs;
    std::uint32_t shards = 0;  ///< in how many parts tables are told; 0: all is told to all
    bool disabled = false;
    base::Place place;
    bool has_local() const {
        for (const Peer& peer : peers)
            if (peer.is_local) return true;
        return false;
    }
};

/// One configuration as it was written, complete and checked: frozen once finalize succeeded, shared by all threads,
/// freed with its generation. Keeps the sources alive that places and views point into.
struct Config {
    Global global;
    std::vector<std::unique_ptr<Proxy>> proxies;  ///< in file order; `defaults` sections are not here
    std::vector<std::unique_ptr<Proxy>> defaults;
    std::vector<std::unique_ptr<Userlist>> userlists;
    std::vector<std::unique_ptr<Resolvers>> resolvers;
    std::vector<std::unique_ptr<Mailers>> mailers;
    std::vector<std::unique_ptr<CacheSettings>> caches;
    std::vector<std::unique_ptr<FcgiApp>> fcgi_apps;
    std::vector<std::unique_ptr<Program>> programs;
    std::vector<std::unique_ptr<StickTable>> tables;  ///< of proxies and of `peers` sections, in file order
    std::vector<std::unique_ptr<Peers>> peers;
    std::vector<std::unique_ptr<HttpErrors>> http_errors;
    std::vector<std::unique_ptr<Proxy>> health_checks;  ///< `healthcheck` sections: proxies that only have a check
    std::vector<std::unique_ptr<ErrorFiles>> error_file_uses;   ///< of `return errorfiles NAME`
    std::vector<std::unique_ptr<AttachTarget>> attach_targets;  ///< of attach-srv rules
    std::vector<std::unique_ptr<LogProfile>> log_profiles;
    std::vector<std::unique_ptr<LogForward>> log_forwards;
    std::vector<std::unique_ptr<LogRing>> rings;  ///< those of `ring` sections, and one for each `log` over a stream
    std::vector<std::unique_ptr<CertificateLoad>> certificate_loads;  ///< `crt-store`
    /// Certificates by name and who uses them: what the command line changes. Never null once finalize succeeded.
    std::shared_ptr<net::TlsStore> tls_store;
    /// What -f files, maps and acl lines hold; shared with the rules that change them.
    std::shared_ptr<sample::PatternLists> pattern_lists;
    std::shared_ptr<void> sources;                                                 ///< config::Source
    std::vector<std::shared_ptr<const net::NetworkNamespace>> network_namespaces;  ///< `namespace_list`
    std::map<std::string, std::string, std::less<>> guids;  ///< `guid`, `guid-prefix`: whose each one is, in words
    std::uint32_t warnings = 0;
    /// The HAProxy release whose defaults count where the files say nothing (config::Era).
    base::Release era;
    base::Release oldest_release{1, 3};  ///< the first that knows every word

    /// Null if there is none. A frontend and a backend may bear one name.
    const Proxy* find_frontend(std::string_view name) const;
    const Proxy* find_backend(std::string_view name) const;
    const Userlist* find_userlist(std::string_view name) const;
    StickTable* find_table(std::string_view name) const;
    /// Takes a table whose name is new, and numbers it.
    StickTable& add_table(std::unique_ptr<StickTable> table);
    /// Several proxies that could be meant bear the name: what HAProxy accepted until 1.5 as long as no rule used it.
    bool is_ambiguous_backend(std::string_view name) const { return ambiguous_backends_.contains(name); }
    const LogProfile* find_log_profile(std::string_view name) const;
    void index();  ///< fills the look-ups; called by finalize before names are resolved

  private:
    std::unordered_map<std::string_view, const Proxy*> frontends_, backends_;
    std::unordered_set<std::string_view> ambiguous_backends_;
    std::unordered_map<std::string_view, StickTable*> tables_by_name_;
};

}  // namespace cfgproxy::model
