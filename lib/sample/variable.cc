#include "sample/variable.h"

#include "base/text.h"

namespace cfgproxy::sample {
namespace {

constexpr std::string_view kScopes[] = {"proc.", "sess.", "txn.", "req.", "res.", "check."};

bool is_name_letter(char c) {
    const char l = base::to_lower(c);
    return base::is_digit(c) || (l >= 'a' && l <= 'z') || c == '_' || c == '.';
}

}  // namespace

base::Result<std::string_view> parse_variable(std::string_view text, Scope& scope) {
    if (text.empty()) return base::Error{"Empty variable name cannot be accepted"};
    for (std::size_t i = 0; i < std::size(kScopes); ++i) {
        if (!text.starts_with(kScopes[i]) || text.size() == kScopes[i].size()) continue;
        scope = static_cast<Scope>(i);
        const std::string_view name = text.substr(kScopes[i].size());
        for (std::size_t at = 0; at < name.size(); ++at)
            if (!is_name_letter(name[at]))
                return base::Error{"invalid syntax at char '" + std::string(name.substr(at)) + "'"};
        return name;
    }
    return base::Error{"invalid variable name '" + std::string(text) +
                       "'. A variable name must be start by its scope. The scope can be 'proc', 'sess', 'txn', 'req', "
                       "'res' or 'check'"};
}

base::Result<void> prepare_variable(Argument& arg) {
    Scope scope;
    auto name = parse_variable(arg.text, scope);
    if (!name) return base::Error{name.error()};
    arg.kind = Argument::Kind::variable;
    arg.number = static_cast<std::int64_t>(scope);
    arg.text = std::string(*name);
    return {};
}

const Value* find_variable(const Context& context, const Argument& variable) {
    const Variables* scope = context.variables[variable.number];
    return scope ? scope->get(variable.text) : nullptr;
}

bool set_variable(const Context& context, Scope scope, std::string_view name, const Value& value) {
    Variables* variables = context.variables[static_cast<int>(scope)];
    base::Arena* arena = scope == Scope::sess ? context.session_arena : context.arena;
    // Those of the process outlive every arena at hand: whoever owns them sets them.
    if (!variables || !arena || scope == Scope::proc) return false;
    variables->set(*arena, name, value);
    return true;
}

}  // namespace cfgproxy::sample
