#include <cctype>

#include "base/letters.h"
#include "base/text.h"
#include "http/auth.h"
#include "keywords/sample_support.h"

/// Bytes written as text and back (manual 7.3.1): hexadecimal, base64, percent signs, JSON.
namespace cfgproxy::keywords {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes a text of known greatest size into the arena.
class Writer {
  public:
    Writer(base::Arena& arena, std::size_t room) : start_(arena.bytes(room)), at_(start_) {}
    void put(char c) { *at_++ = c; }
    void put(std::string_view text) {
        for (char c : text) put(c);
    }
    std::string_view text() const { return {start_, static_cast<std::size_t>(at_ - start_)}; }

  private:
    char* start_;
    char* at_;
};

bool convert_hex(const Context& context, Arguments, Value& value) {
    Writer to(*context.arena, 2 * value.text.size());
    for (unsigned char c : value.text) to.put(kUpperHex[c >> 4]), to.put(kUpperHex[c & 15]);
    value.set_text(to.text());
    return true;
}

/// Each byte as eight binary digits.
bool convert_base2(const Context& context, Arguments, Value& value) {
    Writer to(*context.arena, 8 * value.text.size());
    for (unsigned char c : value.text)
        for (int bit = 7; bit >= 0; --bit) to.put(static_cast<char>('0' + (c >> bit & 1)));
    value.set_text(to.text());
    return true;
}

bool convert_hex2i(const Context&, Arguments, Value& value) {
    std::uint64_t number = 0;
    for (char c : value.text) {
        const int digit = base::hex_digit(c);
        if (digit < 0) return false;
        number = (number << 4) + static_cast<std::uint64_t>(digit);
    }
    value.set_int(static_cast<std::int64_t>(number));
    return true;
}

/// "separator, bytes per piece, cut": a piece of fewer bytes at the end is dropped if `cut` is 1.
template <bool hexadecimal, bool little_endian = false>
bool convert_pieces(const Context& context, Arguments args, Value& value) {
    const std::string_view bytes = value.text, separator = args[0].text;
    const bool cut = has(args, 2) && args[2].number;
    auto piece = static_cast<std::size_t>(has(args, 1) ? args[1].number : 0);
    if (hexadecimal && separator.empty() && !cut) piece = bytes.size();
    if (piece == 0) piece = 1;
    Writer to(*context.arena, (bytes.size() / piece + 1) * (separator.size() + 20) + 2 * bytes.size());
    for (std::size_t at = 0; at < bytes.size() && (!cut || at + piece <= bytes.size()); at += piece) {
        if (at > 0) to.put(separator);
        std::uint64_t number = 0;
        int shift = 0;
        for (unsigned char c : bytes.substr(at, piece)) {
            if (hexadecimal) to.put(kUpperHex[c >> 4]), to.put(kUpperHex[c & 15]);
            number = little_endian ? number | std::uint64_t{c} << shift : (number << 8) + c;
            shift += 8;
        }
        if (hexadecimal) continue;
        std::string_view digits = sample::number_text(static_cast<std::int64_t>(number / 10), *context.arena);
        if (number >= 10) to.put(digits);
        to.put(static_cast<char>('0' + number % 10));
    }
    value.set_text(to.text());
    return true;
}

base::Result<void> check_cut(const std::vector<Argument>& args) {
    if (args.size() > 2 && args[2].number != 0 && args[2].number != 1)
        return base::Error{"Unsupported truncate value (" + std::to_string(args[2].number) + ")"};
    return {};
}

base::Result<void> prepare_be2dec(std::vector<Argument>& args) {
    const std::int64_t size = args.size() > 1 ? args[1].number : 0;
    if (size <= 0 || size > 8) return base::Error{"chunk_size out of [1..8] range (" + std::to_string(size) + ")"};
    return check_cut(args);
}

base::Result<void> prepare_be2hex(std::vector<Argument>& args) {
    const std::int64_t size = args.size() > 1 ? args[1].number : 0;
    if (size <= 0 && (!args[0].text.empty() || (args.size() > 2 && args[2].number != 0)))
        return base::Error{"chunk_size needs to be positive (" + std::to_string(size) + ")"};
    return check_cut(args);
}

template <bool for_url>
bool convert_to_base64(const Context& context, Arguments, Value& value) {
    const std::string_view letters = for_url ? kBase64Url : kBase64;
    std::string_view bytes = value.text;
    Writer to(*context.arena, (bytes.size() + 2) / 3 * 4);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 3);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = (group << 8) | (i < size ? static_cast<unsigned char>(bytes[i]) : 0);
        for (std::size_t i = 0; i < 4; ++i) {
            if (i <= size)
                to.put(letters[(group >> (18 - 6 * i)) & 63]);
            else if (!for_url)
                to.put('=');
        }
        bytes.remove_prefix(size);
    }
    value.set_text(to.text());
    return true;
}

