#include "keywords/sample_support.h"

/// Words of HTTP messages (manual 7.3.6) that are understood but not executed yet: a file that uses
/// one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "da-csv-fetch",
     .args = "string[,string,string,string,string,string,string,string,string,string,string,string]",
     .needs = sample::kRequestHead,
     .since = "1.6"},
    {.name = "res.cache_hit", .out = Type::boolean, .needs = sample::kServer | sample::kResponseFacts, .since = "2.3"},
    {.name = "res.cache_name", .needs = sample::kServer | sample::kResponseFacts, .since = "2.3"},
    {.name = "wurfl-get",
     .args = "string[,string,string,string,string,string,string,string,string,string,string,string]",
     .needs = sample::kRequestHead,
     .since = "1.7"},
    {.name = "wurfl-get-all", .needs = sample::kRequestHead, .since = "1.7"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
