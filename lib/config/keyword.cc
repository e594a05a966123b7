#include "config/keyword.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace cfgproxy::config {
namespace {

constexpr SectionWord kSections[] = {
    {.name = "acme", .section = kAcme, .since = "3.2"},
    {.name = "backend", .section = kInBackend, .support = Support::done},
    {.name = "cache", .section = kCache, .support = Support::done, .since = "1.8"},
    {.name = "crt-store", .section = kCrtStore, .support = Support::done, .since = "3.0"},
    {.name = "defaults", .section = kInDefaults, .support = Support::done},
    {.name = "fcgi-app", .section = kFcgiApp, .support = Support::done, .since = "2.1"},
    {.name = "frontend", .section = kInFrontend, .support = Support::done},
    {.name = "global", .section = kGlobal, .support = Support::done},
    {.name = "healthcheck", .section = kHealthcheck, .support = Support::done, .since = "3.4"},
    {.name = "http-errors", .section = kHttpErrors, .support = Support::done, .since = "2.2"},
    {.name = "listen", .section = kInListen, .support = Support::done},
    {.name = "log-forward", .section = kLogForward, .support = Support::done, .since = "2.3"},
    {.name = "log-profile", .section = kLogProfile, .support = Support::done, .since = "3.1"},
    {.name = "mailers", .section = kMailers, .support = Support::done, .since = "1.6"},
    {.name = "namespace_list", .section = kNamespaceList, .support = Support::done, .since = "1.6"},
    {.name = "peers", .section = kPeers, .support = Support::done, .since = "1.5"},
    {.name = "program", .section = kProgram, .since = "2.0", .until = "3.2"},
    {.name = "resolvers", .section = kResolvers, .support = Support::done, .since = "1.6"},
    {.name = "ring", .section = kRing, .support = Support::done, .since = "2.2"},
    {.name = "ruleset", .section = kRuleset, .until = "1.5"},
    {.name = "traces", .section = kTraces, .since = "3.1"},
    {.name = "userlist", .section = kUserlist, .support = Support::done, .since = "1.4"},
};
static_assert(base::well_formed(kSections));

/// How many words the longest row has that begins with a given word.
const std::unordered_map<std::string_view, std::size_t>& lengths() {
    static const auto map = [] {
        std::unordered_map<std::string_view, std::size_t> longest;
        for (const Keyword* row : base::Table<Keyword>::all()) {
            std::size_t words = 1 + std::count(row->name.begin(), row->name.end(), ' ');
            std::size_t& known = longest[row->name.substr(0, row->name.find(' '))];
            known = std::max(known, words);
        }
        return longest;
    }();
    return map;
}

std::uint32_t kin_of(Section section) { return section & kProxies ? std::uint32_t{kProxies} : section; }

}  // namespace

std::string_view name_of(Section section) {
    for (const SectionWord& word : kSections)
        if (word.section == section) return word.name;
    return {};
}

std::span<const SectionWord> all_sections() { return kSections; }

const SectionWord* find_section(std::string_view word) {
    const SectionWord* at = std::lower_bound(std::begin(kSections), std::end(kSections), word,
                                             [](const SectionWord& row, std::string_view w) { return row.name < w; });
    return at != std::end(kSections) && at->name == word ? at : nullptr;
}

Found find_keyword(std::span<const std::string_view> words, Section section) {
    Found other;
    auto longest = lengths().find(words[0]);
    if (longest == lengths().end()) return other;
    std::string joined;
    for (std::size_t count = std::min(longest->second, words.size()); count > 0; --count) {
        std::string_view name = words[0];
        if (count > 1) {
            joined.assign(words[0]);
            for (std::size_t i = 1; i < count; ++i) joined.append(1, ' ').append(words[i]);
            name = joined;
        }
        for (const Keyword* row : base::Table<Keyword>::find_all(name)) {
            if (row->sections & section) return {row, count, true};
            if (!other.row || (row->sections & kin_of(section))) other = {row, count, false};
        }
        // "timeout client" of frontends is not the "timeout" that reports unknown ones.
        if (other.row && (other.row->sections & kin_of(section))) return other;
    }
    return other;
}

std::vector<std::string_view> first_words(Section section) {
    std::vector<std::string_view> words;
    std::unordered_set<std::string_view> seen;
    for (const Keyword* row : base::Table<Keyword>::all()) {
        std::string_view first = row->name.substr(0, row->name.find(' '));
        if ((row->sections & kin_of(section)) && seen.insert(first).second) words.push_back(first);
    }
    if (section & (kGlobal | kProxies))
        for (std::string_view name : {"global", "defaults", "listen", "frontend", "backend", "peers", "resolvers"})
            if (seen.insert(name).second) words.push_back(name);
    return words;
}

const ActionRow* find_action(std::string_view word, std::uint16_t set) {
    auto in_set = [&](std::string_view name) -> const ActionRow* {
        for (const ActionRow* row : base::Table<ActionRow>::find_all(name))
            if (row->sets & set) return row;
        return nullptr;
    };
    if (const ActionRow* row = in_set(word)) return row;
    // "set-var(" with its argument behind, "lua." with the name of a function.
    auto open = word.find_first_of("(.");
    return open == std::string_view::npos ? nullptr : in_set(word.substr(0, open + 1));
}

}  // namespace cfgproxy::config
