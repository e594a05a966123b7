#include <limits>

#include "keywords/sample_support.h"
#include "sample/variable.h"

/// Arithmetic and bits (manual 7.3.1): 64 bits with sign, results that do not fit are clamped. The operand is a number
/// or a variable.
namespace cfgproxy::keywords {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min(), kMax = std::numeric_limits<std::int64_t>::max();

std::int64_t plus(std::int64_t a, std::int64_t b) {
    std::int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? kMin : kMax) : sum;
}
std::int64_t minus(std::int64_t a, std::int64_t b) {
    std::int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? (a < 0 ? kMin : kMax) : difference;
}
std::int64_t times(std::int64_t a, std::int64_t b) {
    std::int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? ((a < 0) == (b < 0) ? kMax : kMin) : product;
}
std::int64_t divided(std::int64_t a, std::int64_t b) {
    if (b == 0 || (a == kMin && b == -1)) return kMax;
    return a / b;
}
std::int64_t modulo(std::int64_t a, std::int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
std::int64_t bits_and(std::int64_t a, std::int64_t b) { return a & b; }
std::int64_t bits_or(std::int64_t a, std::int64_t b) { return a | b; }
std::int64_t bits_xor(std::int64_t a, std::int64_t b) { return a ^ b; }

template <std::int64_t (*combine)(std::int64_t, std::int64_t)>
bool convert_with(const Context& context, Arguments args, Value& value) {
    std::int64_t operand = args[0].number;
    if (args[0].kind == Argument::Kind::variable) {
        const Value* variable = sample::find_variable(context, args[0]);
        Value number = variable ? *variable : Value{};
        if (!variable || !sample::cast(number, Type::sint, *context.arena)) return false;
        operand = number.number;
    }
    value.number = combine(value.number, operand);
    return true;
}

base::Result<void> prepare_operand(std::vector<Argument>& args) {
    if (sample::prepare_variable(args[0]).ok()) return {};
    std::size_t used = 0;
    args[0].number = sample::leading_number(args[0].text, &used);
    if (used != args[0].text.size()) return base::Error{"expects an integer or a variable name"};
    return {};
}

bool convert_neg(const Context&, Arguments, Value& value) {
    value.number = value.number == kMin ? kMax : -value.number;
    return true;
}
bool convert_cpl(const Context&, Arguments, Value& value) {
    value.number = ~value.number;
    return true;
}
bool convert_bool(const Context&, Arguments, Value& value) {
    value.set_bool(value.number != 0);
    return true;
}
bool convert_not(const Context&, Arguments, Value& value) {
    value.set_bool(value.number == 0);
    return true;
}
bool convert_odd(const Context&, Arguments, Value& value) {
    value.set_bool(value.number & 1);
    return true;
}
bool convert_even(const Context&, Arguments, Value& value) {
    value.set_bool(!(value.number & 1));
    return true;
}

/// IPv4 addresses, mapped ones too, with the first mask; IPv6 with the second, without it not at all.
bool convert_ipmask(const Context& context, Arguments args, Value& value) {
    Value v4 = value;
    if (sample::cast(v4, Type::ipv4, *context.arena)) {
        in_addr ip = v4.ip.v4();
        ip.s_addr &= args[0].ip.v4().s_addr;
        value.set_ip(net::Address::from_v4(ip));
        return true;
    }
    if (!has(args, 1)) return false;
    in6_addr ip = value.ip.v6();
    for (int i = 0; i < 16; ++i) ip.s6_addr[i] &= args[1].ip.v6().s6_addr[i];
    value.set_ip(net::Address::from_v6(ip));
    return true;
}

bool convert_htonl(const Context& context, Arguments, Value& value) {
    char* to = context.arena->bytes(4);
    const auto number = static_cast<std::uint32_t>(value.number);
    for (int i = 0; i < 4; ++i) to[i] = static_cast<char>(number >> (24 - 8 * i));
    value.set_bytes({to, 4});
    return true;
}

constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;
constexpr std::string_view kOperand = "string";

constexpr Converter kTable[] = {
    {.name = "add",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<plus>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "and",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<bits_and>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "bool", .in = kInt, .out = Type::boolean, .support = kDone, .run = convert_bool, .since = "1.6"},
    {.name = "cpl", .in = kInt, .out = kInt, .support = kDone, .run = convert_cpl, .since = "1.6"},
    {.name = "div",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<divided>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "even", .in = kInt, .out = Type::boolean, .support = kDone, .run = convert_even, .since = "1.6"},
    {.name = "htonl", .in = kInt, .out = Type::bin, .support = kDone, .run = convert_htonl, .since = "2.2"},
    {.name = "ipmask",
     .args = "IPv4 mask[,IPv6 mask]",
     .in = Type::address,
     .out = Type::address,
     .support = kDone,
     .run = convert_ipmask},
    {.name = "mod",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<modulo>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "mul",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<times>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "neg", .in = kInt, .out = kInt, .support = kDone, .run = convert_neg, .since = "1.6"},
    {.name = "not", .in = kInt, .out = Type::boolean, .support = kDone, .run = convert_not, .since = "1.6"},
    {.name = "odd", .in = kInt, .out = Type::boolean, .support = kDone, .run = convert_odd, .since = "1.6"},
    {.name = "or",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<bits_or>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "sub",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<minus>,
     .prepare = prepare_operand,
     .since = "1.6"},
    {.name = "xor",
     .args = kOperand,
     .in = kInt,
     .out = kInt,
     .support = kDone,
     .run = convert_with<bits_xor>,
     .prepare = prepare_operand,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
