// `bind` lines, and `stats` lines of the global section, which open sockets too (manual 2.6 sections 3.1, 4.2, 5.1).
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/finalize.h"
#include "config/hint.h"
#include "keywords/bind_line.h"
#include "keywords/setters.h"
#include "model/server_path.h"

namespace cfgproxy::keywords {
namespace {

using model::Bind;
using model::Endpoint;

config::AddressRules listen_address(Parser& parser) {
    return {.port_required = true,
            .port_range = true,
            .fd_allowed = true,
            .reverse_allowed = parser.section() != kGlobal,
            .experimental = parser.global().experimental};
}

bool is_reverse(const Endpoint& endpoint) { return endpoint.kind == Endpoint::Kind::rhttp; }

/// fd@N must be a socket that somebody opened for us.
bool check_descriptor(Parser& parser, const Word& word, std::string_view name, Endpoint& endpoint) {
    if (endpoint.kind != Endpoint::Kind::fd) return true;
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(endpoint.fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        parser.alert(word, quoted(name) + " : cannot use file descriptor '" + std::to_string(endpoint.fd) +
                               "' : " + std::strerror(errno) + ".");
        return false;
    }
    if (address.ss_family == AF_INET || address.ss_family == AF_INET6)
        endpoint.ip = net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
    endpoint.port_low = endpoint.port_high = endpoint.ip.port();
    return true;
}

/// The addresses of the line. Host names are looked up here, as HAProxy does.
bool read_addresses(Parser& parser, std::string_view name, const Word& word, std::vector<Endpoint>& endpoints) {
    for (std::string_view text : base::split(word.text, ',')) {
        if (text.empty()) continue;
        auto endpoint = parser.address(word, text, listen_address(parser), quoted(name));
        if (!endpoint || !check_descriptor(parser, word, name, *endpoint)) return false;
        if (!config::resolve_host(*endpoint)) {
            parser.alert(word, quoted(name) + " : invalid address: " + quoted(endpoint->path) + " in " + quoted(text));
            return false;
        }
        if (endpoint->kind == Endpoint::Kind::host) endpoint->kind = Endpoint::Kind::ip;
        endpoints.push_back(std::move(*endpoint));
        if (is_reverse(endpoints.back()) != is_reverse(endpoints.front())) {
            parser.alert(word, quoted(name) + " : Cannot mix reverse HTTP bind with others.");
            return false;
        }
    }
    return true;
}

bool report_unknown_option(Parser& parser, const Word& word) {
    std::vector<std::string_view> names;
    for (const BindOption* row : base::Table<BindOption>::all()) names.push_back(row->name);
    const std::string_view near = config::find_similar(word.text, names);
    std::string text = "unknown keyword " + quoted(word.text);
    text += near.empty() ? "." : "; did you mean " + quoted(near) + " maybe ?";
    auto& frame = parser.frame;
    if (!frame.after.empty()) {
        // Of `stats socket` HAProxy speaks in other words.
        text = "unknown keyword " + quoted(word.text) + ".";
        if (!near.empty()) text += " Did you mean " + quoted(near) + " maybe ?";
        frame = {.before = "'stats socket' : "};
    } else if (frame.before.ends_with(" : ")) {
        frame.before.replace(frame.before.size() - 3, 3, ": ");  // the one message without a blank there
    }
    parser.complain(word, std::move(text), std::string(near));
    return false;
}

/// What a line means that opens no socket.
bool may_stand_at_reverse(const BindOption& row) {
    constexpr std::string_view kNames[] = {"guid-prefix", "id", "idle-ping", "label", "name", "nbconn", "thread"};
    return std::find(std::begin(kNames), std::end(kNames), row.name) != std::end(kNames);
}

bool read_options(Parser& parser, std::span<const Word> words) {
    while (!words.empty()) {
        const BindOption* row = base::Table<BindOption>::find(words[0].text);
        if (!row) return report_unknown_option(parser, words[0]);
        if (is_reverse(parser.bind->endpoint) && !may_stand_at_reverse(*row)) {
            parser.frame = {.bare = true};
            parser.complain(words[0], quoted(row->name) + " option is not accepted for reverse HTTP");
            return false;
        }
        const std::size_t taken = std::min<std::size_t>(1 + row->arguments, words.size());
        parser.set_option_words(words.first(taken));
        const std::size_t alerts = parser.alerts();
        if (row->parse) row->parse(parser);
        if (parser.alerts() > alerts) return false;
        parser.note_until(words[0], row->until, row->name);
        parser.note_since(row->since);
        if (row->support == Support::pending) parser.refuse_pending(words[0], "bind option", row->name);
        words = words.subspan(taken);
    }
    return true;
}

void add_ports(const Bind& bind, const Endpoint& endpoint, std::vector<Bind>& binds) {
    for (std::uint32_t port = endpoint.port_low; port <= endpoint.port_high; ++port) {
        Bind& added = binds.emplace_back(bind);
        added.endpoint = endpoint;
        added.endpoint.port_low = added.endpoint.port_high = static_cast<std::uint16_t>(port);
        added.endpoint.ip.set_port(static_cast<std::uint16_t>(port));
    }
}

void add_bind(Parser& parser) {
    Bind bind;
    bind.owner = parser.global().unix_owner;
    std::vector<Bind> binds;
    if (!read_bind_line(parser, "bind", std::move(bind), parser.args(), binds)) return;
    auto& proxy = parser.proxy();
    if (!proxy.is_frontend()) return;  // the warning was given
    for (Bind& added : binds) {
        if (added.endpoint.kind == Endpoint::Kind::unix_path)
            added.endpoint.path = parser.global().unix_prefix + added.endpoint.path;
        proxy.binds.push_back(std::move(added));
    }
}

void add_stats_socket(Parser& parser) {
    std::vector<Bind> binds;
    if (!read_bind_line(parser, "stats socket", {}, parser.args(), binds)) return;
    for (Bind& bind : binds) parser.global().stats_sockets.push_back({std::move(bind)});
}

void set_stats_timeout(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    using Status = config::Duration::Status;
    const std::string about = "argument '" + std::string(parser.arg(0)) + "' to 'stats timeout'";
    std::string text =
        "'stats timeout' : unexpected character '" + std::string(1, time.unexpected ? time.unexpected : ' ') + "'";
    if (time.status == Status::overflow)
        text = "timer overflow in " + about + " (maximum value is 2147483647 ms or ~24.8 days)";
    if (time.status == Status::underflow) text = "timer underflow in " + about + " (minimum non-null value is 1 ms)";
    if (time.status != Status::ok) return parser.alert(parser.arg_word(0), std::move(text));
    if (time.value == 0) return parser.alert(parser.arg_word(0), "'stats timeout' expects a positive value");
    parser.global().stats_timeout_ms = time.value;
}

void set_stats_maxconn(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number <= 0) return parser.alert(parser.arg_word(0), "'stats maxconn' expects a positive value");
    assign_number(parser.global().stats_max_connections, number);
}

void set_max_counters(Parser& parser) {
    const bool on = base::iequal(parser.arg(0), "on");
    if (!on && !base::iequal(parser.arg(0), "off"))
        return parser.alert(parser.words().back(),
                            "'calculate-max-counters' only supports 'on' and 'off', received " + quoted(parser.arg(0)));
    parser.global().max_counters = on;
}

void report_unknown_stats(Parser& parser) {
    parser.alert(parser.arg_word(0), "'stats' only supports 'socket', 'maxconn', 'bind-process' and 'timeout' (got " +
                                         quoted(parser.arg(0)) + ")");
}

/// rhttp@ names a server. Whether it is of use is looked at when sockets are opened, as HAProxy does.
void find_reverse_servers(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies)
        for (Bind& bind : proxy->binds) {
            const auto path = model::ServerPath::of_command(bind.endpoint.path);
            if (!is_reverse(bind.endpoint) || !path.backend) continue;
            const model::Proxy* backend = finalizing.config.find_backend(*path.backend);
            bind.reverse_server = backend ? backend->find_server(path.server) : nullptr;
            if (bind.reverse_server) bind.reverse_server->referenced = true;
        }
}

