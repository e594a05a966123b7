#include "control/text.h"

#include "base/text.h"

namespace cfgproxy::control {

std::string human_time(std::int64_t seconds) {
    if (seconds < 0) return "?";
    const struct {
        std::int64_t span;
        char letter;
    } units[] = {{seconds / 86400, 'd'}, {seconds / 3600 % 24, 'h'}, {seconds / 60 % 60, 'm'}, {seconds % 60, 's'}};
    std::string text;
    int shown = 0;
    for (const auto& unit : units) {
        if (unit.span == 0 || shown == 2) continue;
        text += std::to_string(unit.span) + unit.letter;
        ++shown;
    }
    return text.empty() ? "0s" : text;
}

std::string human_number(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const std::size_t behind = digits.size() - 1 - i;
        if (behind > 0 && behind % 3 == 0)
            text.append("<span class=\"rls\">").append(1, digits[i]).append("</span>");
        else
            text += digits[i];
    }
    return text;
}

bool decode_form_value(std::string_view text, std::string& to) {
    to.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            to += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size()) return false;
        const int high = base::hex_digit(text[i + 1]), low = base::hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return false;
        to += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return true;
}

}  // namespace cfgproxy::control
