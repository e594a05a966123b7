#include "control/value.h"

#include <cstdio>

#include "base/text.h"

namespace cfgproxy::control {
namespace {

/// Six digits behind the point, less the zeros at the end.
void append_real(std::string& to, double value) {
    char digits[64];
    std::size_t size = static_cast<std::size_t>(std::snprintf(digits, sizeof digits, "%f", value));
    while (size > 0 && digits[size - 1] == '0') --size;
    if (size > 0 && digits[size - 1] == '.') --size;
    to.append(digits, size);
}

void append_number(std::string& to, const Value& value) {
    if (value.type == Value::Type::s32)
        to += std::to_string(value.signed_number());
    else if (value.type == Value::Type::real)
        append_real(to, value.fraction);
    else
        base::append_uint(to, value.number);
}

std::string_view type_name(Value::Type type) {
    switch (type) {
        case Value::Type::u32:
            return "u32";
        case Value::Type::s32:
            return "s32";
        case Value::Type::u64:
            return "u64";
        case Value::Type::real:
            return "flt";
        default:
            return "str";
    }
}

struct Tag {
    char letter;
    std::string_view word;
};
constexpr Tag kOrigins[] = {{'M', "Metric"}, {'S', "Status"}, {'K', "Key"}, {'C', "Config"}, {'P', "Product"}};
constexpr Tag kNatures[] = {{'G', "Gauge"}, {'L', "Limit"},   {'m', "Min"},      {'M', "Max"},
                            {'R', "Rate"},  {'C', "Counter"}, {'D', "Duration"}, {'A', "Age"},
                            {'T', "Time"},  {'N', "Name"},    {'O', "Output"},   {'a', "Avg"}};
constexpr Tag kScopes[] = {{'P', "Process"}, {'S', "Service"}, {'s', "System"}, {'C', "Cluster"}};

template <std::size_t N>
std::string_view word_of(const Tag (&tags)[N], char letter) {
    for (const Tag& tag : tags)
        if (tag.letter == letter) return tag.word;
    return "Unknown";
}

}  // namespace

void append_csv(std::string& to, const Value& value) {
    if (!value.present()) return;
    if (value.type != Value::Type::str) return append_number(to, value);
    if (value.text.find_first_of("\n\r,\"") == std::string::npos) {
        to += value.text;
        return;
    }
    to += '"';
    for (char c : value.text) {
        if (c == '"') to += '"';
        to += c;
    }
    to += '"';
}

void append_typed(std::string& to, const Value& value) {
    if (!value.present()) return;
    to += type_name(value.type);
    to += ':';
    if (value.type == Value::Type::str)
        to += value.text;
    else
        append_number(to, value);
}

void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    for (char c : text) {
        if (c == '"' || c == '\\') to += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            to += escape;
        } else {
            to += c;
        }
    }
    to += '"';
}

void append_json(std::string& to, const Value& value) {
    to += "\"value\":{\"type\":\"";
    to += type_name(value.type);
    to += "\",\"value\":";
    if (value.type == Value::Type::str)
        append_json_string(to, value.text);
    else
        append_number(to, value);
    to += '}';
}

void append_json_tags(std::string& to, std::string_view tags) {
    to += "\"tags\":{\"origin\":\"";
    to += word_of(kOrigins, tags[0]);
    to += "\",\"nature\":\"";
    to += word_of(kNatures, tags[1]);
    to += "\",\"scope\":\"";
    to += word_of(kScopes, tags[2]);
    to += "\"}";
}

}  // namespace cfgproxy::control
