// `get var` and `set var`: variables of the process (management.txt 9.3).
#include "control/cli_find.h"
#include "sample/variable.h"

namespace cfgproxy::control {
namespace {

void get_variable(CliCall& call) {
    const std::string_view name = call.argument(0);
    if (name.empty()) return call.error("Missing process-wide variable identifier.\n");
    sample::Scope scope;
    base::Arena arena;
    const auto inside = sample::parse_variable(name, scope);
    const sample::Value* found = nullptr;
    if (inside && scope == sample::Scope::proc) found = sample::process_variables().get(*inside, arena);
    if (!found) return call.error("Variable not found.\n");
    sample::Value value = *found;
    std::string text = std::string(name) + ": type=" + std::string(sample::name_of(value.type)) + " value=";
    if (!sample::cast(value, sample::Type::str, arena)) return call.message(text + "(undisplayable)\n");
    text += '<';
    for (char c : value.text) text += c >= 32 && c < 127 ? c : '.';
    call.message(text + ">\n");
}

constexpr Command kTable[] = {
    {.name = "get var",
     .level = Level::operator_,
     .support = Support::done,
     .usage = "get var <name>                          : retrieve contents of a process-wide variable",
     .run = get_variable,
     .since = "2.0"},
};
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
