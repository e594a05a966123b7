#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "keywords/sample_support.h"
#include "model/config.h"
#include "net/connection_failure.h"
#include "sample/checkpoint.h"
#include "sample/facts.h"

/// How an exchange is doing: what failed, what it waits for, which bytes went where (manual 7.3.2 to 7.3.6).
namespace cfgproxy::keywords {
namespace {

using sample::Fact;

// --- failures -----------------------------------------------------------------------------------------------------

enum class As : std::uint8_t { number, name, text };

template <bool of_server, As as>
Found fetch_failure(const Context& context, Arguments, Cursor& cursor, Value& out) {
    const std::string_view text = context.live ? context.live->failure(of_server) : std::string_view{};
    if (text.empty()) return Found::no;
    cursor.may_change = true;
    const net::ConnectionFailure& failure = net::find_failure(text);
    if (as == As::number) return found_int(out, failure.number);
    return found_text(out, as == As::name ? failure.name : failure.text);
}

// --- protocols ----------------------------------------------------------------------------------------------------

std::int64_t fact_or(const Context& context, Fact fact, std::int64_t none) {
    std::int64_t number = 0;
    return context.live && context.live->fact(fact, number) ? number : none;
}

/// Only HTTP has a version; of the server's connection once there is one.
template <bool of_server>
Found fetch_http_major(const Context& context, Arguments, Cursor&, Value& out) {
    const model::Proxy* proxy = of_server ? context.backend : context.frontend;
    if (!proxy || !fact_or(context, Fact::http_messages, proxy->mode == model::Mode::http)) return Found::no;
    if (of_server && !fact_or(context, Fact::forwarded, 0)) return Found::no;
    return found_int(out, fact_or(context, of_server ? Fact::server_http_major : Fact::client_http_major, 1));
}

// --- rules --------------------------------------------------------------------------------------------------------

Found found_place(const Context& context, const base::Place* place, Value& out) {
    if (!place || !place->file) return Found::no;
    return found_text(out, context.arena->concat(*place->file, ":", sample::number_text(place->line, *context.arena)));
}

Found fetch_last_entity(const Context& context, Arguments, Cursor& cursor, Value& out) {
    cursor.may_change = true;
    return found_place(context, context.last_rule, out);
}

Found fetch_waiting_entity(const Context& context, Arguments, Cursor& cursor, Value& out) {
    cursor.may_change = true;
    return found_place(context, context.waiting_rule, out);
}

// --- compression --------------------------------------------------------------------------------------------------

Found fetch_is_compressed(const Context& context, Arguments, Cursor&, Value& out) {
    return found_bool(out, !context.compressed_by.empty());
}
Found fetch_compressed_by(const Context& context, Arguments, Cursor&, Value& out) {
    return context.compressed_by.empty() ? Found::no : found_text(out, context.compressed_by);
}

// --- numbers ------------------------------------------------------------------------------------------------------

template <Fact fact>
Found fetch_fact(const Context& context, Arguments, Cursor& cursor, Value& out) {
    std::int64_t number = 0;
    cursor.may_change = true;
    return context.live && context.live->fact(fact, number) ? found_int(out, number) : Found::no;
}

/// There is one group of threads.
Found fetch_thread_group(const Context&, Arguments, Cursor&, Value& out) { return found_int(out, 0); }

/// The packet that the client's connection began with, where `tcp-ss` had it kept. The system gives it once.
Found fetch_saved_syn(const Context& context, Arguments, Cursor&, Value& out) {
    const int fd = context.live ? context.live->socket(false) : -1;
    socklen_t size = 0;
    if (fd < 0) return Found::no;
    constexpr std::size_t kMost = 512;  // link, IP and TCP headers with all of their options
    char* const bytes = context.arena->bytes(kMost);
    size = kMost;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, bytes, &size) != 0) return Found::no;
    return found_bytes(out, {bytes, size});
}

