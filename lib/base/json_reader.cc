#include "base/json_reader.h"

#include <cstdlib>

#include "base/text.h"

namespace cfgproxy::base {

namespace {

constexpr int kDeepest = 100;

void append_utf8(std::string& to, std::uint32_t c) {
    const auto add = [&to](std::uint32_t byte) { to += static_cast<char>(byte); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xc0 | c >> 6);
        add(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        add(0xe0 | c >> 12);
        add(0x80 | (c >> 6 & 0x3f));
        add(0x80 | (c & 0x3f));
    } else {
        add(0xf0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3f));
        add(0x80 | (c >> 6 & 0x3f));
        add(0x80 | (c & 0x3f));
    }
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Json> parse() {
        Json value;
        skip_blanks();
        if (!read(value, 0)) return failure();
        skip_blanks();
        if (at_ != text_.size()) return fail("something stands behind the document"), failure();
        return value;
    }

  private:
    Error failure() const { return {std::string(problem_) + " at byte " + std::to_string(at_ + 1)}; }
    bool fail(std::string_view problem) {
        problem_ = problem;
        return false;
    }
    char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) { return here() == c && at_ < text_.size() ? (++at_, true) : false; }
    void skip_blanks() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    bool read(Json& value, int depth) {
        if (depth > kDeepest) return fail("nested too deeply");
        if (here() == '{') return read_object(value, depth);
        if (here() == '[') return read_array(value, depth);
        if (here() == '"') {
            value.kind = Json::Kind::string;
            return read_string(value.text);
        }
        if (take_word("null")) return true;
        if (take_word("true") || take_word("false")) {
            value.kind = Json::Kind::boolean;
            value.truth = text_[at_ - 2] == 'u';
            return true;
        }
        return read_number(value);
    }

    bool read_object(Json& value, int depth) {
        value.kind = Json::Kind::object;
        ++at_;
        skip_blanks();
        if (take('}')) return true;
        do {
            skip_blanks();
            auto& member = value.members.emplace_back();
            if (!read_string(member.name)) return false;
            skip_blanks();
            if (!take(':')) return fail("':' expected");
            skip_blanks();
            if (!read(member.value, depth + 1)) return false;
            skip_blanks();
        } while (take(','));
        return take('}') || fail("',' or '}' expected");
    }

    bool read_array(Json& value, int depth) {
        value.kind = Json::Kind::array;
        ++at_;
        skip_blanks();
        if (take(']')) return true;
        do {
            skip_blanks();
            if (!read(value.items.emplace_back(), depth + 1)) return false;
            skip_blanks();
        } while (take(','));
        return take(']') || fail("',' or ']' expected");
    }

    bool read_number(Json& value) {
        const std::size_t begin = at_;
        take('-');
        const std::size_t digits = at_;
        while (is_digit(here())) ++at_;
        if (at_ == digits || (at_ > digits + 1 && text_[digits] == '0')) return fail("a value is expected");
        if (take('.') && !take_digits()) return fail("a digit is expected");
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!take_digits()) return fail("a digit is expected");
        }
        value.kind = Json::Kind::number;
        value.number = std::strtod(std::string(text_.substr(begin, at_ - begin)).c_str(), nullptr);
        return true;
    }
    bool take_digits() {
        const std::size_t begin = at_;
        while (is_digit(here())) ++at_;
        return at_ > begin;
    }

    bool read_string(std::string& to) {
        if (!take('"')) return fail("a string is expected");
        while (at_ < text_.size() && text_[at_] != '"') {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("a control character stands in a string");
            if (text_[at_] != '\\') {
                to += text_[at_++];
                continue;
            }
            ++at_;
            if (!read_escape(to)) return false;
        }
        return take('"') || fail("a string has no end");
    }

    bool read_escape(std::string& to) {
        constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
        const std::size_t known = at_ < text_.size() ? kLetters.find(text_[at_]) : kLetters.npos;
        if (known != kLetters.npos) {
            to += kMeanings[known];
            ++at_;
            return true;
        }
        std::uint32_t c = 0;
        if (!read_unit(c)) return fail("an escape is wrong");
        if (c >= 0xd800 && c < 0xdc00) {  // the first half of a pair
            std::uint32_t second = 0;
            if (!take('\\') || !read_unit(second) || second < 0xdc00 || second > 0xdfff)
                return fail("half a surrogate pair");
            c = 0x10000 + ((c - 0xd800) << 10) + (second - 0xdc00);
        } else if (c >= 0xdc00 && c < 0xe000) {
            return fail("half a surrogate pair");
        }
        append_utf8(to, c);
        return true;
    }

    /// uXXXX
    bool read_unit(std::uint32_t& c) {
        if (!take('u') || at_ + 4 > text_.size()) return false;
        c = 0;
        for (int i = 0; i < 4; ++i) {
            const int digit = hex_digit(text_[at_++]);
            if (digit < 0) return false;
            c = c << 4 | static_cast<std::uint32_t>(digit);
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view problem_;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
    for (const auto& [known, value] : members)
        if (known == name) return &value;
    return nullptr;
}

std::string_view Json::text_of(std::string_view name) const {
    const Json* member = find(name);
    return member && member->kind == Kind::string ? std::string_view(member->text) : std::string_view();
}

const std::vector<Json>& Json::items_of(std::string_view name) const {
    static const std::vector<Json> none;
    const Json* member = find(name);
    return member ? member->items : none;
}

bool Json::is_true(std::string_view name) const {
    const Json* member = find(name);
    return member && member->truth;
}

Result<Json> parse_json(std::string_view text) { return Parser(text).parse(); }

}  // namespace cfgproxy::base
