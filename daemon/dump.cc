// `cfgproxy dump`: what files say, for programs; and back.
#include <fmt/format.h>

#include <cstdio>

#include "base/offline.h"
#include "config/dump.h"
#include "configuration.h"
#include "subcommand.h"

namespace cfgproxy::daemon {

namespace {

/// The files as they are read on any machine, with all their statements. False after printing their errors.
bool read_all(const Arguments& arguments, Messages& messages, config::Loaded& loaded,
              std::vector<config::ReadStatement>& statements) {
    base::offline() = true;
    config::LoadOptions load = load_options(Options{});
    load.keep_pending = true;
    load.statements = &statements;
    loaded = load_operands(arguments.operands(), load);
    if (loaded.diagnostics.alerts() == 0) return true;
    messages.laid_out(lay_out(loaded, messages));
    return false;
}

/// The only operand's bytes if it is a dump; empty if it is none.
std::string dump_among(const Arguments& arguments) {
    if (arguments.operands().size() != 1) return {};
    const std::string& operand = arguments.operands()[0];
    config::Source source;
    if (operand == "-" || !source.add_file(operand)) return {};
    const std::string& bytes = source.files().front().bytes;
    return bytes.starts_with("{") ? bytes : std::string();
}

int dump(const Arguments& arguments, Messages& messages) {
    const bool as_haproxy = arguments.has("--haproxy");
    if (const std::string json = as_haproxy ? dump_among(arguments) : std::string(); !json.empty()) {
        const auto sections = config::read_dump(json);
        if (!sections) {
            fmt::print(stderr, "{} dump: {}: {}\n", messages.name(), arguments.operands()[0], sections.error());
            return 2;
        }
        std::fputs(config::print_sections(*sections).c_str(), stdout);
        return 0;
    }
    config::Loaded loaded;
    std::vector<config::ReadStatement> statements;
    if (!read_all(arguments, messages, loaded, statements)) return 1;
    const std::string text =
        as_haproxy ? config::print_sections(config::plain_sections(statements)) : config::dump_json(loaded, statements);
    return std::fputs(text.c_str(), stdout) < 0;
}

constexpr Flag kFlags[] = {
    {"--json", "", "prints JSON, as man/cfgproxy-dump.schema.json describes it; this is what happens anyway"},
    {"--haproxy", "", "prints a configuration that says the same, of files or of a JSON document printed before"},
};
constexpr Subcommand kRows[] = {
    {.name = "dump",
     .operands = "FILE...",
     .help = "prints what files say: sections, statements, typed arguments, each with its place",
     .flags = kFlags,
     .least = 1,
     .run = dump},
};
const base::Table<Subcommand> kRegistered{kRows};

}  // namespace

}  // namespace cfgproxy::daemon
