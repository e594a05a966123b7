#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/table.h"
#include "messages.h"

namespace cfgproxy::daemon {

/// An option of a subcommand: `--format json` or `--format=json` if it takes a value, `--verbose` if not.
struct Flag {
    std::string_view name;        ///< with its dashes
    std::string_view value = {};  ///< what help shows for the value; empty: it takes none
    std::string_view help = {};
};

/// The words behind a subcommand's name, read by its flags: options anywhere, all behind `--` are operands.
class Arguments {
  public:
    /// What is wrong is in error().
    Arguments(std::span<const std::string_view> words, std::span<const Flag> flags);

    const std::string& error() const { return error_; }
    bool has(std::string_view flag) const;
    /// The last value of `flag`, or `otherwise` if it was not given.
    std::string value(std::string_view flag, std::string_view otherwise = {}) const;
    /// All values of a flag that may be repeated.
    std::vector<std::string> values(std::string_view flag) const;
    const std::vector<std::string>& operands() const { return operands_; }

  private:
    std::vector<std::pair<std::string_view, std::string>> given_;
    std::vector<std::string> operands_;
    std::string error_;
};

/// `cfgproxy check FILE...` and its kin: what HAProxy's command line has no word for. Each stands as a row in the file
/// that serves it, entered by a base::Table<Subcommand>.
struct Subcommand {
    std::string_view name;
    std::string_view operands;  ///< as help shows them: "FILE..."
    std::string_view help;      ///< one line, for the list of all
    std::span<const Flag> flags = {};
    std::size_t least = 0;  ///< so many operands must be there
    /// Gives the exit status. Statuses: 0 good, 1 the answer is no, 2 the question made no sense.
    int (*run)(const Arguments& arguments, Messages& messages) = nullptr;
};

/// Runs the subcommand that the command line (without argv[0]) begins with and puts its status into `status`; false if
/// it begins with none, so that HAProxy's options count. `--help` and mistakes are answered here.
bool run_subcommand(std::span<const std::string_view> words, Messages& messages, int& status);

}  // namespace cfgproxy::daemon
