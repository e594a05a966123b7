#include "sample/context.h"

namespace cfgproxy::sample {

const Value* Variables::find(std::string_view name) const {
    for (const Variable* v = first_; v; v = v->next)
        if (v->name == name) return &v->value;
    return nullptr;
}

const Value* Variables::get(std::string_view name) const {
    const Value* value = find(name);
    return value && value->type != Type::any ? value : nullptr;
}

void Variables::set(base::Arena& arena, std::string_view name, const Value& value) {
    Variable* v = first_;
    while (v && v->name != name) v = v->next;
    if (!v) {
        v = arena.make<Variable>();
        v->name = arena.copy(name);
        v->next = first_;
        first_ = v;
    }
    v->value = value;
    v->value.text = arena.copy(value.text);
}

bool Variables::unset(std::string_view name) {
    for (Variable* v = first_; v; v = v->next) {
        if (v->name != name) continue;
        const bool was_set = v->value.type != Type::any;
        v->value = Value{};
        return was_set;
    }
    return false;
}

}  // namespace cfgproxy::sample
