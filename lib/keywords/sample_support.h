#pragma once
#include <cstdint>
#include <string_view>

#include "sample/expression.h"

/// What fetches and converters have in common.
namespace cfgproxy::keywords {

using sample::Argument;
using sample::Arguments;
using sample::Context;
using sample::Converter;
using sample::Cursor;
using sample::Fetch;
using sample::Found;
using sample::Support;
using sample::Type;
using sample::Value;

/// Which head a fetch looks at; `either` follows the direction of the rules being run.
enum class Side : std::uint8_t { request, response, either };

/// The head, or null; then `absent` tells whether it may still come. A request's head is not looked at while response
/// rules run, nor the other way round, as in HAProxy.
template <Side side>
const http::Head* head_of(const Context& context, Found& absent) {
    const bool on_response = context.is_response_side();
    const bool wanted = side == Side::either || (side == Side::response) == on_response;
    absent = wanted ? Found::not_yet : Found::no;
    if (!wanted) return nullptr;
    return on_response ? static_cast<const http::Head*>(context.response) : context.request;
}

inline const http::Request* request_of(const Context& context, Found& absent) {
    return static_cast<const http::Request*>(head_of<Side::request>(context, absent));
}
inline const http::Response* response_of(const Context& context, Found& absent) {
    return static_cast<const http::Response*>(head_of<Side::response>(context, absent));
}

inline Found found_bool(Value& out, bool b) {
    out.set_bool(b);
    return Found::yes;
}
inline Found found_int(Value& out, std::int64_t number) {
    out.set_int(number);
    return Found::yes;
}
inline Found found_text(Value& out, std::string_view text) {
    out.set_text(text);
    return Found::yes;
}
inline Found found_bytes(Value& out, std::string_view bytes) {
    out.set_bytes(bytes);
    return Found::yes;
}
inline Found found_ip(Value& out, const net::Address& ip) {
    out.set_ip(ip);
    return Found::yes;
}
inline Found found_method(Value& out, http::Method method, std::string_view word) {
    out.set_method(method, word);
    return Found::yes;
}

inline bool has(Arguments args, std::size_t index) { return args.size() > index; }

/// The text of an argument: as it is written, or what the variable holds that it names. False if that is not set or
/// cannot be a text.
bool text_of(const Context& context, const Argument& arg, std::string_view& text);

/// RFC 4648 section 5, without padding; false if `text` is anything else. The bytes are put into `arena`.
bool decode_base64_url(std::string_view text, base::Arena& arena, std::string_view& bytes);

/// The number at the front of a text the way `hdr_val` and its like have always read it: 32 bits, and what stands
/// before '0' in ASCII counts as a negative digit.
std::int64_t lenient_number(std::string_view text);

/// The next value of the parameter `name` (empty: of any) in "a=1&b=2"; '&', ';' and `delimiter` separate. `rest` is
/// what is left to look at, and begins behind the value found.
bool next_parameter(std::string_view& rest, std::string_view name, char delimiter, bool ignore_case,
                    std::string_view& value);

}  // namespace cfgproxy::keywords
