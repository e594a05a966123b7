#include "keywords/sample_support.h"

/// Converters (manual 7.3.1) that are understood but not executed yet: a file that uses
/// one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Converter kTable[] = {
    {.name = "51d.single", .args = "string[,string,string,string,string]", .since = "1.6"},
    {.name = "da-csv-conv",
     .args = "string[,string,string,string,string,string,string,string,string,string,string,string]",
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
