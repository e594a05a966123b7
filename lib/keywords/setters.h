#pragma once
#include <limits>
#include <string>
#include <type_traits>

#include "base/spelling.h"
#include "base/text.h"
#include "config/reader.h"
#include "keywords/rows.h"

namespace cfgproxy::keywords {

using base::quoted;
using config::Parser;
using config::Word;

/// What a member pointer points into.
template <class T>
struct MemberOf;
template <class Owner, class Type>
struct MemberOf<Type Owner::*> {
    using Class = Owner;
    using Value = Type;
};

/// The struct of the model that a row's word fills: global settings in `global`, the proxy's elsewhere.
template <class Class>
auto& target_of(Parser& parser) {
    if constexpr (std::is_same_v<Class, model::Global>)
        return parser.global();
    else if constexpr (std::is_same_v<Class, model::Options>)
        return parser.proxy().options;
    else if constexpr (std::is_same_v<Class, model::Timeouts>)
        return parser.proxy().timeouts;
    else if constexpr (std::is_same_v<Class, model::StatsSettings>)
        return parser.proxy().stats;
    else
        return parser.proxy();
}
template <auto Member>
auto& field(Parser& parser) {
    return target_of<typename MemberOf<decltype(Member)>::Class>(parser).*Member;
}

/// Puts a number that HAProxy reads with atol(3), so that garbage behind it does not count, into a field; what does not
/// fit the field's type is cut to its limits.
template <class Value>
void assign_number(Value& to, std::int64_t number) {
    const auto low = static_cast<std::int64_t>(std::numeric_limits<Value>::min());
    const std::int64_t high = sizeof(Value) < 8 ? static_cast<std::int64_t>(std::numeric_limits<Value>::max())
                                                : std::numeric_limits<std::int64_t>::max();
    to = static_cast<Value>(number < low ? low : number > high ? high : number);
}

/// `maxconn 10`: the argument is the number.
template <auto Member>
void set_number(Parser& parser) {
    assign_number(field<Member>(parser), config::leading_number(parser.arg(0)));
}

/// The same, but a second line of the kind is only complained about.
template <auto Member>
void set_number_once(Parser& parser) {
    if (field<Member>(parser) != std::remove_reference_t<decltype(field<Member>(parser))>{})
        return parser.alert_but_continue(parser.words()[0],
                                         quoted(parser.keyword().name) + " already specified. Continuing.");
    set_number<Member>(parser);
}

template <auto Member>
void set_text(Parser& parser) {
    field<Member>(parser) = parser.arg(0);
}

template <auto Member>
void set_text_once(Parser& parser) {
    if (!field<Member>(parser).empty())
        return parser.alert_but_continue(parser.words()[0],
                                         quoted(parser.keyword().name) + " already specified. Continuing.");
    set_text<Member>(parser);
}

/// `daemon`, `option dontlognull`: on, or off behind `no` and `default`.
template <auto Member>
void set_switch(Parser& parser) {
    field<Member>(parser) = !parser.negated() && !parser.defaulted();
}

/// `disabled`, `enabled`: one word for each state.
template <auto Member, bool Value>
void set_to(Parser& parser) {
    field<Member>(parser) = Value;
}

/// For words that are taken and need nothing done.
inline void accept(Parser&) {}

/// Why a time is none, in the words of most global settings and options: "timer overflow in argument <X> to <NAME>...".
std::string describe_time_problem(const config::Duration& duration, std::string_view text, std::string_view name,
                                  config::TimeUnit unit);

}  // namespace cfgproxy::keywords
