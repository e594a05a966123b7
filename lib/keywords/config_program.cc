// The `program` section of 2.0 to 3.2 (manual 2.6 section 3.7): processes that the master starts beside the workers.
// Read and checked, not executed yet.
#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <cstring>

#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

using model::Program;

void* open_program(Parser& parser) {
    if (parser.args().empty()) {
        parser.alert(parser.words()[0], "'program' expects an <id> argument");
        return nullptr;
    }
    auto& all = parser.config().programs;
    if (find_named(all, parser.arg(0))) {
        parser.alert_tight(parser.arg_word(0),
                           quoted(parser.arg(0)) + " program section already exists in the configuration.");
        return nullptr;
    }
    return add_named(parser, all);
}

void set_command(Parser& parser) {
    auto& command = parser.opened<Program>().command;
    command.clear();
    for (const Word& word : parser.args()) command.emplace_back(word.text);
}

void set_start_on_reload(Parser& parser) { parser.opened<Program>().start_on_reload = !parser.negated(); }

void report_unknown_option(Parser& parser) {
    if (parser.args().empty()) return parser.alert_tight(parser.words()[0], "'option' expects an option name.");
    parser.alert(parser.arg_word(0), "unknown option " + quoted(parser.arg(0)) + ".");
}

void set_user(Parser& parser) {
    auto& program = parser.opened<Program>();
    if (!program.user.empty())
        return parser.alert_but_continue(parser.words()[0], "user/uid already specified. Continuing.");
    program.user = parser.arg(0);
    errno = 0;
    if (!getpwnam(program.user.c_str()))
        parser.alert(parser.arg_word(0), "cannot find user id for " + quoted(program.user) + " (" +
                                             std::to_string(errno) + ":" + std::strerror(errno) + ")");
}

void set_group(Parser& parser) {
    auto& program = parser.opened<Program>();
    if (!program.group.empty())
        return parser.alert_but_continue(parser.words()[0], "group/gid already specified. Continuing.");
    program.group = parser.arg(0);
    errno = 0;
    if (!getgrnam(program.group.c_str()))
        parser.alert(parser.arg_word(0), "cannot find group id for " + quoted(program.group) + " (" +
                                             std::to_string(errno) + ":" + std::strerror(errno) + ")");
}

void check_programs(config::Finalizing& finalizing) {
    for (const auto& program : finalizing.config.programs)
        if (program->command.empty())
            finalizing.alert(program->place,
                             "The program section " + quoted(program->name) + " lacks a command to launch.");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "command", .sections = kProgram, .arity = {1}, .parse = set_command, .form = "expects a command with optional arguments separated in words.", .since = "2.0", .until = "3.2"},
    {.name = "group", .sections = kProgram, .arity = {1, 1}, .parse = set_group, .form = "expects a group name.", .since = "2.1", .until = "3.2"},
    {.name = "option", .sections = kProgram, .support = Support::done, .parse = report_unknown_option, .prefixes = kNo, .since = "2.0", .until = "3.2"},
    {.name = "option start-on-reload", .sections = kProgram, .arity = {0, 0}, .parse = set_start_on_reload, .prefixes = kNo, .since = "2.0", .until = "3.2"},
    {.name = "user", .sections = kProgram, .arity = {1, 1}, .parse = set_user, .form = "expects a user name.", .since = "2.1", .until = "3.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"program", open_program}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};
constexpr config::Pass kPasses[] = {{"check programs", 3, check_programs}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
