#include "http/target.h"
#include "keywords/sample_support.h"
#include "model/proxy.h"

/// What was kept of the messages' heads for the log, as it arrived (manual 7.3.6): later rules do not change it, and it
/// is there after the heads have gone.
namespace cfgproxy::keywords {
namespace {

template <bool response>
Found fetch_header(const Context& context, Arguments args, Cursor&, Value& out) {
    const std::string_view* slots = response ? context.response_captures : context.request_captures;
    if (!slots || !context.frontend) return Found::no;
    const auto& declared = response ? context.frontend->response_captures : context.frontend->request_captures;
    const auto index = static_cast<std::uint64_t>(args[0].number);
    if (index >= declared.size() || slots[index].data() == nullptr) return Found::no;
    return found_text(out, slots[index]);
}

Found fetch_method(const Context& context, Arguments, Cursor&, Value& out) {
    const std::string_view line = context.request_line;
    return line.empty() ? Found::no : found_text(out, line.substr(0, line.find(' ')));
}

/// Path and query; the line may have been cut (tune.http.logurilen).
Found fetch_uri(const Context& context, Arguments, Cursor&, Value& out) {
    const std::size_t blank = context.request_line.find(' ');
    if (blank == std::string_view::npos) return Found::no;
    std::string_view target = context.request_line.substr(blank + 1);
    target = target.substr(0, target.find(' '));
    if (!target.starts_with('/')) {
        const std::size_t scheme = http::scheme_size(target);
        const std::size_t slash = scheme == 0 ? std::string_view::npos : target.find('/', scheme);
        if (slash == std::string_view::npos) return Found::no;
        target.remove_prefix(slash);
    }
    return found_text(out, target);
}

template <std::string_view Context::*Version>
Found fetch_version(const Context& context, Arguments, Cursor&, Value& out) {
    return (context.*Version).empty() ? Found::no : found_text(out, context.*Version);
}

using sample::kServer, sample::kTransaction;  // kServer: from the response on, up to the log
constexpr auto kDone = Support::done;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "capture.req.hdr", .args = "integer", .needs = kTransaction, .support = kDone, .run = fetch_header<false>, .since = "1.5"},
    {.name = "capture.req.method", .needs = kTransaction, .support = kDone, .run = fetch_method, .since = "1.5"},
    {.name = "capture.req.uri", .needs = kTransaction, .support = kDone, .run = fetch_uri, .since = "1.5"},
    {.name = "capture.req.ver", .needs = kTransaction, .support = kDone, .run = fetch_version<&Context::request_version>, .since = "1.5"},
    {.name = "capture.res.hdr", .args = "integer", .needs = sample::kResponseFacts, .support = kDone, .run = fetch_header<true>, .since = "1.5"},
    {.name = "capture.res.ver", .needs = kTransaction, .support = kDone, .run = fetch_version<&Context::response_version>, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
