#include "control/cli_help.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "base/text.h"

namespace cfgproxy::control {
namespace {

using Words = std::vector<std::string_view>;
constexpr std::size_t kSuggestions = 5;
constexpr std::size_t kNameWords = 5;

constexpr std::string_view kTail =
    "  help [<command>]                        : list matching or all commands\n"
    "  prompt                                  : toggle interactive mode with prompt\n"
    "  quit                                    : disconnect\n";

/// How often each pair of neighbouring letters occurs in some words, and which letters occur: words that are spelt
/// alike have alike fingerprints. 0 is unused, 27 any digit, 28 the edge of a word or another sign.
class Fingerprint {
  public:
    void add(std::string_view word) {
        int from = 28;
        for (char c : word) {
            const int to = class_of(c);
            counts_[to] = 1;
            ++counts_[32 * from + to];
            from = to;
        }
        ++counts_[32 * from + 28];
    }
    int distance(const Fingerprint& other) const {
        int sum = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) sum += std::abs(counts_[i] - other.counts_[i]);
        return sum;
    }

  private:
    static int class_of(char c) {
        c = base::to_lower(c);
        return c >= 'a' && c <= 'z' ? c - 'a' + 1 : base::is_digit(c) ? 27 : 28;
    }
    std::array<std::uint8_t, 1024> counts_{};
};

bool is_visible(const Command& command, const CliSettings& settings) {
    if (command.mode == Command::master) return false;
    if (command.mode == Command::expert) return settings.expert;
    return command.mode != Command::experimental || settings.experimental;
}

Words name_of(const Command& command) { return base::split(command.name, ' '); }

std::size_t common_words(const Words& name, const Words& words) {
    std::size_t n = 0;
    while (n < name.size() && n < words.size() && name[n] == words[n]) ++n;
    return n;
}

struct Match {
    const Command* command;
    int distance;
};

/// The commands that agree in the first `length` words and look most like the rest.
std::vector<Match> look_alikes(const Words& words, std::size_t length, const CliSettings& settings) {
    std::vector<Match> best;
    for (const Command* command : base::Table<Command>::all()) {
        if (!is_visible(*command, settings) || command->usage.empty()) continue;
        const Words name = name_of(*command);
        if (common_words(name, words) < length) continue;
        Fingerprint wanted, have;
        int letters = 0;
        for (std::size_t i = length; i < std::min(words.size(), kNameWords); ++i)
            wanted.add(words[i]), letters += static_cast<int>(words[i].size());
        for (std::size_t i = length; i < name.size(); ++i)
            have.add(name[i]), letters += static_cast<int>(name[i].size());
        const int distance = wanted.distance(have);
        if (distance < 5 * letters / 2) best.push_back({command, distance});
    }
    std::stable_sort(best.begin(), best.end(), [](const Match& a, const Match& b) { return a.distance < b.distance; });
    if (best.size() > kSuggestions) best.resize(kSuggestions);
    while (best.size() > 1 && best.back().distance > 5 * best.front().distance / 2) best.pop_back();
    return best;
}

}  // namespace

std::size_t word_count(std::string_view name) {
    return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
}

const Command* find_command(const Words& words) {
    std::string name;
    const Command* found = nullptr;
    for (std::size_t n = 0; n < words.size() && n < kNameWords; ++n) {
        if (words[n].find(' ') != std::string_view::npos) break;  // was written with a backslash
        if (n > 0) name += ' ';
        name += words[n];
        if (const Command* command = base::Table<Command>::find(name)) found = command;
    }
    return found;
}

std::string help_text(const Words& all_words, const CliSettings& settings) {
    const bool asked = !all_words.empty() && all_words[0] == "help";
    const Words words(all_words.begin() + (asked ? 1 : 0), all_words.end());
    std::size_t length = 0;
    for (const Command* command : base::Table<Command>::all())
        if (is_visible(*command, settings)) length = std::max(length, common_words(name_of(*command), words));

    std::string text = asked           ? "The following commands are valid at this level:\n"
                       : words.empty() ? "Unknown command. Please enter one of the following commands only:\n"
                                       : "Unknown command, but maybe one of the following ones is a better match:\n";
    std::vector<std::string_view> lines;
    if (length < words.size())
        for (const Match& match : look_alikes(words, length, settings)) lines.push_back(match.command->usage);
    if (lines.empty())
        for (const Command* command : base::Table<Command>::all())
            if (is_visible(*command, settings) && !command->usage.empty() &&
                common_words(name_of(*command), words) >= length)
                lines.push_back(command->usage);
    std::sort(lines.begin(), lines.end());
    for (std::string_view line : lines) text.append("  ").append(line).append("\n");
    text += kTail;
    return text;
}

void call_command(CliCall& call) {
    const Command* command = find_command(call.words);
    if (!command || command->mode == Command::master) return call.message(help_text(call.words, call.settings));
    if (command->mode == Command::expert && !call.settings.expert)
        return call.error("This command is restricted to expert mode only.\n");
    if (command->mode == Command::experimental && !call.settings.experimental)
        return call.error("This command is restricted to experimental mode only.\n");
    if (call.settings.level < command->level) return call.error("Permission denied\n");
    if (command->support != Support::done)
        return call.error("The command '" + std::string(command->name) + "' is not supported yet.\n");
    call.name_words = word_count(command->name);
    command->run(call);
}

}  // namespace cfgproxy::control
