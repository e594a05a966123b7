#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "model/endpoint.h"
#include "model/template.h"
#include "model/tls.h"
#include "net/proxy_protocol.h"

namespace cfgproxy::net {
class NetworkNamespace;
}

namespace cfgproxy::model {

struct HealthCheck;
struct Proxy;

enum class OnMarkedDown : std::uint8_t { none, shutdown_sessions };
enum class OnMarkedUp : std::uint8_t { none, shutdown_backup_sessions };
enum class Observe : std::uint8_t { none, layer4, layer7 };
enum class OnError : std::uint8_t { fastinter, fail_check, sudden_death, mark_down };

/// `ws`: over which protocol WebSockets go to a server.
enum class WebSockets : std::uint8_t {
    negotiated,  ///< HTTP/2 where its SETTINGS say that it can
    h1,
    h2,
};

/// `init-state`: how a server begins, also when it leaves maintenance.
enum class InitState : std::uint8_t {
    none,        ///< up, and down at the first failed check
    fully_up,    ///< up, and down when `fall` checks have failed
    up,          ///< up, and down at the next failed check
    down,        ///< down, and up at the next check that passes
    fully_down,  ///< down, and up when `rise` checks have passed
};

/// `hash-key`: what the places of a server on the ring of consistent hashing are derived from.
enum class HashKey : std::uint8_t { id, id32, guid, addr, addr_port };

/// `observe` and its kin: traffic that tells about the server's health.
struct ObserveSettings {
    Observe layer = Observe::none;
    OnError on_error = OnError::fail_check;
    std::uint32_t error_limit = 10;  ///< errors in a row that count as one failed check
};

/// Health check timing and thresholds (`inter`, `rise`, `fall`...). Times in ms, 0: not set.
struct CheckSettings {
    bool enabled = false;  ///< `check`
    std::uint32_t inter_ms = 2000, fast_inter_ms = 0, down_inter_ms = 0;
    std::uint16_t rise = 2, fall = 3;
    std::uint16_t port = 0;         ///< 0: the server's
    base::Boxed<Endpoint> address;  ///< `addr`
    Proto proto = Proto::negotiated;
    bool proto_given = false;  ///< `check-proto`; else `proto` counts
    bool reuse_pool = false;   ///< `check-reuse-pool`: over an idle connection of traffic, if there is one
    std::string pool_name;     ///< `check-pool-conn-name`: what that connection must have been opened for
};

/// `agent-check` and its kin.
struct AgentSettings {
    bool enabled = false;
    std::uint16_t port = 0;
    std::uint32_t inter_ms = 0;     ///< 0: as the health check
    base::Boxed<Endpoint> address;  ///< none: the server's
    std::string send;
};

/// `send-proxy`, `send-proxy-v2` and `proxy-v2-options`.
struct ProxyProtocol {
    std::uint8_t version = 0;  ///< versions asked for, as bits 1 and 2; the later one is sent
    bool crc32c = false, unique_id = false, authority = false;
    bool never_local = false;  ///< pp2-never-send-local: checks say PROXY too; by finalize
    net::TlsTold tls;
    std::vector<std::pair<std::uint8_t, std::shared_ptr<const Template>>> tlvs;  ///< set-proxy-v2-tlv-fmt
};

/// `usesrc`: whom servers see in our place (manual 4.2 "source").
struct ShownSource {
    enum class Kind : std::uint8_t { none, client, client_ip, address, header } kind = Kind::none;
    net::Address address;          ///< kind address; its port may be 0
    std::string header;            ///< hdr_ip
    std::int32_t occurrence = -1;  ///< from 1, or from the last one, -1
};

/// What may stand on `default-server` too: copied from there when a server is declared.
struct ServerSettings {
    CheckSettings check;
    std::string health_check_name;                  ///< `healthcheck`: a section's; empty: the backend's check
    const HealthCheck* own_health_check = nullptr;  ///< of that section, by finalize
    AgentSettings agent;
    std::uint32_t weight = 1;
    std::uint32_t max_connections = 0;  ///< maxconn; 0: unlimited
    std::uint32_t min_connections = 0;  ///< minconn
    std::uint32_t max_queue = 0;        ///< 0: unlimited
    std::uint32_t slow_start_ms = 0;
    bool strict_max_connections = false;  ///< strict-maxconn: idle connections count too
    bool backup = false;
    bool disabled = false;
    InitState init_state = InitState::none;
    HashKey hash_key = HashKey::id;
    base::Boxed<Endpoint> source;
    ShownSource shown_source;      ///< counts with `source`
    base::Boxed<Endpoint> socks4;  ///< the proxy that connects to the server
    bool check_via_socks4 = false;
    OnMarkedDown on_marked_down = OnMarkedDown::none;
    OnMarkedUp on_marked_up = OnMarkedUp::none;
    ObserveSettings observe;
    std::string track;                  ///< [backend/]server whose health is this one's
    std::string redirect_prefix;        ///< `redir`
    std::int64_t pool_purge_ms = 5000;  ///< pool-purge-delay
    std::int64_t pool_max = -1;         ///< pool-max-conn; -1: no limit
    std::int64_t pool_low = 0;
    std::int64_t max_reuse = -1;
    std::string resolve_prefer;
    ProxyProtocol proxy_protocol;
    bool check_send_proxy = false;
    std::string interface;                  ///< to connect from
    std::uint32_t tcp_user_timeout_ms = 0;  ///< tcp-ut; 0: the system's
    bool tcp_fast_open = false;
    std::string congestion;                                          ///< `cc`, as of Bind
    std::string md5_password;                                        ///< tcp-md5sig; empty: none
    std::shared_ptr<const net::NetworkNamespace> network_namespace;  ///< `namespace`; null: ours
    bool client_namespace = false;  ///< `namespace *`: the one that the PROXY header names, or the listener's
    std::int64_t idle_ping_ms = 0;  ///< how long a connection of HTTP/2 may be silent before it is asked; 0: for ever
    std::shared_ptr<const sample::Expression> pool_name;  ///< pool-conn-name: what reused connections must agree in
    std::uint32_t log_ring_size = 0;                      ///< log-bufsize; 0: a buffer's size
    std::string log_ring;            ///< mode log: that a stream server's lines come from; by finalize
    bool log_counts_octets = false;  ///< log-proto octet-count
    bool non_stick = false;          ///< never stored in stick tables
    std::uint32_t shard = 0;         ///< of a peer: which part of the tables it is told; 0: all of them
    base::Sparse<TlsOptions> tls;
    Proto proto = Proto::negotiated;
    WebSockets web_sockets = WebSockets::negotiated;
    std::string default_cookie;  ///< `cookie` of default-server, for servers without their own
};

/// One `server` line. Frozen.
struct Server : ServerSettings {
    std::string name;
    Endpoint endpoint;
    std::string cookie, guid;
    std::uint32_t id = 0;     ///< numeric, from 1 in its backend
    bool forced_id = false;   ///< by `id`
    std::uint32_t index = 0;  ///< position in Proxy::servers
    std::uint32_t twin = 0;   ///< how many servers before it bear its name
    const Proxy* proxy = nullptr;
    base::Place place;
    mutable bool referenced =
        false;  ///< a rule, an expression or another server names it: it cannot be removed; by finalize
};

}  // namespace cfgproxy::model
