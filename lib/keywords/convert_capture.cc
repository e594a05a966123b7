#include "keywords/capture_slots.h"
#include "keywords/sample_support.h"

/// capture-req and capture-res: a value on its way through an expression goes into a slot of the log's captures too
/// (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

template <bool response>
bool convert_capture(const Context& context, Arguments args, Value& value) {
    return fill_capture_slot(context, response, static_cast<std::size_t>(args[0].number), value.text);
}

constexpr Converter kTable[] = {
    {.name = "capture-req", .args = "integer", .support = Support::done, .run = convert_capture<false>, .since = "1.6"},
    {.name = "capture-res", .args = "integer", .support = Support::done, .run = convert_capture<true>, .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
