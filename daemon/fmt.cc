// `cfgproxy fmt`: files in canonical indentation.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "config/source.h"
#include "config/tidy.h"
#include "replace_file.h"
#include "subcommand.h"

namespace cfgproxy::daemon {

namespace {

int complain(const Messages& messages, std::string_view path, std::string_view reason) {
    fmt::print(stderr, "{} fmt: {}: {}\n", messages.name(), path, reason);
    return 2;
}

/// One file: printed, checked, or replaced. Gives the exit status.
int format_one(const std::string& operand, const Arguments& arguments, const Messages& messages) {
    config::Source source;
    if (auto read = source.add_file(operand == "-" ? "/dev/stdin" : operand); !read)
        return complain(messages, operand, read.error());
    const std::string& bytes = source.files().front().bytes;
    const std::string tidied = config::tidy(bytes);
    if (arguments.has("--check")) {
        if (tidied != bytes) fmt::print("{}\n", operand);
        return tidied != bytes;
    }
    if (!arguments.has("--in-place")) return std::fwrite(tidied.data(), 1, tidied.size(), stdout) != tidied.size();
    if (operand == "-") return complain(messages, operand, "standard input cannot be replaced");
    if (tidied == bytes || replace_file(operand, tidied)) return 0;
    return complain(messages, operand, std::strerror(errno));
}

int format_all(const Arguments& arguments, Messages& messages) {
    std::vector<std::string> operands = arguments.operands();
    if (operands.empty()) operands.emplace_back("-");
    int status = 0;
    for (const std::string& operand : operands) status = std::max(status, format_one(operand, arguments, messages));
    return status;
}

constexpr Flag kFlags[] = {
    {"--check", "", "prints the names of files that are not tidy, and gives status 1 if there are any"},
    {"--in-place", "", "replaces the files"},
};
constexpr Subcommand kRows[] = {
    {.name = "fmt",
     .operands = "[FILE...]",
     .help = "prints files (or standard input) in canonical indentation; changes nothing else",
     .flags = kFlags,
     .run = format_all},
};
const base::Table<Subcommand> kRegistered{kRows};

}  // namespace

}  // namespace cfgproxy::daemon
