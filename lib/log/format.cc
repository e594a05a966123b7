#include "log/format.h"

#include <fmt/format.h>

#include "base/letters.h"
#include "base/text.h"

namespace cfgproxy::log {

namespace {

using model::Template;
using Item = Template::Item;

/// Reads a format from front to back. Written by hand: an expression in brackets ends where its own parser says, so a
/// state machine would be left and entered again in its middle, and what remains has four states.
class Compiler {
  public:
    Compiler(std::string_view text, const base::Place& place, Use use, sample::ExpressionError& where)
        : text_(text), place_(place), where_(where), format_(std::make_unique<Template>()) {
        format_->text = text;
        format_->place = place;
        format_->merges_blanks = use == Use::line || use == Use::unique_id;
        defaults_.optional = use != Use::line;
        defaults_.percent = use == Use::value || use == Use::unique_id;
    }

    base::Result<std::unique_ptr<Template>> run() {
        while (at_ < text_.size()) {
            base::Result<void> read;
            if (text_[at_] == '%')
                read = variable();
            else
                add_character(text_[at_++]);
            if (!read) return base::Error{read.error()};
        }
        settle_encoding();
        return std::move(format_);
    }

  private:
    /// An encoding of the whole line goes before those of single items, and leaves quotes and escapes to itself. In
    /// header values there is none.
    void settle_encoding() {
        if (defaults_.percent) format_->encoding = Template::Encoding::none;
        for (Item& item : format_->items) {
            if (format_->encoding != Template::Encoding::none) item.encoding = format_->encoding;
            if (item.percent && format_->encoding == Template::Encoding::none) item.encoding = Template::Encoding::none;
            if (item.encoding == Template::Encoding::none) continue;
            item.quote = item.escape = item.percent = false;
            item.optional = true;
        }
    }

    /// At a '%'.
    base::Result<void> variable() {
        const std::size_t start = at_++;
        name_ = {};
        cast_ = Item::Cast::same;
        if (at_ < text_.size() && text_[at_] == '(')
            if (auto name = output_name(start); !name) return name;
        if (at_ == text_.size()) return fail(start, 1, "truncated line after '%'");
        const char c = text_[at_];
        if (c == '{') return with_flags(start);
        if (c == '[') return expression({});
        if (base::is_alpha(c)) return tag({});
        if (c == '%')
            add_character(text_[at_++]);
        else if (base::is_digit(c) || c == ' ' || c == '\t')
            return fail(start, 2,
                        fmt::format("unexpected variable name near '{}' at position {} line : '{}'. Maybe you want to "
                                    "write a single '%', use the syntax '%%'",
                                    c, at_, text_));
        // Before any other character the percent sign disappears.
        return {};
    }

    /// `(name)` and `(name:type)` of 3.x: names matter to encodings of whole lines only.
    base::Result<void> output_name(std::size_t start) {
        const std::size_t from = ++at_;
        std::size_t colon = std::string_view::npos;
        for (;; ++at_) {
            if (at_ == text_.size()) return fail(start, text_.size() - start, "truncated line after '%'");
            const char c = text_[at_];
            if (c == ')') break;
            if (c == ':' && colon == std::string_view::npos) {
                colon = at_;
                continue;
            }
            if (!base::is_alnum(c) && c != '_' && c != '-')
                return fail(at_, 1,
                            fmt::format("invalid character in custom name near '{}' at position {} line : '{}'", c, at_,
                                        text_));
        }
        if (colon != std::string_view::npos) {
            std::string_view type = text_.substr(colon + 1, at_ - colon - 1);
            if (type != "str" && type != "sint" && type != "bool" && type != "raw")
                return fail(colon + 1, type.size(),
                            fmt::format("unexpected output type '{}' at position {} line : '{}'. Supported types are: "
                                        "str, sint, bool, raw",
                                        type, colon + 1, text_));
        }
        name_ = text_.substr(from, std::min(colon, at_) - from);
        if (colon != std::string_view::npos) {
            const std::string_view type = text_.substr(colon + 1, at_ - colon - 1);
            cast_ = type == "str"    ? Item::Cast::text
                    : type == "sint" ? Item::Cast::number
                    : type == "bool" ? Item::Cast::boolean
                                     : Item::Cast::raw;
        }
        ++at_;
        return {};
    }

    /// At the '{' of "%{...}".
    base::Result<void> with_flags(std::size_t start) {
        const std::size_t open = at_ + 1;
        const std::size_t close = text_.find('}', open);
        if (close == std::string_view::npos)
            return fail(start, text_.size() - start, fmt::format("truncated line after '{}'", text_.substr(open)));
        const std::string_view flags = text_.substr(open, close - open);
        at_ = close + 1;
        const char c = at_ < text_.size() ? text_[at_] : '\0';
        if (c == '[') return expression(flags);
        if (base::is_alnum(c)) return tag(flags);
        return fail(start, at_ - start,
                    fmt::format("parse argument modifier without variable name near '%{{{}}}'", flags));
    }

