// What logs keep of a message: captured headers and cookies, and the unique-id (manual 2.6 section 4.2).
#include <algorithm>

#include "keywords/formats.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Proxy;

/// "len" and a number, read as HAProxy reads it; nothing and an alert if they are not there.
std::uint32_t capture_length(std::string_view text) {
    const std::int64_t length = config::leading_number(text);
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(length, 0, 65535));
}

/// `capture cookie NAME len N`; whatever stands in place of "len" is taken for it.
void capture_cookie(Parser& parser) {
    if (parser.too_many(3, "capture cookie")) return;
    if (parser.args().size() < 3)
        return parser.alert(parser.words()[0], "'capture' expects 'cookie' <cookie_name> 'len' <len>.");
    Proxy& proxy = parser.proxy();
    proxy.capture_cookie = parser.arg(0);
    proxy.capture_cookie_length = capture_length(parser.arg(2));
}

template <std::vector<model::Capture> Proxy::*List>
void capture_header(Parser& parser) {
    if (parser.args().size() < 3 || parser.arg(1) != "len") {
        std::string name(parser.keyword().name);
        name.resize(name.rfind(' '));
        return parser.alert(parser.words()[0], quoted(name) + " expects 'header' <header_name> 'len' <len>.");
    }
    if (parser.too_many(3, parser.keyword().name)) return;
    (parser.proxy().*List).push_back({base::lower(parser.arg(0)), capture_length(parser.arg(2))});
}

void declare_capture(Parser& parser) {
    Proxy& proxy = parser.proxy();
    const std::string_view direction = parser.arg(0);
    if (direction != "request" && direction != "response")
        return parser.alert(parser.arg_word(0), "'declare capture' requires a direction ('request' or 'response').");
    if (parser.arg(1) != "len")
        return parser.alert(parser.arg_word(1), "'declare capture' requires a capture length ('len').");
    if (parser.args().size() < 3)
        return parser.alert(parser.arg_word(2),
                            "'declare capture': 'len' requires a numeric value that represents the capture length.");
    const auto length = base::parse_int(parser.arg(2));
    if (!length)
        return parser.alert(parser.arg_word(2),
                            "'declare capture': cannot parse the length " + quoted(parser.arg(2)) + ".");
    if (*length <= 0) return parser.alert(parser.arg_word(2), "length must be > 0.");
    auto& list = direction == "request" ? proxy.request_captures : proxy.response_captures;
    list.push_back({{}, static_cast<std::uint32_t>(std::min<std::int64_t>(*length, 65535))});
}

void set_unique_id_header(Parser& parser) { parser.proxy().unique_id_header = base::lower(parser.arg(0)); }

void set_unique_id_format(Parser& parser) {
    if (parser.args().size() > 1)
        return parser.alert(parser.arg_word(1),
                            "unique-id-format expects only one argument, don't forget to escape spaces!");
    std::string error;
    auto format = compile_format(parser, parser.arg_word(0), error, log::Use::unique_id);
    if (!format) return parser.alert(parser.arg_word(0), "failed to parse unique-id : " + error + ".");
    parser.proxy().unique_id_format = std::move(format);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "capture cookie", .sections = kInFrontend | kInListen, .support = Support::done, .parse = capture_cookie},
    {.name = "capture request header", .sections = kInFrontend | kInListen, .support = Support::done, .parse = capture_header<&Proxy::request_captures>},
    {.name = "capture response header", .sections = kInFrontend | kInListen, .support = Support::done, .parse = capture_header<&Proxy::response_captures>},
    {.name = "declare capture", .sections = kInFrontend | kInListen, .support = Support::done, .parse = declare_capture, .since = "1.6"},
    {.name = "unique-id-format", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_unique_id_format, .form = "unique-id-format expects an argument.", .since = "1.5"},
    {.name = "unique-id-header", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_unique_id_header, .form = "unique-id-header expects an argument.", .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
