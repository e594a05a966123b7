// `ring` and `log-forward` sections (manual 2.6 sections 3.9, 3.10; 3.4: 12.5, 12.6).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/offline.h"
#include "config/sections.h"
#include "keywords/bind_line.h"
#include "keywords/log_targets.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::LogForward;
using model::LogRing;

/// The name behind the section's word; empty after an alert.
std::string_view section_name(Parser& parser, std::string_view what) {
    const auto words = parser.words();
    if (words.size() < 2) {
        parser.alert(words[0], what == "ring" ? "missing ring name." : "missing name for log-forward section.");
        return {};
    }
    if (parser.too_many(1, what)) return {};
    const Word& name = words[1];
    if (auto bad = config::find_invalid_char(name.text); bad != std::string_view::npos) {
        const std::string character(1, name.text[bad]);
        parser.alert(name, what == "ring" ? "invalid ring name " + quoted(name.text) + " (character '" + character +
                                                "' is not permitted)."
                                          : "character '" + character + "' is not permitted in 'log-forward' name " +
                                                quoted(name.text) + ".");
        return {};
    }
    return name.text;
}

void* open_ring(Parser& parser) {
    const std::string_view name = section_name(parser, "ring");
    if (name.empty()) return nullptr;
    bool known = name == "buf0" || name == "stdout" || name == "stderr" || name == "dpapi";
    for (const auto& ring : parser.config().rings) known |= ring->name == name;
    if (known) {
        parser.alert(parser.words()[1], "sink named " + quoted(name) + " already exists.");
        return nullptr;
    }
    auto& rings = parser.config().rings;
    rings.push_back(std::make_unique<LogRing>());
    rings.back()->name = rings.back()->description = name;
    rings.back()->place = parser.words()[1].place;
    return rings.back().get();
}

void* open_forward(Parser& parser) {
    const std::string_view name = section_name(parser, "log-forward");
    if (name.empty()) return nullptr;
    for (const auto& other : parser.config().log_forwards) {
        if (other->name != name) continue;
        parser.alert_tight(parser.words()[1], "log-forward section " + quoted(name) +
                                                  " has the same name as another log-forward section declared at " +
                                                  *other->place.file + ":" + std::to_string(other->place.line) + ".");
        return nullptr;
    }
    auto& sections = parser.config().log_forwards;
    sections.push_back(std::make_unique<LogForward>());
    sections.back()->name = name;
    sections.back()->place = parser.words()[1].place;
    return sections.back().get();
}

const config::SectionOpener kOpeners[] = {{.name = "log-forward", .open = open_forward},
                                          {.name = "ring", .open = open_ring}};
const base::Table<config::SectionOpener> kOpenersRegistered{kOpeners};

// --- ring --------------------------------------------------------------------------------------------------------

LogRing& ring_of(Parser& parser) { return parser.opened<LogRing>(); }

template <std::string LogRing::*Member>
void set_ring_text(Parser& parser) {
    ring_of(parser).*Member = parser.arg(0);
}

/// The file is made here already, as HAProxy does: one that cannot be is an error of the configuration.
void set_backing_file(Parser& parser) {
    LogRing& ring = ring_of(parser);
    const std::string path(parser.arg(0));
    if (!ring.backing_file.empty())
        return parser.alert(parser.words()[0], "'backing-file' already specified for ring " + quoted(ring.name) +
                                                   " (was " + quoted(ring.backing_file) + ").");
    ring.backing_file = path;
    if (base::offline()) return;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return parser.alert(parser.arg_word(0), "cannot open backing-file " + quoted(path) + " for ring " +
                                                    quoted(ring.name) + ": " + std::strerror(errno) + ".");
    ::close(fd);
}

void set_ring_size(Parser& parser) {
    if (!ring_of(parser).backing_file.empty())
        return parser.alert(parser.words()[0],
                            "cannot resize an already mapped file, please specify 'size' before 'backing-file'.");
    const auto size = base::parse_size(parser.arg(0));
    if (!size || *size == 0)
        return parser.alert(parser.arg_word(0), "invalid size " + quoted(parser.arg(0)) + " for new sink buffer.");
    ring_of(parser).size = static_cast<std::size_t>(*size);
}

void set_ring_length(Parser& parser) {
    const auto length = config::leading_number(parser.arg(0));
    if (length <= 0)
        return parser.alert(parser.arg_word(0), "invalid size " + quoted(parser.arg(0)) + " for new sink buffer.");
    assign_number(ring_of(parser).max_length, length);
}

