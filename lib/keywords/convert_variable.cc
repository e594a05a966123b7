#include "keywords/sample_support.h"
#include "sample/variable.h"

/// Variables set on the way through an expression (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

bool convert_set_var(const Context& context, Arguments args, Value& value) {
    return sample::set_variable(context, static_cast<sample::Scope>(args[0].number), args[0].text, value);
}

bool convert_unset_var(const Context& context, Arguments args, Value&) {
    auto* scope = context.variables[args[0].number];
    return scope && scope->unset(args[0].text);
}

base::Result<void> prepare_variable(std::vector<Argument>& args) {
    if (args.size() > 1)
        return base::Error{"conditions are understood but not executed yet by this version of cfgproxy"};
    return sample::prepare_variable(args[0]);
}

constexpr Converter kTable[] = {
    {.name = "set-var",
     .args = "string[,string,string,string,string]",
     .in = Type::any,
     .out = Type::any,
     .support = Support::done,
     .run = convert_set_var,
     .prepare = prepare_variable,
     .since = "1.6"},
    {.name = "unset-var",
     .args = "string",
     .in = Type::any,
     .out = Type::any,
     .support = Support::done,
     .run = convert_unset_var,
     .prepare = prepare_variable,
     .since = "1.7"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
