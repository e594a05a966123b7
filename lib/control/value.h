#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cfgproxy::control {

/// One figure of the statistics, or the absence of one (an empty CSV column).
struct Value {
    enum class Type : std::uint8_t { none, u32, s32, u64, real, str };
    Type type = Type::none;
    std::uint64_t number = 0;  ///< of s32: its two's complement
    double fraction = 0;       ///< of real
    std::string text;          ///< of str

    static Value u32(std::uint64_t n) { return {.type = Type::u32, .number = n & 0xffffffffu}; }
    static Value u64(std::uint64_t n) { return {.type = Type::u64, .number = n}; }
    static Value s32(std::int32_t n) { return {.type = Type::s32, .number = static_cast<std::uint32_t>(n)}; }
    static Value real(double n) { return {.type = Type::real, .fraction = n}; }
    static Value str(std::string_view s) { return {.type = Type::str, .text = std::string(s)}; }

    bool present() const { return type != Type::none; }
    std::int32_t signed_number() const { return static_cast<std::int32_t>(number); }
};

/// As one CSV column without the comma: quoted if it holds a comma, a quote or a line break.
void append_csv(std::string& to, const Value& value);
/// "u32:12", "str:UP": management.txt, typed output format.
void append_typed(std::string& to, const Value& value);
/// `"value":{"type":"u32","value":12}`.
void append_json(std::string& to, const Value& value);

/// What a figure is, as three letters: origin (Metric, Status, Key, Config, Product), nature (Gauge, Limit, mIn, Max,
/// Rate, Counter, Duration, Age, Time, Name, Output, aVg) and scope (Cluster, Service, system, Process); manual of the
/// typed format. The JSON form spells them out: `"tags":{"origin":"Metric",...}`.
void append_json_tags(std::string& to, std::string_view tags);

/// A string as JSON, quotes included.
void append_json_string(std::string& to, std::string_view text);

}  // namespace cfgproxy::control
