// `option forwarded`: which parameters the Forwarded field gets, and from where (manual 3.4 section 4.2).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Forwarded;

/// A parameter's two words, "by" and "by-expr", and what they set.
struct Parameter {
    std::string_view name;
    Forwarded::Part Forwarded::*part;
};
constexpr Parameter kParameters[] = {{"host", &Forwarded::host},
                                     {"by", &Forwarded::by},
                                     {"by_port", &Forwarded::by_port},
                                     {"for", &Forwarded::for_},
                                     {"for_port", &Forwarded::for_port}};

/// Takes "by" or "by-expr EXPRESSION" at `index`. False after a report.
bool read_parameter(Parser& parser, std::size_t& index, Forwarded& option) {
    const auto args = parser.args();
    const std::string_view word = args[index].text;
    for (const Parameter& known : kParameters) {
        if (!word.starts_with(known.name)) continue;
        const std::string_view rest = word.substr(known.name.size());
        if (rest.empty()) {
            (option.*known.part).from = Forwarded::From::connection;
            return true;
        }
        if (rest != "-expr") continue;
        if (++index >= args.size()) {
            parser.alert(args[index - 1], "'option forwarded': missing expression behind " + quoted(word) + ".");
            return false;
        }
        std::string error;
        auto expression = parser.expression(args[index], error);
        if (!expression) {
            parser.alert(args[index], "failed to parse 'option forwarded' expression " + quoted(args[index].text) +
                                          " in : " + error + ".");
            return false;
        }
        option.*known.part = {.from = Forwarded::From::expression, .expression = std::move(expression)};
        return true;
    }
    parser.alert(args[index],
                 "'option forwarded' only supports optional values: 'proto', 'host', 'host-expr', 'by', 'by-expr', "
                 "'by_port', 'by_port-expr', 'for', 'for-expr', 'for_port' and 'for_port-expr'.");
    return false;
}

/// A port without a name is not sent.
void drop_lonely_port(Parser& parser, const Forwarded::Part& name, Forwarded::Part& port, std::string_view what) {
    if (port.from == Forwarded::From::nothing || name.from != Forwarded::From::nothing) return;
    const std::string text(what);
    const bool expressed = port.from == Forwarded::From::expression;
    parser.warning(parser.words()[0], "'option forwarded' : '" + text + (expressed ? "_port-expr" : "_port") +
                                          "' will be ignored because both '" + text + "' and '" + text +
                                          "-expr' are unset");
    port = {};
}

void set_forwarded(Parser& parser) {
    Forwarded& option = parser.proxy().forwarded;
    option = {};
    if (parser.negated()) return;
    option.enabled = true;
    const auto args = parser.args();
    if (args.empty()) {
        option.proto = true;
        option.for_.from = Forwarded::From::connection;
    }
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].text == "proto")
            option.proto = true;
        else if (!read_parameter(parser, i, option))
            return;
    }
    drop_lonely_port(parser, option.by, option.by_port, "by");
    drop_lonely_port(parser, option.for_, option.for_port, "for");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option forwarded", .sections = kBackends, .support = Support::done, .parse = set_forwarded, .prefixes = kNo, .since = "2.8", .misplaced = Misplaced::skip},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
