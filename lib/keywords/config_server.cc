// `server` and `default-server` (manual 2.6 sections 4.2 and 5.2).
#include "config/address_family.h"
#include "config/hint.h"
#include "config/sections.h"
#include "keywords/server_option.h"

namespace cfgproxy::keywords {
namespace {

bool report_unknown_option(Parser& parser, const Word& word) {
    std::vector<std::string_view> names;
    for (const ServerOption* row : base::Table<ServerOption>::all()) names.push_back(row->name);
    const std::string_view near = config::find_similar(word.text, names);
    std::string text = "unknown keyword " + quoted(word.text);
    text += near.empty() ? "." : "; did you mean " + quoted(near) + " maybe ?";
    if (!parser.full_server) text += " Hint: no address was expected for this server.";
    parser.frame.after.clear();
    parser.complain(word, std::move(text), std::string(near));
    return false;
}

/// One option, which takes its words off the front of `words`.
bool read_option(Parser& parser, std::span<const Word>& words) {
    // "NAME(ARGUMENT)" is an option of that name, too.
    const std::string_view name = words[0].text.substr(0, words[0].text.find('('));
    const ServerOption* row = base::Table<ServerOption>::find(name);
    if (row && name.size() < words[0].text.size() && name != "set-proxy-v2-tlv-fmt") row = nullptr;
    if (!row) return report_unknown_option(parser, words[0]);
    if (!parser.full_server && !row->on_default_server) {
        parser.complain(words[0], quoted(row->name) + " option is not accepted in default-server sections.");
        return false;
    }
    if (parser.at_run_time && !row->at_run_time) {
        parser.complain(words[0], quoted(row->name) + " option is not accepted for dynamic server");
        return false;
    }
    const std::size_t taken = std::min<std::size_t>(1 + row->arguments, words.size());
    parser.set_option_words(words.first(taken));
    words = words.subspan(taken);
    const std::size_t alerts = parser.alerts();
    if (row->parse) row->parse(parser);
    if (parser.alerts() > alerts) return false;
    parser.note_until(parser.option_words()[0], row->until, row->name);
    parser.note_since(row->since);
    if (row->support == Support::pending) parser.refuse_pending(parser.option_words()[0], "server option", row->name);
    return true;
}

void set_default_server(Parser& parser) {
    parser.frame = {.after = ".", .bare = true};
    parser.server = &parser.proxy().default_server;
    parser.full_server = nullptr;
    read_server_options(parser, parser.args());
}

/// Reports in the words of HAProxy, which does not say "parsing" for servers.
bool check_name(Parser& parser, std::size_t needed, std::string_view form) {
    parser.frame = {.bare = true};
    if (parser.args().size() < needed) {
        parser.complain(parser.words().back(),
                        quoted(parser.keyword().name) + " expects " + std::string(form) + " as arguments.");
        return false;
    }
    std::string_view name = parser.arg(0);
    const auto bad = config::find_invalid_char(name);
    if (bad == std::string_view::npos) return true;
    parser.complain(parser.arg_word(0),
                    "character '" + std::string(1, name.empty() ? ' ' : name[bad]) + "' is not permitted in " +
                        (parser.keyword().name == "server" ? "server name " : "server-template prefix ") +
                        quoted(name) + ".");
    return false;
}

/// One server of that name; address and options begin at the argument `at`. False after an alert.
bool read_server(Parser& parser, std::string name, std::size_t at) {
    auto& proxy = parser.proxy();
    auto server = std::make_unique<model::Server>();
    static_cast<model::ServerSettings&>(*server) = proxy.default_server;
    server->name = std::move(name);
    server->place = parser.arg_word(0).place;
    parser.frame = {.bare = true};
    if (!parser.at_run_time) parser.frame.before = "'server " + proxy.name + "/" + server->name + "' : ";
    const std::string expanded = parser.environment().expand(parser.arg(at));
    const std::string family_known(config::in_known_family(expanded));
    const bool datagram = family_known.starts_with("udp") || family_known.starts_with("uxdg@");  // mode log
    auto endpoint = config::parse_endpoint(family_known, {.port_offset = true,
                                                          .datagram = datagram,
                                                          .reverse_allowed = true,
                                                          .experimental = parser.global().experimental});
    if (!endpoint) return parser.complain(parser.arg_word(at), endpoint.error()), false;
    if (const auto family = config::pending_family(expanded); !family.empty())
        parser.refuse_pending(parser.arg_word(at), "address family", family);
    server->endpoint = std::move(*endpoint);
    server->endpoint.place = parser.arg_word(at).place;
    parser.frame.after = ".";
    parser.server = server.get();
    parser.full_server = server.get();
    bool read = read_server_options(parser, parser.args().subspan(at + 1));
    if (read && server->agent.enabled && server->agent.port == 0) {
        parser.complain(parser.words().back(),
                        "server " + server->name + " does not have agent port. Agent check has been disabled");
        read = false;
    }
    parser.server = nullptr;
    parser.full_server = nullptr;
    if (read) proxy.servers.push_back(std::move(server));
    return read;
}

void add_server(Parser& parser) {
    if (check_name(parser, 2, "<name> and <addr>[:<port>]")) read_server(parser, std::string(parser.arg(0)), 1);
}

/// "3" is 1 to 3, "0-5" what it says. Low above high: it is neither.
std::pair<std::int64_t, std::int64_t> read_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto low = base::parse_uint(dash == text.npos ? "1" : text.substr(0, dash));
    const auto high = base::parse_uint(dash == text.npos ? text : text.substr(dash + 1));
    if (!low || !high || *high > 0xffff) return {1, 0};
    return {static_cast<std::int64_t>(*low), static_cast<std::int64_t>(*high)};
}

void add_server_template(Parser& parser) {
    if (!check_name(parser, 3, "<prefix> <nb | range> <addr>[:<port>]")) return;
    const auto [low, high] = read_range(parser.arg(1));
    if (low > high)
        return parser.complain(parser.arg_word(1),
                               "Wrong server-template number or range arg " + quoted(parser.arg(1)) + ".");
    for (std::int64_t i = low; i <= high; ++i)
        if (!read_server(parser, std::string(parser.arg(0)) + std::to_string(i), 2)) return;
}

/// Until 2.3 HAProxy only warned of servers where there is no backend.
void ignore_server(Parser& parser) {
    parser.warning(parser.words()[0], quoted(parser.keyword().name) + " ignored because frontend " +
                                          quoted(parser.proxy().name) + " has no backend capability.");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "default-server", .sections = kInFrontend, .support = Support::advisory, .parse = ignore_server, .since = "1.4", .until = "2.3"},
    {.name = "default-server", .sections = kBackends, .support = Support::done, .parse = set_default_server, .since = "1.4", .misplaced = Misplaced::refuse},
    {.name = "server", .sections = kInFrontend, .support = Support::advisory, .parse = ignore_server, .until = "2.3"},
    {.name = "server", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_server, .misplaced = Misplaced::refuse},
    {.name = "server-template", .sections = kInFrontend, .support = Support::advisory, .parse = ignore_server, .since = "1.8", .until = "2.3"},
    {.name = "server-template", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_server_template, .since = "1.8", .misplaced = Misplaced::refuse},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace

bool read_server_options(Parser& parser, std::span<const Word> words) {
    while (!words.empty())
        if (!read_option(parser, words)) return false;
    return true;
}

}  // namespace cfgproxy::keywords
