// The `resolvers` section (manual 2.6 section 5.3.2). One that no server uses changes nothing, so the section is
// accepted; what uses it says what is not executed yet.
#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

using model::Resolvers;

void* open_resolvers(Parser& parser) {
    if (parser.args().empty()) {
        parser.alert(parser.words()[0], "missing name for resolvers section.");
        return nullptr;
    }
    if (!has_good_name(parser, "resolvers")) return nullptr;
    auto& all = parser.config().resolvers;
    if (const Resolvers* other = find_named(all, parser.arg(0)))
        parser.alert_tight(parser.arg_word(0), "resolvers " + quoted(other->name) +
                                                   " has same name as another resolvers " + declared_at(other->place));
    return add_named(parser, all);
}

void add_nameserver(Parser& parser) {
    const Word& name = parser.arg_word(0);
    if (const auto bad = config::find_invalid_char(name.text); bad != std::string_view::npos)
        return parser.alert(name, "character '" + std::string(1, name.text.empty() ? ' ' : name.text[bad]) +
                                      "' is not permitted in server name " + quoted(name.text) + ".");
    auto& section = parser.opened<Resolvers>();
    for (const auto& other : section.nameservers)
        if (other.name == name.text)
            return parser.alert_tight(name, "nameserver " + quoted(name.text) +
                                                " has same name as another nameserver " + declared_at(other.place));
    const Word& address = parser.arg_word(1);
    auto endpoint = parser.address(address, address.text, {.port_required = true, .datagram = true},
                                   "'nameserver " + std::string(name.text) + "'");
    if (endpoint) section.nameservers.push_back({std::string(name.text), std::move(*endpoint), parser.place()});
}

void use_system_servers(Parser& parser) { parser.opened<Resolvers>().system_servers = true; }

template <std::int64_t Resolvers::*Member>
void set_hold(Parser& parser) {
    set_time<Resolvers, Member>(parser, 0, "hold");
}

void report_unknown_hold(Parser& parser) {
    if (parser.args().size() < 2)
        return parser.alert(parser.words().back(), "'hold' expects an <event> and a <time> as arguments.");
    parser.alert(parser.arg_word(0), "'hold' unknown <event>: " + quoted(parser.arg(0)) +
                                         ", expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.");
}

void report_unknown_timeout(Parser& parser) {
    std::string text = "'timeout' expects 'retry' or 'resolve' and <time> as arguments";
    if (!parser.args().empty()) text += " got " + quoted(parser.arg(0));
    parser.alert(parser.arg_word(0), text + ".");
}

void set_payload_size(Parser& parser) {
    constexpr std::int64_t kLeast = 12, kMost = 65535;
    const std::int64_t size = config::leading_number(parser.arg(0));
    if (size < kLeast || size > kMost)
        return parser.alert(parser.arg_word(0), "'accepted_payload_size' must be between 12 and 65535 inclusive (was " +
                                                    std::string(parser.arg(0)) + ").");
    parser.opened<Resolvers>().payload_size = static_cast<std::uint32_t>(size);
}

void set_retries(Parser& parser) {
    assign_number(parser.opened<Resolvers>().retries, config::leading_number(parser.arg(0)));
}

void check_resolvers(config::Finalizing& finalizing) {
    for (const auto& section : finalizing.config.resolvers)
        if (section->nameservers.empty() && !section->system_servers)
            finalizing.warning(section->place, "resolvers " + quoted(section->name) + " [" + *section->place.file +
                                                   ":" + std::to_string(section->place.line) +
                                                   "] has no nameservers configured!");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "accepted_payload_size", .sections = kResolvers, .arity = {1, 1}, .support = Support::done, .parse = set_payload_size, .form = "expects <nb> as argument.", .since = "1.8"},
    {.name = "hold", .sections = kResolvers, .support = Support::done, .parse = report_unknown_hold, .since = "1.6"},
    {.name = "hold nx", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_nx_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.7"},
    {.name = "hold obsolete", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_obsolete_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.8"},
    {.name = "hold other", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_other_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.7"},
    {.name = "hold refused", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_refused_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.7"},
    {.name = "hold timeout", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_timeout_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.7"},
    {.name = "hold valid", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_hold<&Resolvers::hold_valid_ms>, .form = "'hold' expects an <event> and a <time> as arguments.", .since = "1.6"},
    {.name = "nameserver", .sections = kResolvers, .arity = {2}, .support = Support::done, .parse = add_nameserver, .form = "expects <name> and <addr>[:<port>] as arguments.", .since = "1.6"},
    {.name = "parse-resolv-conf", .sections = kResolvers, .support = Support::done, .parse = use_system_servers, .since = "1.9"},
    {.name = "resolution_pool_size", .sections = kResolvers, .support = Support::advisory, .since = "1.8", .until = "1.9"},
    {.name = "resolve_retries", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_retries, .form = "expects <nb> as argument.", .since = "1.6"},
    {.name = "timeout", .sections = kResolvers, .support = Support::done, .parse = report_unknown_timeout, .since = "1.6"},
    {.name = "timeout resolve", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_time_of_row<Resolvers, &Resolvers::timeout_resolve_ms>, .form = "expects <time> as argument.", .since = "1.6"},
    {.name = "timeout retry", .sections = kResolvers, .arity = {1}, .support = Support::done, .parse = set_time_of_row<Resolvers, &Resolvers::timeout_retry_ms>, .form = "expects <time> as argument.", .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"resolvers", open_resolvers}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};
constexpr config::Pass kPasses[] = {{"check resolvers", 4, check_resolvers}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
