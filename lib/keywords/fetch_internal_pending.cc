#include "keywords/sample_support.h"

/// Words about the process itself and its tables (manual 7.3.2), and those for developers that are understood but not
/// executed yet: a file that uses one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "spoe.engine-id", .since = "3.1"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
