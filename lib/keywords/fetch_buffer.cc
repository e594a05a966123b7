#include "keywords/sample_support.h"

/// Bytes as they stand in the buffers (manual 7.3.5): in TCP the stream, in HTTP the body.
namespace cfgproxy::keywords {
namespace {

template <Side side>
std::string_view data_of(const Context& context) {
    const bool response = side == Side::response || (side == Side::either && context.is_response_side());
    return response ? context.response_data : context.request_data;
}

/// In HTTP HAProxy counts how it stores the head, too: a start line of 20 bytes and its words, names and values of
/// fields, and one byte for the end.
std::size_t stored_size(const http::Head& head, std::size_t words) {
    std::size_t size = 20 + words + 1;
    for (const auto& header : head.headers) size += header.name.size() + header.value.size();
    return size;
}

template <Side side>
Found fetch_length(const Context& context, Arguments, Cursor& cursor, Value& out) {
    std::size_t size = data_of<side>(context).size();
    if (const auto* request = context.request; side == Side::request && request)
        size += stored_size(*request, request->method_text.size() + request->target.size() + request->version.size());
    if (const auto* response = context.response; side == Side::response && response)
        size += stored_size(*response, response->version.size() + 3 + response->reason.size());
    cursor.may_change = true;
    return found_int(out, static_cast<std::int64_t>(size));
}

/// Offset and length; length 0 takes all that is there. Messages of HTTP have bodies instead (`req.body`).
template <Side side>
Found fetch_payload(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    if (context.request || context.response) return Found::no;
    const std::string_view data = data_of<side>(context);
    const auto offset = static_cast<std::uint32_t>(args[0].number);
    const auto length = static_cast<std::uint32_t>(args[1].number);
    if (std::uint64_t{offset} + length > data.size()) return Found::not_yet;
    cursor.may_change = length == 0;
    return found_bytes(out, length ? data.substr(offset, length) : data.substr(offset));
}

constexpr auto kDone = Support::done;
using sample::kRequestData, sample::kResponseData;
constexpr std::uint16_t kEitherData = kRequestData | kResponseData;
constexpr auto kReq = Side::request, kRes = Side::response;
constexpr std::string_view kPart = "integer,integer";

constexpr Fetch kTable[] = {
    {.name = "payload",
     .args = kPart,
     .out = Type::bin,
     .needs = kEitherData,
     .support = kDone,
     .run = fetch_payload<Side::either>,
     .since = "1.5"},
    {.name = "req.len",
     .out = Type::sint,
     .needs = kRequestData,
     .support = kDone,
     .run = fetch_length<kReq>,
     .since = "1.5"},
    {.name = "req.payload",
     .args = kPart,
     .out = Type::bin,
     .needs = kRequestData,
     .support = kDone,
     .run = fetch_payload<kReq>,
     .since = "1.5"},
    {.name = "req_len", .out = Type::sint, .needs = kRequestData, .support = kDone, .run = fetch_length<kReq>},
    {.name = "res.len",
     .out = Type::sint,
     .needs = kResponseData,
     .support = kDone,
     .run = fetch_length<kRes>,
     .since = "1.5"},
    {.name = "res.payload",
     .args = kPart,
     .out = Type::bin,
     .needs = kResponseData,
     .support = kDone,
     .run = fetch_payload<kRes>,
     .since = "1.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
