#include <charconv>
#include <optional>

#include "keywords/sample_support.h"
#include "model/config.h"
#include "sample/facts.h"

/// Words for developers about HAProxy's own form of a message, HTX (manual 7.3.8). There is no such thing here: they
/// are answered with what that form of the message at hand would hold. A block for the first line, one for each field,
/// one for the end of the head, and one for the payload that is there.
namespace cfgproxy::keywords {
namespace {

constexpr std::int64_t kBlockInfo = 8, kFirstLineInfo = 20, kMessageInfo = 40, kDefaultBuffer = 16384;

struct Block {
    std::string_view type;
    std::int64_t size = 0;
    std::string_view name, value;  ///< of a field
    std::string_view data;         ///< payload
    bool first_line = false;
};

/// The message that rules look at now.
struct Message {
    const http::Request* request = nullptr;
    const http::Response* response = nullptr;
    const http::Head* head = nullptr;
    std::string_view payload;

    explicit Message(const Context& context) {
        if (context.is_response_side()) {
            response = context.response;
            head = response;
            payload = context.response_data;
        } else {
            request = context.request;
            head = request;
            payload = context.request_data;
        }
    }
    std::int64_t count() const { return 2 + static_cast<std::int64_t>(head->headers.size()) + !payload.empty(); }
    std::int64_t first_line_size() const {
        const std::size_t text = request
                                     ? request->method_text.size() + request->target.size() + request->version.size()
                                     : response->version.size() + response->reason.size() + 3;
        return kFirstLineInfo + static_cast<std::int64_t>(text);
    }
    std::int64_t data() const {
        auto sum = first_line_size() + 1 + static_cast<std::int64_t>(payload.size());
        for (const http::Header& h : head->headers) sum += static_cast<std::int64_t>(h.name.size() + h.value.size());
        return sum;
    }
    std::int64_t used() const { return data() + kBlockInfo * count(); }
    /// All of the payload is there.
    bool complete() const {
        switch (head->framing) {
            case http::Framing::none:
                return true;
            case http::Framing::length:
                return payload.size() == head->content_length;
            default:
                return false;
        }
    }
    Block block(std::int64_t index) const {
        const auto fields = static_cast<std::int64_t>(head->headers.size());
        if (index == 0)
            return {
                .type = request ? "HTX_BLK_REQ_SL" : "HTX_BLK_RES_SL", .size = first_line_size(), .first_line = true};
        if (index <= fields) {
            const http::Header& field = head->headers[static_cast<std::uint32_t>(index - 1)];
            return {.type = "HTX_BLK_HDR",
                    .size = static_cast<std::int64_t>(field.name.size() + field.value.size()),
                    .name = field.name,
                    .value = field.value};
        }
        if (index == fields + 1) return {.type = "HTX_BLK_EOH", .size = 1};
        if (index == fields + 2 && !payload.empty())
            return {.type = "HTX_BLK_DATA", .size = static_cast<std::int64_t>(payload.size()), .data = payload};
        return {.type = "HTX_BLK_UNUSED"};
    }
};

std::int64_t room(const Context& context) {
    const model::Config* config = context.live ? context.live->config() : nullptr;
    return (config ? std::int64_t{config->global.buffer_size} : kDefaultBuffer) - kMessageInfo;
}

std::int64_t count_of(const Context&, const Message& message) { return message.count(); }
std::int64_t size_of(const Context& context, const Message&) { return room(context); }
std::int64_t data_of(const Context&, const Message& message) { return message.data(); }
std::int64_t used_of(const Context&, const Message& message) { return message.used(); }
std::int64_t free_of(const Context& context, const Message& message) { return room(context) - message.used(); }
std::int64_t free_data_of(const Context& context, const Message& message) {
    return room(context) - message.used() - kBlockInfo;
}

template <std::int64_t (*number_of)(const Context&, const Message&)>
Found fetch_number(const Context& context, Arguments, Cursor& cursor, Value& out) {
    const Message message(context);
    if (!message.head) return Found::no;
    cursor.may_change = true;
    return found_int(out, number_of(context, message));
}

Found fetch_has_end(const Context& context, Arguments, Cursor& cursor, Value& out) {
    const Message message(context);
    if (!message.head) return Found::no;
    cursor.may_change = true;
    return found_bool(out, message.complete());
}

/// Streams of frontends and backends in mode http.
Found fetch_is_message(const Context& context, Arguments, Cursor&, Value& out) {
    std::int64_t yes = 0;
    if (!context.live || !context.live->fact(sample::Fact::http_messages, yes))
        yes = context.request || context.response;
    return found_bool(out, yes != 0);
}

// --- blocks -------------------------------------------------------------------------------------------------------

enum Index : std::int64_t { kHead = -1, kTail = -2, kFirst = -3 };

base::Result<void> prepare_index(std::vector<Argument>& args) {
    const std::string& text = args[0].text;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text == "head")
        number = kHead;
    else if (text == "tail")
        number = kTail;
    else if (text == "first")
        number = kFirst;
    else if (error != std::errc{} || end != text.data() + text.size() || number < 0)
        return base::Error{"invalid block position"};
    args[0].number = number;
    return {};
}

std::optional<Block> block_of(const Context& context, Arguments args, Cursor& cursor) {
    const Message message(context);
    if (!message.head) return {};
    cursor.may_change = true;
    const std::int64_t index = args[0].number;
    return message.block(index == kTail ? message.count() - 1 : index < 0 ? 0 : index);
}

Found fetch_block_size(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const auto block = block_of(context, args, cursor);
    return block ? found_int(out, block->size) : Found::no;
}

template <std::string_view Block::*text>
Found fetch_block_text(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const auto block = block_of(context, args, cursor);
    return block ? found_text(out, (*block).*text) : Found::no;
}

Found fetch_block_data(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const auto block = block_of(context, args, cursor);
    return block ? found_bytes(out, block->data) : Found::no;
}

Found fetch_first_line(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const auto block = block_of(context, args, cursor);
    if (!block) return Found::no;
    if (!block->first_line) return found_text(out, "");
    const Message message(context);
    base::Arena& arena = *context.arena;
    if (message.request)
        return found_text(out, arena.concat(message.request->method_text, " ", message.request->target, " ",
                                            message.request->version));
    return found_text(
        out, arena.concat(message.response->version, " ", sample::number_text(message.response->status, arena), " ",
                          message.response->reason));
}

constexpr std::uint16_t kHeads = sample::kRequestHead | sample::kResponseHead;
constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "internal.htx.data", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<data_of>, .since = "2.2"},
    {.name = "internal.htx.free", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<free_of>, .since = "2.2"},
    {.name = "internal.htx.free_data", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<free_data_of>, .since = "2.2"},
    {.name = "internal.htx.has_eom", .out = Type::boolean, .needs = kHeads, .support = kDone, .run = fetch_has_end, .since = "2.2"},
    {.name = "internal.htx.nbblks", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<count_of>, .since = "2.2"},
    {.name = "internal.htx.size", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<size_of>, .since = "2.2"},
    {.name = "internal.htx.used", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_number<used_of>, .since = "2.2"},
    {.name = "internal.htx_blk.data", .args = "string", .out = Type::bin, .needs = kHeads, .support = kDone, .run = fetch_block_data, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.htx_blk.hdrname", .args = "string", .needs = kHeads, .support = kDone, .run = fetch_block_text<&Block::name>, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.htx_blk.hdrval", .args = "string", .needs = kHeads, .support = kDone, .run = fetch_block_text<&Block::value>, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.htx_blk.size", .args = "string", .out = kInt, .needs = kHeads, .support = kDone, .run = fetch_block_size, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.htx_blk.start_line", .args = "string", .needs = kHeads, .support = kDone, .run = fetch_first_line, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.htx_blk.type", .args = "string", .needs = kHeads, .support = kDone, .run = fetch_block_text<&Block::type>, .prepare = prepare_index, .since = "2.2"},
    {.name = "internal.strm.is_htx", .out = Type::boolean, .support = kDone, .run = fetch_is_message, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
