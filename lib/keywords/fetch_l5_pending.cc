#include "keywords/sample_support.h"
#include "sample/checkpoint.h"

/// Words of TLS and streams (manual 7.3.4) that are understood but not executed yet: a file that uses
/// one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "51d.all", .args = "string[,string,string,string,string]", .needs = sample::kRequestHead, .since = "1.6"},
    {.name = "ssl_fc_ech_outer_sni", .needs = sample::kSession, .since = "3.3"},
    {.name = "ssl_fc_ech_status", .needs = sample::kSession, .since = "3.3"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