constexpr config::Pass kPasses[] = {
    {"find reverse servers", 27, find_reverse_servers},
};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "bind", .sections = kInFrontend | kInListen, .arity = {1}, .support = Support::done, .parse = add_bind, .form = "expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments."},
    {.name = "stats", .sections = kGlobal | kInFrontend | kInListen, .support = Support::done, .parse = report_unknown_stats},
    {.name = "stats calculate-max-counters", .sections = kGlobal, .support = Support::done, .parse = set_max_counters, .since = "3.4"},
    {.name = "stats maxconn", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_stats_maxconn, .form = "'stats maxconn' expects a positive value"},
    {.name = "stats socket", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = add_stats_socket, .form = "'stats socket' in global section expects an address or a path to a UNIX socket"},
    {.name = "stats timeout", .sections = kGlobal, .support = Support::done, .parse = set_stats_timeout},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace

bool read_bind_line(Parser& parser, std::string_view name, Bind bind, std::span<const Word> args,
                    std::vector<Bind>& binds) {
    bind.place = args[0].place;
    bind.text = args[0].text;
    if (parser.section() == kGlobal)
        parser.frame = {.before = quoted(name) + " : '", .after = "'"};
    else
        parser.frame = {.before = "'" + std::string(name) + " " + std::string(args[0].text) + "' in section '" +
                                  std::string(config::name_of(parser.section())) + "' : "};
    std::vector<Endpoint> endpoints;
    parser.bind = &bind;
    bool read = read_addresses(parser, name, args[0], endpoints);
    if (read && !endpoints.empty()) bind.endpoint.kind = endpoints.front().kind;  // which options may stand there
    read = read && read_options(parser, args.subspan(1));
    parser.bind = nullptr;
    if (!read) return false;
    if (bind.id && (endpoints.size() > 1 || endpoints[0].port_low != endpoints[0].port_high)) {
        parser.complain(args[0], "'id' can only be used with a single socket");
        return false;
    }
    for (const Endpoint& endpoint : endpoints) add_ports(bind, endpoint, binds);
    for (std::size_t i = 0; i < binds.size() && !bind.guid.empty(); ++i)
        binds[i].guid = bind.guid + "-" + std::to_string(i);
    return true;
}

}  // namespace cfgproxy::keywords
