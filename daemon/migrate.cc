// `cfgproxy migrate`: files of older HAProxy releases in the words of a newer one.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/offline.h"
#include "config/migrate.h"
#include "configuration.h"
#include "replace_file.h"
#include "subcommand.h"

namespace cfgproxy::daemon {

namespace {

/// What was changed and what could not be, on stderr.
void tell(const config::Change& change) {
    const std::string place = fmt::format("{}:{}: ", *change.place.file, change.place.line);
    if (!change.done) {
        fmt::print(stderr, "{}left as it is: {}\n    {}\n", place, change.from, change.note);
        return;
    }
    fmt::print(stderr, "{}{}\n", place, change.from);
    for (const std::string& line : change.to) fmt::print(stderr, "    -> {}\n", line);
    if (change.to.empty()) fmt::print(stderr, "    -> left out\n");
    if (!change.note.empty()) fmt::print(stderr, "    {}\n", change.note);
}

int migrate(const Arguments& arguments, Messages& messages) {
    const bool in_place = arguments.has("--in-place");
    if (!in_place && arguments.operands().size() > 1) {
        fmt::print(stderr, "{} migrate: several files can only be changed with --in-place.\n", messages.name());
        return 2;
    }
    base::offline() = true;
    std::vector<config::ReadStatement> statements;
    config::LoadOptions load = load_options(Options{});
    load.keep_pending = true;
    load.statements = &statements;
    config::Loaded loaded = load_operands(arguments.operands(), load);
    if (loaded.diagnostics.alerts() > 0) {
        messages.laid_out(lay_out(loaded, messages));
        return 2;
    }
    bool complete = true;
    for (std::size_t i = 0; i < loaded.source->files().size(); ++i) {
        const auto& file = loaded.source->files()[i];
        const config::Migrated migrated = config::migrate(loaded, statements, i, arguments.value("--to", "3.4"));
        for (const config::Change& change : migrated.changes) {
            tell(change);
            complete &= change.done;
        }
        if (!in_place) {
            std::fwrite(migrated.bytes.data(), 1, migrated.bytes.size(), stdout);
        } else if (migrated.bytes != file.bytes && !replace_file(file.name, migrated.bytes)) {
            fmt::print(stderr, "{} migrate: {}: {}\n", messages.name(), file.name, std::strerror(errno));
            return 2;
        }
    }
    return complete ? 0 : 1;
}

constexpr Flag kFlags[] = {
    {"--to", "RELEASE", "the HAProxy release that shall read the result (3.4)"},
    {"--in-place", "", "replaces the files; without it the only file is printed"},
};
constexpr Subcommand kRows[] = {
    {.name = "migrate",
     .operands = "FILE...",
     .help = "rewrites words that newer HAProxy releases refuse; status 1 if some could not be",
     .flags = kFlags,
     .least = 1,
     .run = migrate},
};
const base::Table<Subcommand> kRegistered{kRows};

}  // namespace

}  // namespace cfgproxy::daemon
