// The `mailers` section (manual 2.6 section 3.6).
#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

using model::Mailers;

void* open_mailers(Parser& parser) {
    if (parser.args().empty()) {
        parser.alert(parser.words()[0], "missing name for mailers section.");
        return nullptr;
    }
    if (!has_good_name(parser, "mailers")) return nullptr;
    auto& all = parser.config().mailers;
    if (const Mailers* other = find_named(all, parser.arg(0)))
        parser.alert_tight(parser.arg_word(0), "mailers section " + quoted(other->name) +
                                                   " has the same name as another mailers section declared at " +
                                                   *other->place.file + ":" + std::to_string(other->place.line) + ".");
    return add_named(parser, all);
}

void add_mailer(Parser& parser) {
    const Word& name = parser.arg_word(0);
    if (const auto bad = config::find_invalid_char(name.text); bad != std::string_view::npos)
        return parser.alert(name, "character '" + std::string(1, name.text.empty() ? ' ' : name.text[bad]) +
                                      "' is not permitted in server name " + quoted(name.text) + ".");
    const Word& address = parser.arg_word(1);
    auto endpoint =
        parser.address(address, address.text, {.port_required = true}, "'mailer " + std::string(name.text) + "'");
    if (endpoint) parser.opened<Mailers>().mailers.push_back({std::string(name.text), std::move(*endpoint)});
}

void report_unknown_timeout(Parser& parser) {
    std::string text = "'timeout' expects 'mail' and <time> as arguments";
    if (!parser.args().empty()) text += " got " + quoted(parser.arg(0));
    parser.alert(parser.arg_word(0), text + ".");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "mailer", .sections = kMailers, .arity = {2}, .support = Support::done, .parse = add_mailer, .form = "expects <name> and <addr>[:<port>] as arguments.", .since = "1.6"},
    {.name = "timeout", .sections = kMailers, .support = Support::done, .parse = report_unknown_timeout, .since = "1.7"},
    {.name = "timeout mail", .sections = kMailers, .arity = {1}, .support = Support::done, .parse = set_time_of_row<Mailers, &Mailers::timeout_ms>, .form = "expects <time> as argument.", .since = "1.7"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"mailers", open_mailers}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

}  // namespace
}  // namespace cfgproxy::keywords
