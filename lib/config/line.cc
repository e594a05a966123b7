#include "config/line.h"

#include <array>
#include <cctype>

#include "base/letters.h"
#include "base/text.h"

namespace cfgproxy::config {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string_view fault_text(Fault fault) {
    switch (fault) {
        case Fault::none:
            return "";
        case Fault::quote:
            return "unmatched quote";
        case Fault::brace:
            return "unmatched brace in environment variable name";
        case Fault::variable:
            return "forbidden first char in environment variable name";
        case Fault::hex:
            return "truncated or invalid hexadecimal sequence";
        case Fault::expansion:
            return "truncated or invalid word expansion sequence";
    }
    return "";
}

void LineSplitter::start(const char* begin) {
    line_ = begin;
    words_.clear();
    quote_ = nullptr;
    raw_begin_ = nullptr;
    raw_first_ = 0;
    slice_ = {};
    buffer_.clear();
    in_buffer_ = in_word_ = empty_quote_ = quoted_ = false;
    pending_ = Fault::none;
    fault_column_ = 0;
    fault_inside_word_ = false;
}

namespace {

enum Kind : std::uint8_t { kPlain, kBlank, kOther };

/// What a byte is to a line without quotes; `kOther` is for the machine.
constexpr auto kKinds = [] {
    std::array<Kind, 256> kinds{};
    kinds[' '] = kinds['\t'] = kBlank;
    for (const unsigned char c : {'\0', '\n', '\r', '\v', '\f', '"', '\'', '\\', '#'}) kinds[c] = kOther;
    return kinds;
}();

Kind kind_of(char c) { return kKinds[static_cast<unsigned char>(c)]; }

}  // namespace

bool LineSplitter::split_plain(const char* begin, const char* end) {
    start(begin);
    for (const char* at = begin; at < end;) {
        const char* from = at;
        while (at < end && kind_of(*at) == kPlain) ++at;
        if (at > from) {
            Word& word = words_.emplace_back(Word{{from, static_cast<std::size_t>(at - from)}, place_, false});
            word.place.column += static_cast<std::uint32_t>(from - begin);
            word.place.length = static_cast<std::uint32_t>(at - from);
        }
        while (at < end && kind_of(*at) == kBlank) ++at;
        if (at < end && kind_of(*at) == kOther) return false;
    }
    return true;
}

void LineSplitter::append(std::string_view text) {
    in_word_ = true;
    if (!in_buffer_ && slice_.empty()) {
        slice_ = text;
        return;
    }
    if (!in_buffer_) buffer_ = slice_;
    in_buffer_ = true;
    buffer_ += text;
}

void LineSplitter::literal(const char* from, const char* to) {
    touch(from);
    append({from, static_cast<std::size_t>(to - from)});
}

void LineSplitter::character(const char* at, char c) {
    touch(at);
    if (!in_buffer_) buffer_ = slice_;
    in_buffer_ = in_word_ = true;
    buffer_ += c;
}

void LineSplitter::hex(const char* at) {
    character(at, static_cast<char>(base::hex_digit(at[2]) << 4 | base::hex_digit(at[3])));
}

void LineSplitter::open_quote(const char* at) {
    fault_inside_word_ = raw_begin_ != nullptr;
    touch(at);
    quote_ = at;
    empty_quote_ = quoted_ = true;
}

void LineSplitter::close_quote() {
    quote_ = nullptr;
    if (empty_quote_) in_word_ = true;  // "" is a word
}

const std::string* LineSplitter::pseudo_variable(std::string_view name) {
    if (name == ".FILE")
        scratch_ = *place_.file;
    else if (name == ".LINE")
        scratch_ = std::to_string(place_.line);
    else if (name == ".SECTION")
        scratch_ = section_;
    else
        return nullptr;
    return &scratch_;
}

void LineSplitter::variable(const char* from, const char* to) {
    bool braces = from[1] == '{';
    const char* begin = from + (braces ? 2 : 1);
    const char* at = begin + 1;
    while (at < to && (base::is_alnum(*at) || *at == '_')) ++at;
    std::string_view name(begin, static_cast<std::size_t>(at - begin));
    const std::string* found = *begin == '.' ? pseudo_variable(name) : environment_.find(name);
    if (!found && *begin == '.') {
        if (pending_ == Fault::none) fail(Fault::variable, begin);
        return;
    }
    bool list = braces && *at == '[';
    if (list) at += 3;
    std::string_view value = found ? std::string_view(*found) : std::string_view();
    bool known = found != nullptr;
    if (braces && *at == '-' && !found) {
        value = {at + 1, static_cast<std::size_t>(to - 1 - (at + 1))};
        known = true;
    }
    // An unknown variable still makes a word, an empty list makes none: ["${LIST[*]}"] may vanish.
    if (list) {
        empty_quote_ = false;
        expand_list(value);
    } else if (!known) {
        in_word_ = true;
    } else if (!value.empty()) {
        // Not a slice of the environment: that one may change while the words live on.
        if (!in_buffer_) buffer_ = slice_;
        in_buffer_ = in_word_ = true;
        buffer_ += value;
    }
}

void LineSplitter::expand_list(std::string_view value) {
    for (std::size_t i = 0; i < value.size();) {
        if (is_blank(value[i])) {
            if (in_word_) close_text();
            while (i < value.size() && is_blank(value[i])) ++i;
            continue;
        }
        std::size_t from = i;
        while (i < value.size() && !is_blank(value[i])) ++i;
        if (!in_buffer_) buffer_ = slice_;
        in_buffer_ = in_word_ = true;
        buffer_ += value.substr(from, i - from);
    }
}

void LineSplitter::close_text() {
    std::string_view text = in_buffer_ ? arena_.copy(buffer_) : slice_;
    std::size_t nul = in_buffer_ ? text.find('\0') : text.npos;  // only \x00 makes one, and the machine stops at others
    words_.push_back({text.substr(0, nul), place_, quoted_});
    slice_ = {};
    buffer_.clear();
    in_buffer_ = in_word_ = false;
}

void LineSplitter::end_word(const char* at) {
    if (in_word_) close_text();
    if (raw_begin_) {
        for (std::size_t i = raw_first_; i < words_.size(); ++i) {
            words_[i].place.column = static_cast<std::uint32_t>(raw_begin_ - line_) + place_.column;
            words_[i].place.length = static_cast<std::uint32_t>(at - raw_begin_);
            words_[i].quoted = quoted_;
        }
    }
    raw_first_ = words_.size();
    raw_begin_ = nullptr;
    quoted_ = empty_quote_ = false;
}

Fault LineSplitter::finish(const char* at) {
    end_word(at);
    return pending_;
}

Fault LineSplitter::fail(Fault fault, const char* at) {
    if (pending_ != Fault::none) return pending_;
    pending_ = fault;
    fault_column_ = static_cast<std::uint32_t>(at - line_) + place_.column;
    return fault;
}

}  // namespace cfgproxy::config
