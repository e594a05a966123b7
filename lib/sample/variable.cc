#include "sample/variable.h"

#include <mutex>

#include "base/letters.h"

namespace cfgproxy::sample {
namespace {

constexpr std::string_view kScopes[] = {"proc.", "sess.", "txn.", "req.", "res.", "check."};

bool is_name_letter(char c) { return base::is_alnum(c) || c == '_' || c == '.'; }

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
    if (scope == Scope::proc) process_variables().declare(arg.text);
    return {};
}

base::Result<void> parse_condition_name(std::string_view name, std::uint32_t& conditions) {
    constexpr std::string_view kNames[] = {"ifexists", "ifnotexists", "ifempty", "ifnotempty",
                                           "ifset",    "ifnotset",    "ifgt",    "iflt"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
        if (kNames[i] != name) continue;
        conditions |= 1u << i;
        return {};
    }
    return base::Error{"unknown condition \"" + std::string(name) + "\""};
}

bool may_set(const Value* old, const Value& value, std::uint32_t conditions) {
    const bool is_set = old && old->type != Type::any;
    if ((conditions & kIfExists && !old) || (conditions & kIfNotExists && old)) return false;
    if ((conditions & kIfSet && !is_set) || (conditions & kIfNotSet && is_set)) return false;
    const bool is_text = value.type == Type::str || value.type == Type::bin;
    if (conditions & kIfEmpty && !(is_text && value.text.empty())) return false;
    if (conditions & kIfNotEmpty && is_text && value.text.empty()) return false;
    if (value.type == Type::sint && is_set && old->type == Type::sint) {
        if (conditions & kIfGreater && old->number <= value.number) return false;
        if (conditions & kIfLess && old->number >= value.number) return false;
    }
    return true;
}

const Value* find_variable(const Context& context, const Argument& variable) {
    if (variable.number == static_cast<std::int64_t>(Scope::proc))
        return process_variables().get(variable.text, *context.arena);
    const Variables* scope = context.variables[variable.number];
    return scope ? scope->get(variable.text) : nullptr;
}

namespace {

/// What a variable takes beside its text, in HAProxy 3.4.
constexpr std::int64_t kVariableSize = 88;

std::int64_t text_size(const Value* value) {
    return value && (value->type == Type::str || value->type == Type::bin)
               ? static_cast<std::int64_t>(value->text.size())
               : 0;
}

/// Takes `size` bytes from each of the limits that `scope` is under. False: one of them does not have them.
bool take_bytes(const Context& context, Scope scope, std::int64_t size) {
    const VariableLimits& limits = *context.variable_limits;
    struct Counted {
        Variables* variables;
        std::int64_t limit;
    };
    const auto of = [&](Scope s) { return context.variables[static_cast<int>(s)]; };
    Counted counted[4];
    std::size_t count = 0;
    if (scope == Scope::req || scope == Scope::res) counted[count++] = {of(scope), limits.reqres};
    if (scope == Scope::req || scope == Scope::res || scope == Scope::txn)
        counted[count++] = {of(Scope::txn), limits.txn};
    if (scope == Scope::check) counted[count++] = {of(scope), limits.check};
    if (scope != Scope::check && scope != Scope::proc) counted[count++] = {of(Scope::sess), limits.sess};
    std::atomic<std::int64_t>& all = process_variables().bytes;
    for (std::size_t i = 0; i < count; ++i)
        if (counted[i].variables && counted[i].limit && counted[i].variables->bytes + size > counted[i].limit)
            return false;
    const std::int64_t total = all.load(std::memory_order_relaxed) + size;
    if ((limits.proc && total > limits.proc) || (limits.global && total > limits.global)) return false;
    for (std::size_t i = 0; i < count; ++i)
        if (counted[i].variables) counted[i].variables->bytes += size;
    all.fetch_add(size, std::memory_order_relaxed);
    return true;
}

}  // namespace

void give_back_variables(Variables& ended, Variables* around) {
    if (around) around->bytes -= ended.bytes;
    process_variables().bytes.fetch_sub(ended.bytes, std::memory_order_relaxed);
    ended.bytes = 0;
}

bool set_variable(const Context& context, Scope scope, std::string_view name, const Value& value,
                  std::uint32_t conditions) {
    if (scope == Scope::proc) return process_variables().set(name, value, conditions);
    Variables* variables = context.variables[static_cast<int>(scope)];
    base::Arena* arena = scope == Scope::sess ? context.session_arena : context.arena;
    if (!variables || !arena || (conditions && !may_set(variables->find(name), value, conditions))) return false;
    if (context.variable_limits) {
        const Value* old = variables->find(name);
        const std::int64_t size = text_size(&value) - text_size(old) + (old ? 0 : kVariableSize);
        if (!take_bytes(context, scope, size)) return false;
    }
    variables->set(*arena, name, value);
    return true;
}

bool unset_variable(const Context& context, Scope scope, std::string_view name) {
    if (scope == Scope::proc) return process_variables().unset(name);
    Variables* variables = context.variables[static_cast<int>(scope)];
    return variables && variables->unset(name);
}

const Value* SharedVariables::get(std::string_view name, base::Arena& arena) const {
    std::shared_lock lock(mutex_);
    const auto found = held_.find(name);
    if (found == held_.end() || found->second.value.type == Type::any) return nullptr;
    auto* copy = arena.make<Value>(found->second.value);
    copy->text = arena.copy(found->second.text);
    return copy;
}

bool SharedVariables::set(std::string_view name, const Value& value, std::uint32_t conditions) {
    std::unique_lock lock(mutex_);
    const auto found = held_.find(name);
    if (conditions) {
        Value old = found == held_.end() ? Value{} : found->second.value;
        if (!may_set(found == held_.end() ? nullptr : &old, value, conditions)) return false;
    }
    Held& held = found == held_.end() ? held_[std::string(name)] : found->second;
    held.value = value;
    held.value.text = {};
    held.text = value.text;
    return true;
}

void SharedVariables::declare(std::string_view name) {
    std::unique_lock lock(mutex_);
    if (!held_.contains(name)) held_.emplace(name, Held{});
}

bool SharedVariables::unset(std::string_view name) {
    std::unique_lock lock(mutex_);
    const auto found = held_.find(name);
    if (found == held_.end() || found->second.value.type == Type::any) return false;
    found->second = {};
    return true;
}

std::vector<std::string> SharedVariables::names() const {
    std::shared_lock lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [name, held] : held_)
        if (held.value.type != Type::any) all.push_back(name);
    return all;
}

struct SharedVariables::State {
    std::map<std::string, Held, std::less<>> held;
};

std::shared_ptr<const SharedVariables::State> SharedVariables::state() const {
    std::shared_lock lock(mutex_);
    return std::make_shared<const State>(State{held_});
}

void SharedVariables::restore(const State& state) {
    std::unique_lock lock(mutex_);
    held_ = state.held;
}

SharedVariables& process_variables() {
    static SharedVariables variables;
    return variables;
}

}  // namespace cfgproxy::sample
