#include "keywords/sample_support.h"
#include "sample/variable.h"

/// Variables set on the way through an expression (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

/// Nothing is found behind a condition that does not hold.
bool convert_set_var(const Context& context, Arguments args, Value& value) {
    const auto conditions = has(args, 1) ? static_cast<std::uint32_t>(args[1].number) : 0;
    return sample::set_variable(context, static_cast<sample::Scope>(args[0].number), args[0].text, value, conditions);
}

/// The value passes on, whether there was a variable or not.
bool convert_unset_var(const Context& context, Arguments args, Value&) {
    sample::unset_variable(context, static_cast<sample::Scope>(args[0].number), args[0].text);
    return true;
}

/// All conditions are put into the second argument.
base::Result<void> prepare_set_var(std::vector<Argument>& args) {
    if (auto result = sample::prepare_variable(args[0]); !result) return result;
    std::uint32_t conditions = 0;
    for (std::size_t i = 1; i < args.size(); ++i)
        if (auto result = sample::parse_condition_name(args[i].text, conditions); !result) return result;
    if (args.size() > 1) args[1].number = conditions;
    return {};
}

base::Result<void> prepare_unset_var(std::vector<Argument>& args) { return sample::prepare_variable(args[0]); }

constexpr Converter kTable[] = {
    {.name = "set-var",
     .args = "string[,string,string,string,string]",
     .in = Type::any,
     .out = Type::any,
     .support = Support::done,
     .run = convert_set_var,
     .prepare = prepare_set_var,
     .since = "1.6"},
    {.name = "unset-var",
     .args = "string",
     .in = Type::any,
     .out = Type::any,
     .support = Support::done,
     .run = convert_unset_var,
     .prepare = prepare_unset_var,
     .since = "1.7"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
