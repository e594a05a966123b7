#include "keywords/sample_support.h"

#include "base/text.h"
#include "sample/variable.h"

namespace cfgproxy::keywords {
namespace {

bool separates(char c, char delimiter) { return c == '&' || c == ';' || c == delimiter; }

/// Where the parameter begins; npos if it is not there.
std::size_t find_parameter(std::string_view text, std::string_view name, char delimiter, bool ignore_case) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t equal = at + name.size();
        if (equal >= text.size()) return text.npos;
        if (text[equal] == '=') {
            const std::string_view candidate = text.substr(at, name.size());
            if (ignore_case ? base::iequal(candidate, name) : candidate == name) return at;
            at = equal + 1;
        }
        while (at < text.size() && !separates(text[at], delimiter)) ++at;
    }
    return text.npos;
}

}  // namespace

bool text_of(const Context& context, const Argument& arg, std::string_view& text) {
    if (arg.kind != Argument::Kind::variable) {
        text = arg.text;
        return true;
    }
    const Value* variable = sample::find_variable(context, arg);
    Value value = variable ? *variable : Value{};
    if (!variable || !sample::cast(value, Type::str, *context.arena)) return false;
    text = value.text;
    return true;
}

bool decode_base64_url(std::string_view text, base::Arena& arena, std::string_view& bytes) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (text.size() % 4 == 1) return false;
    char* const start = arena.bytes(text.size());
    char* to = start;
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        const std::size_t digit = kLetters.find(c);
        if (digit == kLetters.npos) return false;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        *to++ = static_cast<char>(bits >> count);
    }
    bytes = {start, static_cast<std::size_t>(to - start)};
    return true;
}

std::int64_t lenient_number(std::string_view text) {
    std::uint32_t number = 0;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    for (char c : text) {
        const int digit = static_cast<signed char>(c) - '0';
        if (digit > 9) break;
        number = number * 10 + static_cast<std::uint32_t>(negative ? -digit : digit);
    }
    return static_cast<std::int32_t>(number);
}

bool next_parameter(std::string_view& rest, std::string_view name, char delimiter, bool ignore_case,
                    std::string_view& value) {
    std::size_t begin;
    if (name.empty()) {
        begin = rest.find('=');
        if (begin == rest.npos) return false;
        ++begin;
    } else {
        begin = find_parameter(rest, name, delimiter, ignore_case);
        if (begin == rest.npos) return false;
        begin += name.size() + 1;
    }
    std::size_t end = begin;
    while (end < rest.size() && !separates(rest[end], delimiter)) ++end;
    value = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return true;
}

}  // namespace cfgproxy::keywords
