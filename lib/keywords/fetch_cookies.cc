#include <algorithm>

#include "base/text.h"
#include "keywords/sample_support.h"

/// Cookies of Cookie and Set-Cookie (manual 7.3.6).
namespace cfgproxy::keywords {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The end of a value: ',' or ';' outside of quotes.
std::size_t value_end(std::string_view text, std::size_t at) {
    bool quoted = false;
    for (; at < text.size(); ++at) {
        if (quoted && text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            quoted = !quoted;
        else if (!quoted && (text[at] == ',' || text[at] == ';'))
            break;
    }
    return std::min(at, text.size());
}

/// One "name = value" at the front of a text.
struct Piece {
    std::string_view name, value;
    std::size_t end = 0;  ///< the delimiter behind it, or the text's end
    bool has_value = false;
};

/// `list`: a Cookie value, where ',' ends a name too; else a Set-Cookie value.
Piece read_piece(std::string_view text, bool list) {
    Piece piece;
    std::size_t begin = 0;
    while (begin < text.size() && is_blank(text[begin])) ++begin;
    std::size_t equal = begin, name_end = begin;
    while (equal < text.size() && text[equal] != '=' && text[equal] != ';' && !(list && text[equal] == ',')) {
        if (!is_blank(text[equal++])) name_end = equal;
    }
    piece.name = text.substr(begin, name_end - begin);
    piece.end = equal;
    if (equal == text.size() || text[equal] != '=') return piece;
    std::size_t value = equal + 1;
    while (value < text.size() && is_blank(text[value])) ++value;
    piece.end = value_end(text, value);
    std::size_t end = piece.end;
    while (end > value && is_blank(text[end - 1])) --end;
    piece.value = text.substr(value, end - value);
    piece.has_value = true;
    return piece;
}

/// The next cookie of that name (empty: any) in `rest`, which is moved behind it. Too short a rest is not looked at:
/// "a=" at the end is no cookie called a.
bool next_in(std::string_view& rest, std::string_view name, bool list, std::string_view& value) {
    while (name.size() + 1 < rest.size()) {
        const Piece piece = read_piece(rest, list);
        rest.remove_prefix(std::min(piece.end + 1, rest.size()));
        if (piece.name.starts_with('$') || !piece.has_value) continue;
        if (name.empty() || piece.name == name) {
            value = piece.value;
            return true;
        }
        if (!list) break;  // what follows are attributes
    }
    rest = {};
    return false;
}

/// The next element of the headers that carry cookies; `cursor` keeps the place.
bool next_element(const http::HeaderList& headers, http::Known known, Cursor& cursor, std::string_view& element) {
    while (!http::take_element(cursor.rest, element)) {
        while (cursor.index < headers.size() && headers[cursor.index].known != known) ++cursor.index;
        if (cursor.index == headers.size()) return false;
        cursor.rest = headers[cursor.index++].value;
    }
    return true;
}

/// The next cookie of the name asked for. A header is first cut at commas outside of quotes, Set-Cookie too.
bool next_cookie(const Context& context, const http::Head& head, Arguments args, Cursor& cursor,
                 std::string_view& value) {
    const bool list = !context.is_response_side();
    const auto known = list ? http::Known::cookie : http::Known::set_cookie;
    const std::string_view name = has(args, 0) ? args[0].text : std::string_view{};
    while (!next_in(cursor.inner, name, list, value)) {
        std::string_view element;
        if (!next_element(head.headers, known, cursor, element)) return false;
        cursor.inner = element.size() > name.size() ? element : std::string_view{};
    }
    return true;
}

/// Each in turn for conditions; else the first without a name, the last with one.
template <Side side>
Found fetch_cookie(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    std::string_view value, last;
    if (!next_cookie(context, *head, args, cursor, value)) return Found::no;
    if (cursor.iterate) {
        cursor.more = true;
    } else if (has(args, 0) && !args[0].text.empty()) {
        while (next_cookie(context, *head, args, cursor, last)) value = last;
    }
    return found_text(out, value);
}

template <Side side>
Found fetch_count(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    Cursor cursor;
    std::int64_t count = 0;
    for (std::string_view value; next_cookie(context, *head, args, cursor, value);) ++count;
    return found_int(out, count);
}

template <Side side>
Found fetch_number(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const Found result = fetch_cookie<side>(context, args, cursor, out);
    if (result == Found::yes) out.set_int(lenient_number(out.text));
    return result;
}

/// All names, with what the argument says (or commas) between them.
template <Side side>
Found fetch_names(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    const bool list = side == Side::request;
    const char delimiter = has(args, 0) && !args[0].text.empty() ? args[0].text[0] : ',';
    std::string names;
    for (const http::Header& header : head->headers) {
        if (header.known != (list ? http::Known::cookie : http::Known::set_cookie)) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const Piece piece = read_piece(rest, list);
            rest.remove_prefix(std::min(piece.end + 1, rest.size()));
            if (!piece.has_value || piece.name.starts_with('$')) continue;
            if (!names.empty()) names += delimiter;
            names += piece.name;
            if (!list) break;  // what follows are attributes
        }
    }
    return found_text(out, context.arena->copy(names));
}

constexpr auto kDone = Support::done;
using sample::kRequestHead, sample::kResponseHead;
constexpr std::uint16_t kEitherHead = kRequestHead | kResponseHead;
constexpr auto kReq = Side::request, kRes = Side::response;
constexpr std::string_view kName = "[string]";

constexpr Fetch kTable[] = {
    {.name = "cook", .args = kName, .needs = kRequestHead, .support = kDone, .run = fetch_cookie<kReq>},
    {.name = "cook_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_count<kReq>,
     .since = "1.5"},
    {.name = "cook_val",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_number<kReq>,
     .since = "1.5"},
    {.name = "cookie",
     .args = kName,
     .needs = kEitherHead,
     .support = kDone,
     .run = fetch_cookie<Side::either>,
     .since = "1.5"},
    {.name = "req.cook",
     .args = kName,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_cookie<kReq>,
     .since = "1.5"},
    {.name = "req.cook_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_count<kReq>,
     .since = "1.5"},
    {.name = "req.cook_names",
     .args = kName,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_names<kReq>,
     .since = "2.9"},
    {.name = "req.cook_val",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_number<kReq>,
     .since = "1.5"},
    {.name = "res.cook",
     .args = kName,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_cookie<kRes>,
     .since = "1.5"},
    {.name = "res.cook_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_count<kRes>,
     .since = "1.5"},
    {.name = "res.cook_names",
     .args = kName,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_names<kRes>,
     .since = "2.9"},
    {.name = "res.cook_val",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_number<kRes>,
     .since = "1.5"},
    {.name = "scook",
     .args = kName,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_cookie<kRes>,
     .since = "1.5"},
    {.name = "scook_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_count<kRes>,
     .since = "1.5"},
    {.name = "scook_val",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_number<kRes>,
     .since = "1.5"},
    {.name = "set-cookie",
     .args = kName,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_cookie<kRes>,
     .since = "1.5",
     .until = "1.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
