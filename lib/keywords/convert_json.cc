#include <cstdio>

#include "keywords/sample_support.h"

/// Text made fit to stand between the quotes of a JSON string (manual 7.3.1, `json`).
namespace cfgproxy::keywords {
namespace {

enum class Coding : std::uint8_t { ascii, utf8, utf8s, utf8p, utf8ps };
constexpr std::string_view kCodings[] = {"ascii", "utf8", "utf8s", "utf8p", "utf8ps"};

/// One character at the front of `text`: how many bytes, and what is wrong with it.
struct Character {
    std::uint32_t code = 0;
    std::size_t size = 1;
    bool too_long = false;  ///< more bytes than it needs
    bool bad = false;       ///< no such sequence, or a code that must not be
};

Character read_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    Character c;
    c.code = first;
    if (first < 0x80) return c;
    const std::size_t size = first < 0xc0   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf8 ? 4
                             : first < 0xfc ? 5
                             : first < 0xfe ? 6
                                            : 0;
    c.bad = size == 0 || text.size() < size;
    if (c.bad) return c;
    std::uint32_t code = first & (0x7f >> size);
    for (; c.size < size; ++c.size) {
        const auto next = static_cast<unsigned char>(text[c.size]);
        if ((next & 0xc0) != 0x80) {
            c.code = code;
            c.bad = true;
            return c;
        }
        code = (code << 6) | (next & 0x3f);
    }
    c.code = code;
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
    c.too_long = code < kLeast[size];
    c.bad = (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe || code == 0xffff;
    return c;
}

/// What to do with a character that is not right: nothing found, leave it out, or let it pass.
enum class Judgement : std::uint8_t { take, skip, fail };

Judgement judge(const Character& c, Coding coding) {
    const bool permissive = coding == Coding::utf8p || coding == Coding::utf8ps;
    const bool silent = coding == Coding::utf8s || coding == Coding::utf8ps;
    const bool wrong = c.bad || (c.too_long && !permissive) || c.code > 0xffff;
    return !wrong ? Judgement::take : silent ? Judgement::skip : Judgement::fail;
}

char short_escape(std::uint32_t code) {
    switch (code) {
        case '"':
        case '\\':
        case '/':
            return static_cast<char>(code);
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

bool convert_json(const Context& context, Arguments args, Value& value) {
    const auto coding = static_cast<Coding>(args[0].number);
    char* const start = context.arena->bytes(6 * value.text.size() + 1);
    char* at = start;
    for (std::string_view rest = value.text; !rest.empty();) {
        Character c;
        c.code = static_cast<unsigned char>(rest[0]);
        if (coding != Coding::ascii) c = read_character(rest);
        rest.remove_prefix(c.size);
        const Judgement judgement = coding == Coding::ascii ? Judgement::take : judge(c, coding);
        if (judgement == Judgement::fail) return false;
        if (judgement == Judgement::skip) continue;
        if (const char letter = short_escape(c.code)) {
            *at++ = '\\', *at++ = letter;
        } else if (c.code >= 0x20 && c.code < 0x7f) {
            *at++ = static_cast<char>(c.code);
        } else {
            at += std::snprintf(at, 7, "\\u%04x", c.code);
        }
    }
    value.text = {start, static_cast<std::size_t>(at - start)};
    return true;
}

base::Result<void> prepare_json(std::vector<Argument>& args) {
    for (std::size_t i = 0; i < std::size(kCodings); ++i) {
        if (args[0].text != kCodings[i] && !(i == 0 && args[0].text.empty())) continue;
        args[0].number = static_cast<std::int64_t>(i);
        return {};
    }
    return base::Error{"Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'"};
}

constexpr Converter kTable[] = {
    {.name = "json",
     .args = "string",
     .support = Support::done,
     .run = convert_json,
     .prepare = prepare_json,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
