// `cpu-map` (manual 2.6 section 3.1): on which processors threads run. There is one group of threads, the first.
#include <bitset>

#include "keywords/process_set.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

constexpr std::int64_t kMostProcessors = 1024;
using Processors = std::bitset<kMostProcessors>;

/// "0", "0-3", "4-", several with commas.
std::string read_processors(std::string_view text, Processors& processors) {
    for (const std::string_view part : base::split(text, ',')) {
        if (part.empty() || !base::is_digit(part[0]))
            return quoted(part.empty() ? text : part) + " is not a CPU range.";
        const auto dash = part.find('-');
        std::int64_t low = config::leading_number(part), high = low;
        if (dash != part.npos)
            high = dash + 1 == part.size() ? kMostProcessors - 1 : config::leading_number(part.substr(dash + 1));
        if (low > high) std::swap(low, high);
        if (high >= kMostProcessors)
            return "supports CPU numbers from 0 to " + std::to_string(kMostProcessors - 1) + ".";
        for (std::int64_t i = low; i <= high; ++i) processors.set(static_cast<std::size_t>(i));
    }
    return {};
}

/// `auto:`: one processor for each thread, in order; else all of them for each.
void assign_processors(model::Global& global, const ProcessSet& threads, const Processors& processors, bool in_order) {
    std::vector<std::uint16_t> all;
    for (std::size_t i = 0; i < processors.size(); ++i)
        if (processors.test(i)) all.push_back(static_cast<std::uint16_t>(i));
    auto& map = global.thread_processors;
    map.resize(threads.size());
    std::size_t next = 0;
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
        if (!threads.test(thread)) continue;
        if (!in_order) map[thread] = all;
        if (in_order && next < all.size()) map[thread] = {all[next++]};
    }
}

void set_cpu_map(Parser& parser) {
    const auto refuse = [&](const std::string& text) { parser.alert(parser.words().back(), "cpu-map" + text); };
    if (parser.args().size() < 2)
        return refuse(
            " expects a process number  ('all', 'odd', 'even', a number from 1 to 64 or a range),  followed by a list "
            "of CPU ranges with numbers from 0 to 63.");
    std::string_view map = parser.arg(0);
    const bool in_order = map.starts_with("auto:");
    if (in_order) map.remove_prefix(5);
    const auto slash = map.find('/');
    ProcessSet groups, threads;
    if (auto wrong = add_processes(map.substr(0, slash), groups); !wrong.empty()) return refuse(" : " + wrong);
    const std::string_view second = slash == map.npos ? std::string_view("all") : map.substr(slash + 1);
    if (auto wrong = add_processes(second, threads); !wrong.empty()) return refuse(" : " + wrong);
    Processors processors;
    for (const Word& word : parser.args().subspan(1))
        if (auto wrong = read_processors(word.text, processors); !wrong.empty()) return refuse(" : " + wrong);
    if (in_order && groups.count() != processors.count() && threads.count() != processors.count())
        return refuse(" : PROC/THREAD range and CPU sets must have the same size to be automatically bound");
    if (groups.test(0)) assign_processors(parser.global(), threads, processors, in_order);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "cpu-map", .sections = kGlobal, .support = Support::done, .parse = set_cpu_map, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace

std::string add_processes(std::string_view text, ProcessSet& set) {
    const auto bad = [&](std::string_view rest) {
        return quoted(text) + " is not a valid number/range." + std::string(rest);
    };
    if (text == "all" || text == "odd" || text == "even") {
        for (std::size_t i = 0; i < set.size(); ++i)
            if (text == "all" || (i % 2 == 0) == (text == "odd")) set.set(i);
        return {};
    }
    const auto dash = text.find('-');
    const std::string_view last = dash == text.npos ? text : text.substr(dash + 1);
    for (const std::string_view part : {text.substr(0, dash), last})
        if (!part.empty() && !base::parse_uint(part)) return bad({});
    std::int64_t low = config::leading_number(text.substr(0, dash));
    std::int64_t high = dash != text.npos && last.empty() ? std::int64_t{kMostProcesses} : config::leading_number(last);
    if (low > high) std::swap(low, high);
    if (text.empty() || low < 1 || high > std::int64_t{kMostProcesses})
        return bad(" It supports numbers from 1 to " + std::to_string(kMostProcesses) + ".");
    for (std::int64_t i = low; i <= high; ++i) set.set(static_cast<std::size_t>(i - 1));
    return {};
}

}  // namespace cfgproxy::keywords
