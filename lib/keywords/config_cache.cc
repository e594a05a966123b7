// The `cache` section (manual 2.6 section 6.2.1). A cache in which no rule stores anything changes nothing, so the
// section is accepted. Most mistakes in it are warnings in HAProxy that fail the start all the same.
#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

using model::CacheSettings;

constexpr std::uint64_t kMegabyte = 1 << 20;
constexpr std::size_t kLongestName = 32;

void* open_cache(Parser& parser) {
    if (parser.args().empty()) {
        parser.alert(parser.words()[0], "'cache' expects a <name> argument");
        return nullptr;
    }
    auto& all = parser.config().caches;
    if (const CacheSettings* other = find_named(all, parser.arg(0))) {
        parser.alert_tight(parser.arg_word(0), "Duplicate cache name " + quoted(other->name) + ".");
        return nullptr;
    }
    CacheSettings* cache = add_named(parser, all);
    if (cache->name.size() > kLongestName) {
        cache->name.resize(kLongestName);
        parser.warning(parser.arg_word(0),
                       "cache name is limited to 32 characters, truncate to " + quoted(cache->name) + ".");
    }
    return cache;
}

/// HAProxy says "warning" but does not start.
void refuse(Parser& parser, std::string text) { parser.alert_tight(parser.arg_word(0), std::move(text)); }

void set_total_size(Parser& parser) {
    constexpr std::uint64_t kMost = 4095;
    const auto size = base::parse_uint(parser.arg(0));
    if (!size || *size == 0) return refuse(parser, "total-max-size wrong value " + quoted(parser.arg(0)));
    if (*size > kMost)
        return refuse(parser, "\"total-max-size\" (" + std::string(parser.arg(0)) + ") must not be greater than 4095");
    parser.opened<CacheSettings>().total_size = *size * kMegabyte;
}

void set_max_age(Parser& parser) {
    assign_number(parser.opened<CacheSettings>().max_age_s, config::leading_number(parser.arg(0)));
}

void set_object_size(Parser& parser) {
    const auto size = base::parse_uint(parser.arg(0));
    if (!size) return refuse(parser, "max-object-size wrong value " + quoted(parser.arg(0)));
    parser.opened<CacheSettings>().max_object_size = *size;
}

void set_vary(Parser& parser) {
    if (parser.arg(0) != "on" && parser.arg(0) != "off")
        return refuse(parser, "'process-vary' expects \"on\" or \"off\" (enable or disable vary processing).");
    parser.opened<CacheSettings>().vary = parser.arg(0) == "on";
}

void set_secondary_entries(Parser& parser) {
    const auto count = base::parse_uint(parser.arg(0));
    if (!count || *count == 0) return refuse(parser, "max-secondary-entries wrong value " + quoted(parser.arg(0)));
    assign_number(parser.opened<CacheSettings>().max_secondary_entries, static_cast<std::int64_t>(*count));
}

/// What HAProxy looks at when a cache section ends.
void check_caches(config::Finalizing& finalizing) {
    for (const auto& cache : finalizing.config.caches) {
        if (cache->total_size == 0)
            finalizing.alert(cache->place, "Size not specified for cache " + quoted(cache->name));
        else if (cache->max_object_size > cache->total_size / 2)
            finalizing.alert(cache->place, "\"max-object-size\" is limited to an half of \"total-max-size\" => " +
                                               std::to_string(cache->total_size / 2));
        else if (cache->max_object_size == 0)
            cache->max_object_size = cache->total_size / 256;
    }
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "max-age", .sections = kCache, .arity = {1, 1}, .support = Support::done, .parse = set_max_age, .form = "expects an age parameter in seconds.", .since = "1.8"},
    {.name = "max-object-size", .sections = kCache, .arity = {1, 1}, .support = Support::done, .parse = set_object_size, .form = "expects a maximum file size parameter in bytes.", .since = "1.9"},
    {.name = "max-secondary-entries", .sections = kCache, .arity = {1, 1}, .support = Support::done, .parse = set_secondary_entries, .form = "expects a strictly positive number.", .since = "2.4"},
    {.name = "process-vary", .sections = kCache, .arity = {1, 1}, .support = Support::done, .parse = set_vary, .form = "expects \"on\" or \"off\" (enable or disable vary processing).", .since = "2.4"},
    {.name = "total-max-size", .sections = kCache, .arity = {1, 1}, .support = Support::done, .parse = set_total_size, .form = "expects a size in megabytes.", .since = "1.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"cache", open_cache}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};
constexpr config::Pass kPasses[] = {{"check caches", 2, check_caches}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
