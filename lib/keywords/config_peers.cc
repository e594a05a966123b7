// `peers` sections: who the peers are and how they are reached (manual 2.6 section 3.5). Their tables are read in
// config_stick_table.cc.
#include "config/reader.h"
#include "config/sections.h"
#include "keywords/bind_line.h"
#include "keywords/server_option.h"

namespace cfgproxy::keywords {
namespace {

using model::Peers;

std::string where(const base::Place& place) { return *place.file + ":" + std::to_string(place.line); }

void* open_peers(Parser& parser) {
    const auto words = parser.words();
    if (words.size() < 2) {
        parser.alert(words[0], "missing name for peers section.");
        return nullptr;
    }
    const std::string_view name = words[1].text;
    if (parser.too_many(1, "peers")) return nullptr;
    if (auto bad = config::find_invalid_char(name); bad != std::string_view::npos) {
        parser.alert(words[1], "character '" + std::string(1, name.empty() ? ' ' : name[bad]) +
                                   "' is not permitted in 'peers' name " + quoted(name) + ".");
        return nullptr;
    }
    for (const auto& other : parser.config().peers)
        if (other->name == name)
            parser.alert_tight(words[1], "peers section " + quoted(name) +
                                             " has the same name as another peers section declared at " +
                                             where(other->place) + ".");
    auto peers = std::make_unique<Peers>();
    peers->name = name;
    peers->place = parser.place();
    peers->defaults->name = name;
    peers->defaults->capabilities = model::kListen;
    peers->default_bind.owner = parser.global().unix_owner;
    parser.config().peers.push_back(std::move(peers));
    return parser.config().peers.back().get();
}

Peers& peers_of(Parser& parser) { return parser.opened<Peers>(); }

std::string local_peer_name(Parser& parser) {
    if (!parser.global().local_peer.empty()) return parser.global().local_peer;
    return parser.environment().expand("${HAPROXY_LOCALPEER}");
}

Peers::Peer* local_of(Peers& peers) {
    for (auto& peer : peers.peers)
        if (peer.is_local) return &peer;
    return nullptr;
}

/// What `bind` and `server` options ask the section about.
class ProxyScope {
  public:
    explicit ProxyScope(Parser& parser) : parser_(parser) { parser.set_proxy(peers_of(parser).defaults.get()); }
    ~ProxyScope() { parser_.set_proxy(nullptr); }

