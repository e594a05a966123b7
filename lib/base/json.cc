#include "base/json.h"

#include <fmt/format.h>

namespace cfgproxy::base {

namespace {

/// Length of the well-formed UTF-8 sequence at the front of `text`; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    return overlong || beyond ? 0 : size;
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t size = sequence_length(text);
        const auto c = static_cast<unsigned char>(text[0]);
        if (size == 0)
            out += "\\ufffd";
        else if (c == '"' || c == '\\')
            out.append(1, '\\').append(1, text[0]);
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (c < 0x20 || c == 0x7f)
            out += fmt::format("\\u{:04x}", c);
        else
            out += text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out + "\"";
}

void JsonWriter::begin_item() {
    if (after_key_ || levels_.empty()) {
        after_key_ = false;
        return;
    }
    if (!levels_.back().empty) text_ += ',';
    levels_.back().empty = false;
    text_.append(1, '\n').append(2 * levels_.size(), ' ');
}

void JsonWriter::raw(std::string_view text) {
    begin_item();
    text_ += text;
}

void JsonWriter::open(char bracket) {
    begin_item();
    text_ += bracket;
    levels_.push_back({bracket == '{' ? '}' : ']'});
}

void JsonWriter::close() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (!level.empty) text_.append(1, '\n').append(2 * levels_.size(), ' ');
    text_ += level.closing;
}

void JsonWriter::key(std::string_view name) {
    begin_item();
    text_ += json_string(name) + ": ";
    after_key_ = true;
}

void JsonWriter::value(std::string_view text) { raw(json_string(text)); }
void JsonWriter::value(bool truth) { raw(truth ? "true" : "false"); }
void JsonWriter::value(double number) { raw(fmt::format("{}", number)); }

std::string JsonWriter::take() { return std::move(text_) + "\n"; }

}  // namespace cfgproxy::base
