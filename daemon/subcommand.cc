#include "subcommand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "base/version.h"

namespace cfgproxy::daemon {

namespace {

const Flag* find_flag(std::span<const Flag> flags, std::string_view name) {
    auto found = std::find_if(flags.begin(), flags.end(), [name](const Flag& flag) { return flag.name == name; });
    return found == flags.end() ? nullptr : &*found;
}

std::string usage_of(const Subcommand& row, std::string_view program) {
    return fmt::format("Usage: {} {}{}{}{}\n", program, row.name, row.flags.empty() ? "" : " [option...]",
                       row.operands.empty() ? "" : " ", row.operands);
}

std::string help_of(const Subcommand& row, std::string_view program) {
    std::string text = fmt::format("{}\n{}\n", usage_of(row, program), row.help);
    std::size_t width = 0;
    for (const Flag& flag : row.flags)
        width = std::max(width, flag.name.size() + flag.value.size() + !flag.value.empty());
    if (!row.flags.empty()) text += "\n";
    for (const Flag& flag : row.flags) {
        std::string shown(flag.name);
        if (!flag.value.empty()) shown.append(1, ' ').append(flag.value);
        text += fmt::format("  {:<{}}  {}\n", shown, width, flag.help);
    }
    return text;
}

/// All subcommands, a line each.
std::string list_of_all(std::string_view program) {
    std::vector<const Subcommand*> rows = base::Table<Subcommand>::all();
    std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    std::size_t width = 0;
    for (const Subcommand* row : rows) width = std::max(width, row->name.size());
    std::string text = fmt::format("Usage: {} <subcommand> [option...] [operand...]\n\n", program);
    for (const Subcommand* row : rows) text += fmt::format("  {:<{}}  {}\n", row->name, width, row->help);
    return text + fmt::format("\n`{0} <subcommand> --help` tells more; `{0} -h` lists HAProxy's options.\n", program);
}

int show_help(const Arguments& arguments, Messages& messages) {
    if (arguments.operands().empty()) {
        std::fputs(list_of_all(messages.name()).c_str(), stdout);
        return 0;
    }
    const Subcommand* row = base::Table<Subcommand>::find(arguments.operands()[0]);
    if (row == nullptr) {
        fmt::print(stderr, "{}: no subcommand '{}'.\n", messages.name(), arguments.operands()[0]);
        return 2;
    }
    std::fputs(help_of(*row, messages.name()).c_str(), stdout);
    return 0;
}

constexpr Subcommand kRows[] = {
    {.name = "help", .operands = "[SUBCOMMAND]", .help = "lists the subcommands, or tells about one", .run = show_help},
};
const base::Table<Subcommand> kRegistered{kRows};

std::string unknown_option(std::span<const Flag> flags, std::string_view word) {
    std::vector<std::string_view> names;
    for (const Flag& flag : flags) names.push_back(flag.name);
    const std::string_view meant = base::nearest(word, names);
    return fmt::format("unknown option '{}'{}", word, meant.empty() ? "" : fmt::format(": is '{}' meant?", meant));
}

}  // namespace

Arguments::Arguments(std::span<const std::string_view> words, std::span<const Flag> flags) {
    bool all_operands = false;
    for (std::size_t i = 0; i < words.size() && error_.empty(); ++i) {
        std::string_view word = words[i];
        if (all_operands || !word.starts_with('-') || word == "-") {
            operands_.emplace_back(word);
            continue;
        }
        if (word == "--") {
            all_operands = true;
            continue;
        }
        const std::size_t equals = word.starts_with("--") ? word.find('=') : word.npos;
        const Flag* flag = find_flag(flags, word.substr(0, equals));
        if (flag == nullptr)
            error_ = unknown_option(flags, word.substr(0, equals));
        else if (flag->value.empty() && equals != word.npos)
            error_ = fmt::format("option '{}' takes no value", flag->name);
        else if (flag->value.empty())
            given_.emplace_back(flag->name, std::string());
        else if (equals != word.npos)
            given_.emplace_back(flag->name, std::string(word.substr(equals + 1)));
        else if (i + 1 == words.size())
            error_ = fmt::format("option '{}' expects {}", flag->name, flag->value);
        else
            given_.emplace_back(flag->name, std::string(words[++i]));
    }
}

bool Arguments::has(std::string_view flag) const {
    return std::any_of(given_.begin(), given_.end(), [flag](const auto& given) { return given.first == flag; });
}

std::string Arguments::value(std::string_view flag, std::string_view otherwise) const {
    auto found =
        std::find_if(given_.rbegin(), given_.rend(), [flag](const auto& given) { return given.first == flag; });
    return found == given_.rend() ? std::string(otherwise) : found->second;
}

std::vector<std::string> Arguments::values(std::string_view flag) const {
    std::vector<std::string> all;
    for (const auto& [name, value] : given_)
        if (name == flag) all.push_back(value);
    return all;
}

bool run_subcommand(std::span<const std::string_view> words, Messages& messages, int& status) {
    const Subcommand* row = words.empty() ? nullptr : base::Table<Subcommand>::find(words[0]);
    if (row == nullptr) return false;
    std::span<const std::string_view> rest = words.subspan(1);
    status = 0;
    if (std::find(rest.begin(), std::find(rest.begin(), rest.end(), "--"), "--help") !=
        std::find(rest.begin(), rest.end(), "--")) {
        std::fputs(help_of(*row, messages.name()).c_str(), stdout);
        return true;
    }
    const Arguments arguments(rest, row->flags);
    std::string problem = arguments.error();
    if (problem.empty() && arguments.operands().size() < row->least)
        problem = fmt::format("{} expected", row->operands);
    if (problem.empty()) {
        status = row->run(arguments, messages);
        return true;
    }
    fmt::print(stderr, "{} {}: {}\n{}`{} {} --help` tells more.\n", messages.name(), row->name, problem,
               usage_of(*row, messages.name()), messages.name(), row->name);
    status = 2;
    return true;
}

}  // namespace cfgproxy::daemon
