#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::base {

/// `text` between double quotes, as JSON spells it. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// Writes one JSON document, indented by two blanks a level, in the order of the calls:
///
///     JsonWriter json;
///     json.open('{'); json.key("port"); json.value(80); json.close();
class JsonWriter {
  public:
    void open(char bracket);  ///< '{' or '['
    void close();
    void key(std::string_view name);  ///< in an object, before its value
    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(bool truth);
    void value(double number);
    template <std::integral Number>
    void value(Number number) {
        raw(std::to_string(number));
    }
    void null() { raw("null"); }
    /// key() and value() in one.
    template <class Value>
    void member(std::string_view name, const Value& content) {
        key(name);
        value(content);
    }
    /// The document, with a line feed at its end.
    std::string take();

  private:
    void raw(std::string_view text);
    void begin_item();
    struct Level {
        char closing;
        bool empty = true;
    };
    std::string text_;
    std::vector<Level> levels_;
    bool after_key_ = false;
};

}  // namespace cfgproxy::base