void set_ring_format(Parser& parser) {
    const auto format = find_log_format(parser.arg(0));
    if (!format) return parser.alert(parser.arg_word(0), "unknown format " + quoted(parser.arg(0)) + ".");
    ring_of(parser).format = *format;
}

template <std::int64_t LogRing::*Member>
void set_ring_timeout(Parser& parser) {
    const std::string name(parser.keyword().name);
    if (parser.args().empty()) return parser.alert(parser.words()[0], quoted(name) + " expects <time> as argument.");
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        return parser.alert_tight(parser.arg_word(0),
                                  describe_time_problem(time, parser.arg(0), name, config::TimeUnit::ms));
    ring_of(parser).*Member = time.value;
}

/// Words about TLS that are the same on every `server` line.
bool is_tls_option(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "alpn",          "ca-file",      "ciphers",     "ciphersuites",   "client-sigalgs", "crl-file",
        "crt",           "curves",       "force-sslv3", "force-tlsv10",   "force-tlsv11",   "force-tlsv12",
        "force-tlsv13",  "no-ssl-reuse", "no-sslv3",    "no-tlsv10",      "no-tlsv11",      "no-tlsv12",
        "no-tlsv13",     "sigalgs",      "ssl",         "ssl-max-ver",    "ssl-min-ver",    "ssl-reuse",
        "tls-tickets",   "verify",       "verifyhost",  "no-tls-tickets", "ktls",           "renegotiate",
        "no-renegotiate"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// Reads the option that begins at the argument `at`, which becomes its last word. False after an alert.
bool read_tls_option(Parser& parser, model::Server& server, std::size_t& at) {
    const auto* row = base::Table<config::ServerOption>::find(parser.arg(at));
    const std::size_t taken = std::min<std::size_t>(1 + row->arguments, parser.args().size() - at);
    parser.set_option_words(parser.args().subspan(at, taken));
    at += taken - 1;
    const std::size_t alerts = parser.alerts();
    parser.server = &server;
    row->parse(parser);
    parser.server = nullptr;
    return parser.alerts() == alerts;
}

/// `server NAME ADDRESS [log-proto legacy|octet-count] [ssl ...]`.
void add_ring_server(Parser& parser) {
    model::LogServer server;
    server.name = parser.arg(0);
    server.place = parser.words()[0].place;
    auto endpoint = parser.address(parser.arg_word(1), parser.arg(1), {.port_required = true}, "'server'");
    if (!endpoint) return;
    if (!config::resolve_host(*endpoint))
        return parser.alert(parser.arg_word(1),
                            "'server' : invalid address: " + quoted(endpoint->path) + " in " + quoted(parser.arg(1)));
    server.endpoint = std::move(*endpoint);
    model::Server options;
    for (std::size_t at = 2; at < parser.args().size(); ++at) {
        const std::string_view word = parser.arg(at);
        if (word == "log-proto") {
            const std::string_view kind = parser.arg(++at);
            if (kind != "legacy" && kind != "octet-count")
                return parser.alert(parser.arg_word(at),
                                    "'server' : 'log-proto' expects one of 'legacy' or "
                                    "'octet-count' but got " +
                                        quoted(kind));
            server.octet_count = kind == "octet-count";
        } else if (is_tls_option(word)) {
            if (!read_tls_option(parser, options, at)) return;
        } else {
            return parser.refuse_pending(parser.arg_word(at), "server option of a ring", word);
        }
    }
    server.tls = options.tls;
    ring_of(parser).servers.push_back(std::move(server));
}

// --- log-forward -------------------------------------------------------------------------------------------------

LogForward& forward_of(Parser& parser) { return parser.opened<LogForward>(); }

void add_forward_bind(Parser& parser) {
    model::Bind bind;
    bind.owner = parser.global().unix_owner;
    read_bind_line(parser, "bind", std::move(bind), parser.args(), forward_of(parser).binds);
}

void add_datagram_bind(Parser& parser) {
    for (std::string_view text : base::split(parser.arg(0), ',')) {
        if (text.empty()) continue;
        model::Bind bind;
        bind.place = parser.words()[0].place;
        auto endpoint = parser.address(
            parser.arg_word(0), text, {.port_required = true, .port_range = true, .fd_allowed = true, .datagram = true},
            "'dgram-bind'");
        if (!endpoint) return;
        if (!config::resolve_host(*endpoint))
            return parser.alert(parser.arg_word(0),
                                "'dgram-bind' : invalid address: " + quoted(endpoint->path) + " in " + quoted(text));
        if (endpoint->kind == model::Endpoint::Kind::host) endpoint->kind = model::Endpoint::Kind::ip;
        for (std::uint32_t port = endpoint->port_low; port <= endpoint->port_high; ++port) {
            bind.endpoint = *endpoint;
            bind.endpoint.port_low = bind.endpoint.port_high = static_cast<std::uint16_t>(port);
            bind.endpoint.ip.set_port(static_cast<std::uint16_t>(port));
            forward_of(parser).datagram_binds.push_back(bind);
        }
    }
    // What tunes listening sockets has nothing to do for datagrams.
    for (std::size_t at = 1; at < parser.args().size(); ++at) {
        const std::string_view word = parser.arg(at);
        if (word == "name" || word == "id" || word == "interface" || word == "namespace" || word == "mode")
            ++at;
        else if (word != "transparent")
            return parser.alert(parser.arg_word(at), "unknown keyword " + quoted(word) + " in 'dgram-bind' section.");
    }
}

template <std::uint32_t LogForward::*Member>
void set_forward_number(Parser& parser) {
    assign_number(forward_of(parser).*Member, config::leading_number(parser.arg(0)));
}

void set_forward_timeout(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        return parser.alert(
            parser.arg_word(0),
            "timeout : " + describe_time_problem(time, parser.arg(0), "timeout client", config::TimeUnit::ms));
    forward_of(parser).client_timeout_ms = time.value;
}

template <bool LogForward::*Member, bool Value>
void set_forward_option(Parser& parser) {
    forward_of(parser).*Member = Value;
}

void set_forward_host(Parser& parser) {
    constexpr std::pair<std::string_view, LogForward::Host> kWays[] = {{"append", LogForward::Host::append},
                                                                       {"fill", LogForward::Host::fill},
                                                                       {"keep", LogForward::Host::keep},
                                                                       {"replace", LogForward::Host::replace}};
    for (const auto& [name, way] : kWays)
        if (name == parser.arg(0)) {
            forward_of(parser).host = way;
            return;
        }
    parser.alert(parser.arg_word(0), "option 'host' expects {replace|fill|keep|append}.");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "backing-file", .sections = kRing, .arity = {1, 1}, .support = Support::done, .parse = set_backing_file, .since = "2.6"},
    {.name = "backlog", .sections = kLogForward, .arity = {1, 1}, .support = Support::done, .parse = set_forward_number<&LogForward::backlog>, .form = "expects an integer argument.", .since = "2.3"},
    {.name = "bind", .sections = kLogForward, .arity = {1}, .support = Support::done, .parse = add_forward_bind, .since = "2.3"},
    {.name = "description", .sections = kRing, .arity = {1, 1}, .support = Support::done, .parse = set_ring_text<&LogRing::description>, .form = "missing ring description text.", .since = "2.2"},
    {.name = "dgram-bind", .sections = kLogForward, .arity = {1}, .support = Support::done, .parse = add_datagram_bind, .since = "2.3"},
    {.name = "format", .sections = kRing, .arity = {1, 1}, .support = Support::done, .parse = set_ring_format, .since = "2.2"},
    {.name = "maxconn", .sections = kLogForward, .arity = {1, 1}, .support = Support::done, .parse = set_forward_number<&LogForward::max_connections>, .form = "expects an integer argument.", .since = "2.3"},
    {.name = "maxlen", .sections = kRing, .arity = {1, 1}, .support = Support::done, .parse = set_ring_length, .since = "2.2"},
    {.name = "option assume-rfc6587-ntf", .sections = kLogForward, .arity = {0, 0}, .support = Support::done, .parse = set_forward_option<&LogForward::line_feeds, true>, .since = "3.2"},
    {.name = "option dont-parse-log", .sections = kLogForward, .arity = {0, 0}, .support = Support::done, .parse = set_forward_option<&LogForward::parse, false>, .since = "3.2"},
    {.name = "option host", .sections = kLogForward, .support = Support::done, .parse = set_forward_host, .since = "3.2"},
    {.name = "server", .sections = kRing, .arity = {2}, .support = Support::done, .parse = add_ring_server, .since = "2.2"},
    {.name = "size", .sections = kRing, .arity = {1, 1}, .support = Support::done, .parse = set_ring_size, .since = "2.2"},
    {.name = "timeout client", .sections = kLogForward, .arity = {1, 1}, .support = Support::done, .parse = set_forward_timeout, .form = "missing timeout client value.", .since = "2.3"},
    {.name = "timeout connect", .sections = kRing, .support = Support::done, .parse = set_ring_timeout<&LogRing::connect_timeout_ms>, .since = "2.2"},
    {.name = "timeout server", .sections = kRing, .support = Support::done, .parse = set_ring_timeout<&LogRing::server_timeout_ms>, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
