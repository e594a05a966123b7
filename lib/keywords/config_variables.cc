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
    if (auto result = set_process_variable(parser.arg(0), word.text, format, word.place); !result) {
        std::string text = result.error();
        if (text.starts_with("cannot set"))
            text = quoted(parser.keyword().name) + ": " + text + " in the global section.";
        parser.alert(word, std::move(text));
    }
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "set-var", .sections = kGlobal, .support = Support::done, .parse = set_variable<false>, .form = "<name> <expression>", .since = "2.4"},
    {.name = "set-var-fmt", .sections = kGlobal, .support = Support::done, .parse = set_variable<true>, .form = "<name> <format>", .since = "2.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