  private:
    Parser& parser_;
};

// --- where we are reached ----------------------------------------------------------------------------------------

/// Where the old process finds the new one.
void tell_address(Peers& peers) {
    Peers::Peer* local = local_of(peers);
    if (local && local->server.endpoint.text.empty() && !peers.binds.empty())
        local->server.endpoint = peers.binds[0].endpoint;
}

/// Adds the address that the first of `words` says. The rest are options.
void listen_at(Parser& parser, std::string_view line, std::span<const Word> words) {
    Peers& peers = peers_of(parser);
    if (!peers.binds.empty())
        return parser.alert(words[0],
                            "One listener per \"peers\" section is authorized but another is already configured at [" +
                                where(peers.binds[0].place) + "].");
    const ProxyScope scope(parser);
    std::vector<model::Bind> binds;
    if (!read_bind_line(parser, line, peers.default_bind, words, binds)) return;
    if (binds.size() > 1) {  // later releases refuse the file
        parser.warning(words[0],
                       "Only one listener per \"peers\" section is authorized. Multiple listening addresses or port "
                       "range are not supported: the first one is used.");
        binds.resize(1);
    }
    if (binds[0].endpoint.kind == model::Endpoint::Kind::unix_path)
        binds[0].endpoint.path = parser.global().unix_prefix + binds[0].endpoint.path;
    peers.binds = std::move(binds);
    tell_address(peers);
}

void mind_mixture(Parser& parser) { parser.alert(parser.words()[0], "mixing \"peer\" and \"bind\" line is forbidden"); }

void add_bind(Parser& parser) {
    for (const auto& peer : peers_of(parser).peers)
        if (peer.by_peer_line) return mind_mixture(parser);
    listen_at(parser, "bind", parser.args());
}

/// Options without an address: read as those of an address that is then thrown away.
void set_default_bind(Parser& parser) {
    Peers& peers = peers_of(parser);
    const ProxyScope scope(parser);
    std::vector<Word> words{Word{":1", parser.words()[0].place}};
    words.insert(words.end(), parser.args().begin(), parser.args().end());
    std::vector<model::Bind> binds;
    if (!read_bind_line(parser, "default-bind", peers.default_bind, words, binds)) return;
    peers.default_bind = std::move(binds[0]);
}

// --- the peers ---------------------------------------------------------------------------------------------------

void set_default_server(Parser& parser) {
    const ProxyScope scope(parser);
    parser.frame = {.after = ".", .bare = true};
    parser.server = &parser.proxy().default_server;
    parser.full_server = nullptr;
    read_server_options(parser, parser.args());
    parser.server = nullptr;
}

/// What no peer can be connected to with is said, as are options that change nothing.
void check_options(Parser& parser, const model::Server& server) {
    const Word& word = parser.arg_word(0);
    const auto refuse = [&](bool used, std::string_view name) {
        if (used) parser.refuse_pending(word, "option of a peer", name);
    };
    refuse(server.proxy_protocol.version > 0, "send-proxy");
    refuse(bool(server.socks4), "socks4");
    refuse(bool(server.network_namespace), "namespace");
    refuse(server.shown_source.kind != model::ShownSource::Kind::none, "usesrc");
    if (server.check.enabled || server.agent.enabled)
        parser.warning(word, quoted(std::string(parser.keyword().name) + " " + std::string(parser.arg(0))) +
                                 " : init_addr, resolvers, check and agent are ignored for peers.");
}

bool read_address(Parser& parser, model::Server& server) {
    auto endpoint = parser.address(parser.arg_word(1), parser.arg(1), {}, "'server'");
    if (!endpoint) return false;
    if (endpoint->port_low == 0 && endpoint->kind != model::Endpoint::Kind::unix_path &&
        endpoint->kind != model::Endpoint::Kind::abstract_unix)  // later releases refuse the file
        parser.warning(parser.arg_word(1),
                       "missing port specification in " + quoted(parser.arg(1)) + ": the peer cannot be reached.");
    if (!config::resolve_host(*endpoint)) {
        parser.alert(parser.arg_word(1), "'server' : could not resolve address " + quoted(endpoint->path) + ".");
        return false;
    }
    if (endpoint->kind == model::Endpoint::Kind::host) endpoint->kind = model::Endpoint::Kind::ip;
    if (endpoint->ip.is_ip() && endpoint->ip.port() == 0) endpoint->ip.set_port(endpoint->port_low);
    server.endpoint = std::move(*endpoint);
    return true;
}

/// `peer NAME ADDRESS [options]`, and `server NAME [ADDRESS] [options]`, whose address is left out for ourselves.
template <bool IsPeerLine>
void add_peer(Parser& parser) {
    Peers& peers = peers_of(parser);
    if (peers.local_name.empty()) peers.local_name = local_peer_name(parser);
    Peers::Peer peer;
    peer.name = parser.arg(0);
    peer.place = parser.place();
    peer.is_local = peer.name == peers.local_name;
    peer.by_peer_line = IsPeerLine;
    const std::string line = quoted(std::string(parser.keyword().name) + " " + peer.name) + " : ";
    if (IsPeerLine && !peers.binds.empty() && !(local_of(peers) && local_of(peers)->by_peer_line))
        return mind_mixture(parser);
    if (const Peers::Peer* local = local_of(peers); local && peer.is_local)
        return parser.alert(parser.arg_word(0),
                            line + "local peer name already referenced at " + where(local->place) + ". " + local->name);
    if (auto bad = config::find_invalid_char(peer.name); bad != std::string_view::npos)
        return parser.alert(parser.arg_word(0), "character '" +
                                                    std::string(1, peer.name.empty() ? ' ' : peer.name[bad]) +
                                                    "' is not permitted in peer name " + quoted(peer.name) + ".");
    const bool has_address = IsPeerLine || !peer.is_local;
    if (has_address && parser.args().size() < 2) {
        if (IsPeerLine)
            parser.warning(parser.arg_word(0), line + "ignoring invalid peer definition (missing address:port)");
        return;
    }
    const ProxyScope scope(parser);
    static_cast<model::ServerSettings&>(peer.server) = peers.defaults->default_server;
    peer.server.name = peer.name;
    peer.server.place = parser.arg_word(0).place;
    if (has_address && !read_address(parser, peer.server)) return;
    parser.frame = {.before = "'server " + peers.local_name + "/" + peer.name + "' : ", .after = ".", .bare = true};
    parser.server = &peer.server;
    parser.full_server = &peer.server;
    const bool read = read_server_options(parser, parser.args().subspan(has_address ? 2 : 1));
    parser.server = nullptr;
    parser.full_server = nullptr;
    if (!read) return;
    check_options(parser, peer.server);
    const bool is_ours = IsPeerLine && peer.is_local;
    peers.peers.push_back(std::move(peer));
    tell_address(peers);
    if (is_ours) listen_at(parser, "peer", parser.args().subspan(1, 1));
}

void set_shards(Parser& parser) {
    const std::string_view text = parser.arg(0);
    if (text.empty()) return parser.alert(parser.words()[0], "'shards' : missing value");
    const auto number = base::parse_int(text);
    if (!number)
        return parser.alert(parser.arg_word(0), "'shards' : expects an integer argument, found " + quoted(text));
    if (*number <= 0)
        return parser.alert(parser.arg_word(0), "'shards' : expects a strictly positive integer argument");
    assign_number(peers_of(parser).shards, *number);
}

template <bool Disabled>
void set_disabled(Parser& parser) {
    peers_of(parser).disabled = Disabled;
}

/// What only the whole section shows.
void check_peers(config::Finalizing& finalizing) {
    for (const auto& section : finalizing.config.peers) {
        const std::string label = "Peers section " + quoted(section->name) + ": ";
        for (std::size_t i = 0; i < section->peers.size(); ++i) {
            auto& peer = section->peers[i];
            for (std::size_t j = 0; j < i; ++j)
                if (section->peers[j].name == peer.name)
                    // Later releases refuse the file. Here the last one counts.
                    finalizing.warning(peer.place, "Peer section " + quoted(section->local_name) + " [" +
                                                       where(peer.place) + "]: another peer named " +
                                                       quoted(peer.name) + " was already defined at line " +
                                                       where(section->peers[j].place) + ", please use distinct names.");
            const bool too_great = !peer.is_local && peer.server.shard > section->shards;
            if (peer.server.shard == 0 || (!peer.is_local && !too_great)) continue;
            finalizing.warning(peer.place, label + "shard ignored for " + quoted(peer.name) + " local peer" +
                                               (too_great ? " because " + std::to_string(peer.server.shard) +
                                                                " shard value is greater than the section number of "
                                                                "shards (" +
                                                                std::to_string(section->shards) + ")"
                                                          : ""));
            peer.server.shard = 0;
        }
        const Peers::Peer* local = local_of(*section);
        if (!local || section->disabled || section->binds.empty()) continue;
        const bool ours = section->binds[0].tls.on, theirs = local->server.tls->on;
        if (ours != theirs)
            finalizing.warning(local->place,
                               "Peers section " + quoted(section->local_name) + ": local peer have a " +
                                   (ours ? "SSL listener and a non-SSL server" : "non-SSL listener and a SSL server") +
                                   " configured at line " + where(local->place) + ".");
    }
}

constexpr config::SectionOpener kOpeners[] = {{"peers", open_peers}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

constexpr config::Pass kPasses[] = {{"check peers' lines", 23, check_peers}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "bind", .sections = kPeers, .arity = {1}, .support = Support::done, .parse = add_bind, .since = "2.0"},
    {.name = "default-bind", .sections = kPeers, .support = Support::done, .parse = set_default_bind, .since = "2.0"},
    {.name = "default-server", .sections = kPeers, .support = Support::done, .parse = set_default_server, .since = "2.0"},
    {.name = "disabled", .sections = kPeers, .support = Support::done, .parse = set_disabled<true>, .since = "1.6"},
    {.name = "enabled", .sections = kPeers, .support = Support::done, .parse = set_disabled<false>, .since = "1.6"},
    {.name = "peer", .sections = kPeers, .arity = {1}, .support = Support::done, .parse = add_peer<true>, .since = "1.5"},
    {.name = "server", .sections = kPeers, .arity = {1}, .support = Support::done, .parse = add_peer<false>, .since = "2.0"},
    {.name = "shards", .sections = kPeers, .support = Support::done, .parse = set_shards, .since = "2.7"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
