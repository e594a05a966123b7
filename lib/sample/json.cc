#include "sample/json.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace cfgproxy::sample {
namespace {

using Kind = JsonValue::Kind;

constexpr int kDeepest = 20;

/// Takes one piece after the other off a path.
class Path {
  public:
    explicit Path(std::string_view text) : rest_(text) {}
    bool ended() const { return rest_.empty(); }
    bool wants_name() const { return rest_.starts_with('.'); }
    bool wants_index() const { return rest_.starts_with('['); }

    /// Whether the name that the path goes on with is `name`, in whose bytes escapes are left as they are.
    bool is_name(std::string_view name) const {
        std::size_t at = 1, i = 0;
        for (; at < rest_.size() && rest_[at] != '.' && rest_[at] != '['; ++at, ++i) {
            if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
            if (i >= name.size() || name[i] != rest_[at]) return false;
        }
        return i == name.size();
    }
    Path behind_name() const {
        std::size_t at = 1;
        while (at < rest_.size() && rest_[at] != '.' && rest_[at] != '[') at += rest_[at] == '\\' ? 2 : 1;
        return Path(rest_.substr(std::min(at, rest_.size())));
    }
    std::uint64_t index() const {
        std::uint64_t number = 0;
        for (std::size_t at = 1; at < rest_.size() && base::is_digit(rest_[at]) && number < 1000000; ++at)
            number = number * 10 + static_cast<std::uint64_t>(rest_[at] - '0');
        return number;
    }
    Path behind_index() const {
        const std::size_t close = rest_.find(']');
        return Path(close == rest_.npos ? std::string_view{} : rest_.substr(close + 1));
    }

  private:
    std::string_view rest_;
};

/// Walks through the text once. Everything up to the wanted value is checked.
class Walker {
  public:
    explicit Walker(std::string_view text) : text_(text) {}

    /// Reads the value that begins here. With a path it is the wanted one or contains it. False: no JSON, or found, or
    /// known not to be there: the walk is over.
    bool read_value(const Path* path, int depth) {
        skip_blanks();
        if (at_ >= text_.size() || depth > kDeepest) return false;
        const std::size_t begin = at_;
        Kind kind = Kind::none;
        const Path* inside = path && !path->ended() ? path : nullptr;
        if (!read_kind(inside, depth, kind)) return false;
        if (!path) return true;
        if (path->ended()) found_ = {kind, text_.substr(begin, at_ - begin)};
        return false;
    }
    const JsonValue& found() const { return found_; }

  private:
    bool read_kind(const Path* inside, int depth, Kind& kind) {
        switch (text_[at_]) {
            case '{':
                kind = Kind::object;
                return read_object(inside, depth + 1);
            case '[':
                kind = Kind::array;
                return read_array(inside, depth + 1);
            case '"':
                kind = Kind::text;
                return read_text();
            case 't':
                kind = Kind::truth;
                return read_word("true");
            case 'f':
                kind = Kind::falsehood;
                return read_word("false");
            case 'n':
                kind = Kind::null;
                return read_word("null");
            default:
                kind = Kind::number;
                return read_number();
        }
    }

    bool read_object(const Path* path, int depth) {
        ++at_;
        if (take('}')) return true;
        do {
            skip_blanks();
            const std::size_t begin = at_ + 1;
            if (at_ >= text_.size() || text_[at_] != '"' || !read_text()) return false;
            const std::string_view name = text_.substr(begin, at_ - 1 - begin);
            if (!take(':')) return false;
            const bool wanted = path && path->wants_name() && path->is_name(name);
            const Path behind = wanted ? path->behind_name() : Path({});
            if (!read_value(wanted ? &behind : nullptr, depth)) return false;
        } while (take(','));
        return take('}');
    }

    bool read_array(const Path* path, int depth) {
        ++at_;
        if (take(']')) return true;
        std::uint64_t index = 0;
        do {
            const bool wanted = path && path->wants_index() && path->index() == index++;
            const Path behind = wanted ? path->behind_index() : Path({});
            if (!read_value(wanted ? &behind : nullptr, depth)) return false;
        } while (take(','));
        return take(']');
    }

    bool read_text() {
        for (++at_; at_ < text_.size() && text_[at_] != '\0'; ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return true;
            }
            if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\'))
                ++at_;
        }
        return false;
    }

    bool read_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    void read_digits() {
        while (at_ < text_.size() && base::is_digit(text_[at_])) ++at_;
    }

    bool read_number() {
        const std::size_t begin = at_;
        if (text_[at_] == '-') ++at_;
        read_digits();
        if (at_ == begin) return false;
        if (at_ < text_.size() && text_[at_] == '.') ++at_, read_digits();
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
            ++at_;
            if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
            read_digits();
        }
        return true;
    }

    void skip_blanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    JsonValue found_;
};

char meaning_of(char escaped) {
    switch (escaped) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case '\\':
        case '"':
            return escaped;
        default:
            return 0;
    }
}

}  // namespace

JsonValue find_json(std::string_view json, std::string_view path) {
    if (!path.starts_with('$')) return {};
    const Path from_root(path.substr(1));
    Walker walker(json);
    walker.read_value(&from_root, 0);
    return walker.found();
}

bool unescape_json(std::string_view token, base::Arena& arena, std::string_view& text) {
    token = token.substr(1, token.size() - 2);
    char* const start = arena.bytes(token.size());
    char* to = start;
    for (std::size_t i = 0; i < token.size(); ++i) {
        char c = token[i];
        if (c == '\\' && i + 5 < token.size() && token[i + 1] == 'u') {
            const int high = base::hex_digit(token[i + 4]), low = base::hex_digit(token[i + 5]);
            if (token[i + 2] != '0' || token[i + 3] != '0' || high < 0 || low < 0) return false;
            c = static_cast<char>(high * 16 + low);
            i += 5;
        } else if (c == '\\' && i + 1 < token.size()) {
            c = meaning_of(token[++i]);
            if (!c) return false;
        }
        *to++ = c;
    }
    text = {start, static_cast<std::size_t>(to - start)};
    return true;
}

}  // namespace cfgproxy::sample
