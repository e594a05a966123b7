// `set var`: variables of the process, from the command line (management.txt 9.3). Stands here rather than beside
// `get var` since it reads expressions.
#include "control/cli_command.h"
#include "keywords/set_process_variable.h"

namespace cfgproxy::keywords {
namespace {

using control::CliCall;

/// set var NAME [expr|fmt] VALUE.
void set_variable(CliCall& call) {
    const std::string_view name = call.argument(0), kind = call.argument(1), text = call.argument(2);
    if (name.empty()) return call.error("Missing process-wide variable identifier.\n");
    if (kind.empty()) return call.error("Missing either 'expr', 'fmt' or expression.\n");
    if (!text.empty() && kind != "expr" && kind != "fmt")
        return call.error("'set var': arg type must be either 'expr' or 'fmt' but got '" + std::string(kind) + "'.\n");
    static const std::string kFile = "CLI";
    const base::Place place{.file = &kFile};
    const auto result = set_process_variable(name, text.empty() ? kind : text, !text.empty() && kind == "fmt", place,
                                             sample::kCommandLine);
    if (result) return call.message("");
    std::string error = result.error();
    if (error.starts_with("cannot set")) error = "'set var': " + error + " here.";
    call.error(error + "\n");
}

// clang-format off
constexpr control::Command kTable[] = {
    {.name = "set var", .level = control::Level::operator_, .support = control::Support::done, .usage = "set var <name> [fmt|expr] {<fmt>|<expr>}: set variable from an expression or a format", .run = set_variable, .mode = control::Command::experimental, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<control::Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
