// `set-var` and `set-var-fmt` of the global section: variables of the process before there is any traffic, and
// `tune.vars`.
#include "keywords/formats.h"
#include "keywords/set_process_variable.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

template <bool format>
void set_variable(Parser& parser) {
    if (parser.arg(0).empty() || parser.arg(1).empty())
        return parser.alert(parser.arg_word(2), quoted(parser.keyword().name) +
                                                    " requires a process-wide variable name ('proc.<name>') and a " +
                                                    (format ? "format string." : "sample expression."));
    const Word& word = parser.arg_word(1);
    if (auto result = set_process_variable(parser.arg(0), word.text, format, word.place, sample::kConfigLines);
        !result) {
        std::string text = result.error();
        if (text.starts_with("cannot set"))
            text = quoted(parser.keyword().name) + ": " + text + " in the global section.";
        parser.alert(word, std::move(text));
    }
}

/// `tune.vars.SCOPE-max-size SIZE`.
template <std::int64_t sample::VariableLimits::*limit>
void set_limit(Parser& parser) {
    const std::string name(parser.keyword().name);
    const auto size = base::parse_size(parser.arg(0));
    if (!size) return parser.alert_tight(parser.arg_word(0), "unexpected character in '" + name + "' size limit.");
    parser.global().variable_limits.*limit = static_cast<std::int64_t>(*size);
}

using sample::VariableLimits;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "set-var", .sections = kGlobal, .support = Support::done, .parse = set_variable<false>, .form = "<name> <expression>", .since = "2.4"},
    {.name = "set-var-fmt", .sections = kGlobal, .support = Support::done, .parse = set_variable<true>, .form = "<name> <format>", .since = "2.5"},
    {.name = "tune.vars.check-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::check>, .form = "expects a size", .since = "2.2"},
    {.name = "tune.vars.global-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::global>, .form = "expects a size", .since = "1.6"},
    {.name = "tune.vars.proc-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::proc>, .form = "expects a size", .since = "1.7"},
    {.name = "tune.vars.reqres-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::reqres>, .form = "expects a size", .since = "1.6"},
    {.name = "tune.vars.sess-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::sess>, .form = "expects a size", .since = "1.6"},
    {.name = "tune.vars.txn-max-size", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_limit<&VariableLimits::txn>, .form = "expects a size", .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
