#include <cstdio>
#include <cstdlib>

#include "keywords/sample_support.h"
#include "sample/json.h"

/// One value out of a JSON text, or out of the parts of a JSON Web Token (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

using Kind = sample::JsonValue::Kind;

/// Integers that every JSON reader agrees about (RFC 7159 section 6).
constexpr std::int64_t kGreatestInteger = (std::int64_t{1} << 53) - 1;

/// Digits with a 0 in front are octal, as strtoll reads them.
bool integer_of(std::string_view token, Value& value) {
    char digits[32];
    const std::size_t size = std::min(token.size(), sizeof digits - 1);
    token.copy(digits, size);
    digits[size] = 0;
    const std::int64_t number = std::strtoll(digits, nullptr, 0);
    if (number < -kGreatestInteger || number > kGreatestInteger) return false;
    value.set_int(number);
    return true;
}

bool decimal_of(const Context& context, std::string_view token, Value& value) {
    const std::string digits(token.substr(0, 512));
    constexpr std::size_t kRoom = 32;
    char* to = context.arena->bytes(kRoom);
    const int size = std::snprintf(to, kRoom, "%g", std::strtod(digits.c_str(), nullptr));
    value.set_text({to, static_cast<std::size_t>(size)});
    return true;
}

bool query(const Context& context, std::string_view json, Arguments args, Value& value) {
    const sample::JsonValue found = sample::find_json(json, args[0].text);
    switch (found.kind) {
        case Kind::number:
            if (has(args, 1) && !args[1].text.empty()) return integer_of(found.token, value);
            return decimal_of(context, found.token, value);
        case Kind::truth:
        case Kind::falsehood:
            value.set_bool(found.kind == Kind::truth);
            return true;
        case Kind::text: {
            std::string_view text;
            if (!sample::unescape_json(found.token, *context.arena, text)) return false;
            value.set_text(text);
            return true;
        }
        case Kind::array:
            value.set_text(found.token);
            return true;
        default:
            return false;
    }
}

bool convert_json_query(const Context& context, Arguments args, Value& value) {
    return query(context, value.text, args, value);
}

base::Result<void> check_type(const std::vector<Argument>& args) {
    if (args.size() > 1 && !args[1].text.empty() && args[1].text != "int")
        return base::Error{"output_type only supports \"int\" as argument"};
    return {};
}

base::Result<void> prepare_json_query(std::vector<Argument>& args) {
    if (args[0].text.empty()) return base::Error{"json_path must not be empty"};
    return check_type(args);
}

base::Result<void> prepare_token_query(std::vector<Argument>& args) { return check_type(args); }

/// One value of header (0) or payload (1). Without a path nothing is found, in HAProxy too, whatever its manual says.
template <int part>
bool convert_token_query(const Context& context, Arguments args, Value& value) {
    if (!has(args, 0)) return false;
    std::string_view rest = value.text;
    for (int i = 0; i < part; ++i) {
        const std::size_t dot = rest.find('.');
        if (dot == rest.npos) return false;
        rest.remove_prefix(dot + 1);
    }
    std::string_view json;
    if (!decode_base64_url(rest.substr(0, rest.find('.')), *context.arena, json)) return false;
    return query(context, json, args, value);
}

// clang-format off
constexpr Converter kTable[] = {
    {.name = "json_query", .args = "string[,string]", .out = Type::any, .support = Support::done, .run = convert_json_query, .prepare = prepare_json_query, .since = "2.4"},
    {.name = "jwt_header_query", .args = "[string,string]", .in = Type::bin, .out = Type::any, .support = Support::done, .run = convert_token_query<0>, .prepare = prepare_token_query, .since = "2.5"},
    {.name = "jwt_payload_query", .args = "[string,string]", .in = Type::bin, .out = Type::any, .support = Support::done, .run = convert_token_query<1>, .prepare = prepare_token_query, .since = "2.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