    /// `+Q,-M`: words that nobody knows are passed over.
    base::Result<void> apply(std::string_view flags, Item& item) {
        for (std::string_view word : base::split(flags, ',')) {
            const std::size_t sign = word.find_last_of("+-");
            if (sign == std::string_view::npos) continue;
            const bool on = word[sign] == '+';
            word.remove_prefix(sign + 1);
            if (word == "Q")
                item.quote = on;
            else if (word == "X")
                item.hex = on;
            else if (word == "E")
                item.escape = on;
            else if (word == "M")
                item.optional = !on;
            else if (word == "json" || word == "cbor")
                item.encoding = !on              ? Template::Encoding::none
                                : word == "json" ? Template::Encoding::json
                                                 : Template::Encoding::cbor;
            else if (word == "bin")
                binary_ = on;
        }
        return {};
    }

    /// At the first letter of a tag.
    base::Result<void> tag(std::string_view flags) {
        const std::size_t from = at_;
        while (at_ < text_.size() && base::is_alnum(text_[at_])) ++at_;
        const std::string_view name = text_.substr(from, at_ - from);
        Item item = plain_item(Item::Kind::tag);
        if (auto applied = apply(flags, item); !applied) return applied;
        if (name == "o") {
            defaults_.quote = item.quote, defaults_.hex = item.hex;
            defaults_.escape = item.escape, defaults_.optional = item.optional;
            defaults_.encoding = item.encoding;
            format_->encoding = item.encoding;
            format_->binary = binary_;
            return {};
        }
        item.tag = base::Table<Tag>::find(name);
        if (!item.tag)
            return fail(from, name.size(),
                        fmt::format("no such format variable '{}'. If you wanted to emit the '%' character verbatim, "
                                    "you need to use '%%'",
                                    name));
        if (item.tag->support == sample::Support::pending) item.pending_tag = item.tag->name;
        if (!item.tag->until.empty()) item.tag_name = item.tag->name, item.tag_until = item.tag->until;
        item.name = name_;
        item.cast = cast_;
        format_->items.push_back(std::move(item));
        return {};
    }

    /// At the '['.
    base::Result<void> expression(std::string_view flags) {
        const std::string_view rest = text_.substr(++at_);
        Item item = plain_item(Item::Kind::expression);
        std::size_t used = 0;
        sample::ExpressionError error;
        auto parsed = sample::parse_expression(rest, place_, used, error);
        if (!parsed) {
            const std::string& why = error.text.empty() ? parsed.error() : error.text;
            auto failed = fail(at_ + error.at, error.length,
                               fmt::format("failed to parse sample expression <{}> : {}", rest, why));
            where_.hint = error.hint;
            return failed;
        }
        if (auto applied = apply(flags, item); !applied) return applied;
        item.expression = std::move(parsed.value());
        item.name = name_;
        item.cast = cast_;
        const std::string_view taken = rest.substr(0, used);
        at_ += used;
        const char c = at_ < text_.size() ? text_[at_] : '\0';
        if (c != ']') {
            if (c >= ' ' && c < 127)
                return fail(at_, 1, fmt::format("expected ']' after '{}', but found '{}'", taken, c));
            return fail(at_ - used, used, fmt::format("missing ']' after '{}'", taken));
        }
        ++at_;
        format_->items.push_back(std::move(item));
        return {};
    }

    Item plain_item(Item::Kind kind) const {
        Item item;
        item.kind = kind;
        item.quote = defaults_.quote, item.hex = defaults_.hex;
        item.escape = defaults_.escape, item.optional = defaults_.optional;
        item.encoding = defaults_.encoding;
        item.percent = defaults_.percent;
        return item;
    }

    void add_character(char c) {
        const bool blank = format_->merges_blanks && c == ' ';
        if (format_->items.empty() || format_->items.back().kind != Item::Kind::literal) {
            if (blank && format_->items.empty()) return;
            Item item;
            item.joined = blank;
            item.literal = c;
            format_->items.push_back(std::move(item));
            return;
        }
        std::string& literal = format_->items.back().literal;
        if (blank && literal.back() == ' ') return;
        literal += c;
    }

    base::Result<void> fail(std::size_t at, std::size_t length, std::string text) {
        where_.text = text;
        where_.at = static_cast<std::uint32_t>(at);
        where_.length = static_cast<std::uint32_t>(length);
        return base::Error{std::move(text)};
    }

    std::string_view text_;
    base::Place place_;
    sample::ExpressionError& where_;
    std::unique_ptr<Template> format_;
    Item defaults_;        ///< flags of `%{...}o`
    bool binary_ = false;  ///< `+bin`
    Item::Cast cast_ = Item::Cast::same;
    std::string_view name_;  ///< `%(name)` of the variable being read
    std::size_t at_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<Template>> compile(std::string_view text, const base::Place& place, Use use,
                                                sample::ExpressionError* where) {
    sample::ExpressionError ignored;
    return Compiler(text, place, use, where ? *where : ignored).run();
}

std::string_view http_only_tag(const Template& format) {
    for (const Item& item : format.items)
        if (item.kind == Item::Kind::tag && item.tag->http_only) return item.tag->name;
    return {};
}

bool prints_server_side(const Template& format) {
    for (const Item& item : format.items)
        if (item.kind == Item::Kind::tag && item.tag->server_side) return true;
    return false;
}

}  // namespace cfgproxy::log
