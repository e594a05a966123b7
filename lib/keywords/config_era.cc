// `compat-version`, a word of cfgproxy's own: which HAProxy's defaults count where the files say nothing.
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

void set_compat_version(Parser& parser) {
    const auto release = base::parse_release(parser.arg(0));
    if (!release)
        return parser.alert(parser.arg_word(0), "'compat-version' expects a HAProxy release from 1.3 to " +
                                                    base::kNewestRelease.text() + " (got " + quoted(parser.arg(0)) +
                                                    ").");
    parser.era().set_by_file(*release, parser.arg_word(0).place);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "compat-version", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compat_version, .form = "expects a HAProxy release such as 2.4."},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