using sample::kClient, sample::kTransaction, sample::kResponseFacts, sample::kFrontend, sample::kNothing,
    sample::kResponseEnd, sample::kServerConnection, sample::kSession;
constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "bc_err", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_failure<true, As::number>, .since = "2.5"},
    {.name = "bc_err_name", .needs = kServerConnection, .support = kDone, .run = fetch_failure<true, As::name>, .since = "3.1"},
    {.name = "bc_err_str", .needs = kServerConnection, .support = kDone, .run = fetch_failure<true, As::text>, .since = "2.5"},
    {.name = "bc_glitches", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_glitches>, .since = "3.0"},
    {.name = "bc_http_major", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_http_major<true>, .since = "1.9"},
    {.name = "bc_nb_streams", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_streams>, .since = "3.0"},
    {.name = "bc_setting_streams_limit", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_stream_limit>, .since = "3.0", .until = "3.3"},
    {.name = "bc_settings_streams_limit", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_stream_limit>, .since = "3.4"},
    {.name = "dst_conn", .out = kInt, .needs = kFrontend, .support = kDone, .run = fetch_fact<Fact::listener_connections>, .since = "1.5"},
    {.name = "fc_err", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_failure<false, As::number>, .since = "2.5"},
    {.name = "fc_err_name", .needs = kClient, .support = kDone, .run = fetch_failure<false, As::name>, .since = "3.1"},
    {.name = "fc_err_str", .needs = kClient, .support = kDone, .run = fetch_failure<false, As::text>, .since = "2.5"},
    {.name = "fc_glitches", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_fact<Fact::client_glitches>, .since = "3.0"},
    {.name = "fc_http_major", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_http_major<false>, .since = "1.8"},
    {.name = "fc_nb_streams", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_fact<Fact::client_streams>, .since = "3.0"},
    {.name = "fc_saved_syn", .out = Type::bin, .needs = kClient, .support = kDone, .run = fetch_saved_syn, .since = "3.4"},
    {.name = "fc_settings_streams_limit", .out = kInt, .needs = kSession, .support = kDone, .run = fetch_fact<Fact::client_stream_limit>, .since = "3.0"},
    {.name = "last_entity", .support = kDone, .run = fetch_last_entity, .since = "3.1"},
    {.name = "prio_class", .out = kInt, .support = kDone, .run = fetch_fact<Fact::priority_class>, .since = "1.9"},
    {.name = "prio_offset", .out = kInt, .support = kDone, .run = fetch_fact<Fact::priority_offset>, .since = "1.9"},
    {.name = "req.bytes_in", .out = kInt, .needs = kTransaction, .support = kDone, .run = fetch_fact<Fact::request_bytes>, .since = "3.3"},
    {.name = "req.bytes_out", .out = kInt, .needs = kTransaction, .support = kDone, .run = fetch_fact<Fact::sent_to_server_bytes>, .since = "3.3"},
    {.name = "res.bytes_in", .out = kInt, .needs = kResponseEnd, .support = kDone, .run = fetch_fact<Fact::received_from_server_bytes>, .since = "3.3"},
    {.name = "res.bytes_out", .out = kInt, .needs = kResponseEnd, .support = kDone, .run = fetch_fact<Fact::response_bytes>, .since = "3.3"},
    {.name = "res.comp", .out = Type::boolean, .needs = kResponseFacts, .support = kDone, .run = fetch_is_compressed, .since = "1.5"},
    {.name = "res.comp_algo", .needs = kResponseFacts, .support = kDone, .run = fetch_compressed_by, .since = "1.5"},
    {.name = "tgroup", .out = kInt, .needs = kNothing, .support = kDone, .run = fetch_thread_group, .since = "3.4"},
    {.name = "txn.status", .out = kInt, .needs = kResponseFacts, .support = kDone, .run = fetch_fact<Fact::status>, .since = "2.9"},
    {.name = "waiting_entity", .support = kDone, .run = fetch_waiting_entity, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
