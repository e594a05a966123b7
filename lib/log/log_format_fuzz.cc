#include <cstddef>
#include <cstdint>

#include "log/format.h"

using namespace cfgproxy;

namespace {

sample::Found run_argument(const sample::Context&, sample::Arguments args, sample::Cursor&, sample::Value& out) {
    out = sample::Value::of_text(args.empty() ? std::string_view() : std::string_view(args[0].text));
    return sample::Found::yes;
}
/// A short word, so that expressions are found soon.
constexpr sample::Fetch kFetches[] = {
    {.name = "t", .args = "[string]", .support = sample::Support::done, .run = run_argument},
};
const base::Table<sample::Fetch> kRegistered{kFetches};

}  // namespace

/// Any text compiles or is refused with a reason, and what compiles can be rendered.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto use = static_cast<log::Use>(data[0] % 4);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    sample::ExpressionError where;
    auto format = log::compile(text, {}, use, &where);
    if (!format) {
        if (format.error().empty() || where.at > text.size() || where.at + where.length > text.size() + 1)
            __builtin_trap();
        return 0;
    }
    base::Arena arena;
    sample::Context context;
    context.arena = &arena;
    log::Record record;
    record.request_line = text;
    record.cookie = text;
    record.request_captures = &record.cookie;
    record.request_capture_count = 1;
    std::string out;
    log::render(**format, &record, context, out);
    log::append_http_line(record, out);
    (void)log::render(**format, nullptr, context);
    (void)log::http_only_tag(**format);
    return 0;
}