bool convert_from_base64(const Context& context, Arguments, Value& value) {
    std::string_view bytes;
    if (!http::decode_base64(value.text, *context.arena, bytes)) return false;
    value.set_bytes(bytes);
    return true;
}

/// Letters for URLs, no padding.
bool convert_from_base64_url(const Context& context, Arguments, Value& value) {
    std::string_view bytes;
    if (!decode_base64_url(value.text, *context.arena, bytes)) return false;
    value.set_bytes(bytes);
    return true;
}

/// '+' is a space behind the '?', or everywhere if the argument is not 0. Ends at a zero byte.
bool convert_url_dec(const Context& context, Arguments args, Value& value) {
    bool in_form = has(args, 0) && args[0].number != 0;
    const std::string_view text = value.text.substr(0, value.text.find('\0'));
    Writer to(*context.arena, text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '?') in_form = true;
        if (c == '+' && in_form) c = ' ';
        if (c == '%') {
            const int high = i + 1 < text.size() ? base::hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? base::hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        to.put(c);
    }
    value.text = to.text();
    return true;
}

bool convert_url_enc(const Context& context, Arguments, Value& value) {
    Writer to(*context.arena, 3 * value.text.size());
    for (char c : value.text) {
        const auto byte = static_cast<unsigned char>(c);
        if (base::is_unreserved(c))
            to.put(c);
        else
            to.put('%'), to.put(kUpperHex[byte >> 4]), to.put(kUpperHex[byte & 15]);
    }
    value.text = to.text();
    return true;
}

base::Result<void> prepare_url_enc(std::vector<Argument>& args) {
    if (!args[0].text.empty() && args[0].text != "query")
        return base::Error{"Unexpected encode type. Allowed value is 'query'"};
    return {};
}

constexpr auto kDone = Support::done;
constexpr auto kBin = Type::bin;
constexpr std::string_view kPieces = "string[,integer,integer]";

constexpr Converter kTable[] = {
    {.name = "b64dec", .out = kBin, .support = kDone, .run = convert_from_base64, .since = "1.8"},
    {.name = "base2", .in = kBin, .support = kDone, .run = convert_base2, .since = "3.3"},
    {.name = "base64", .in = kBin, .support = kDone, .run = convert_to_base64<false>},
    {.name = "be2dec",
     .args = kPieces,
     .in = kBin,
     .support = kDone,
     .run = convert_pieces<false>,
     .prepare = prepare_be2dec,
     .since = "2.5"},
    {.name = "be2hex",
     .args = kPieces,
     .in = kBin,
     .support = kDone,
     .run = convert_pieces<true>,
     .prepare = prepare_be2hex,
     .since = "2.5"},
    {.name = "hex", .in = kBin, .support = kDone, .run = convert_hex},
    {.name = "hex2i", .out = Type::sint, .support = kDone, .run = convert_hex2i, .since = "1.8"},
    {.name = "le2dec",
     .args = kPieces,
     .in = kBin,
     .support = kDone,
     .run = convert_pieces<false, true>,
     .prepare = prepare_be2dec,
     .since = "3.3"},
    {.name = "ub64dec", .out = kBin, .support = kDone, .run = convert_from_base64_url, .since = "2.4"},
    {.name = "ub64enc", .in = kBin, .support = kDone, .run = convert_to_base64<true>, .since = "2.4"},
    {.name = "url_dec", .args = "[integer]", .support = kDone, .run = convert_url_dec, .since = "1.6"},
    {.name = "url_enc",
     .args = "string",
     .support = kDone,
     .run = convert_url_enc,
     .prepare = prepare_url_enc,
     .since = "2.4"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
