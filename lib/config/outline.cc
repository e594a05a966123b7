#include "config/outline.h"

#include "sample/condition.h"
#include "sample/expression.h"

namespace cfgproxy::config {

namespace {

template <class Row>
std::vector<std::string_view> names_of() {
    std::vector<std::string_view> names;
    for (const Row* row : base::Table<Row>::all()) names.push_back(row->name);
    return names;
}

std::vector<std::string_view> option_names(Section section) {
    std::vector<std::string_view> names;
    const std::uint32_t kin = section & kProxies ? std::uint32_t{kProxies} : section;
    for (const Keyword* row : base::Table<Keyword>::all())
        if (row->name.starts_with("option ") && (row->sections & kin)) names.push_back(row->name.substr(7));
    return names;
}

}  // namespace

std::vector<std::string_view> rough_words(std::string_view line, std::size_t limit) {
    std::vector<std::string_view> words;
    while (words.size() < limit) {
        const std::size_t begin = line.find_first_not_of(" \t\v\f\r");
        if (begin == line.npos || line[begin] == '#') break;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t\v\f\r"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

Outline::Outline(const Source& source) {
    for (const Source::File& file : source.files()) {
        std::string_view rest = file.bytes;
        for (std::uint32_t number = 1; !rest.empty(); ++number) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            read_line(file, number, rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

void Outline::read_line(const Source::File& file, std::uint32_t number, std::string_view line) {
    const auto words = rough_words(line, 3);
    if (words.empty()) return;
    if (const SectionWord* section = find_section(words[0])) {
        parts_.push_back({&file.name, number, section->section, words.size() > 1 ? words[1] : "", {}, {}});
        return;
    }
    if (parts_.empty() || parts_.back().file != &file.name || words.size() < 2) return;
    if (words[0] == "acl") parts_.back().acls.push_back(words[1]);
    if (words[0] == "server") parts_.back().servers.push_back(words[1]);
}

const Outline::Part* Outline::part_of(const base::Place& place) const {
    const Part* found = nullptr;
    for (const Part& part : parts_)
        if (part.file == place.file && part.first <= place.line) found = &part;
    return found;
}

std::vector<std::string_view> Outline::candidates(Names kind, const base::Place& place) const {
    const Part* part = part_of(place);
    const Section section = part ? part->section : kGlobal;
    std::vector<std::string_view> names;
    const auto add = [&](std::uint32_t sections) {
        for (const Part& each : parts_)
            if ((each.section & sections) && !each.name.empty()) names.push_back(each.name);
    };
    switch (kind) {
        case Names::keyword:
            names = part ? first_words(section) : names;
            for (const SectionWord& word : all_sections()) names.push_back(word.name);
            break;
        case Names::section:
            for (const SectionWord& word : all_sections()) names.push_back(word.name);
            break;
        case Names::option:
            return option_names(section);
        case Names::bind_option:
            return names_of<BindOption>();
        case Names::server_option:
            return names_of<ServerOption>();
        case Names::action:
            return names_of<ActionRow>();
        case Names::fetch:
            names = names_of<sample::AclName>();
            for (const sample::Fetch* row : base::Table<sample::Fetch>::all()) names.push_back(row->name);
            break;
        case Names::converter:
            return names_of<sample::Converter>();
        case Names::acl:
            if (part) names = part->acls;
            break;
        case Names::frontend:
            add(kInFrontend | kInListen);
            break;
        case Names::backend:
            add(kInBackend | kInListen);
            break;
        case Names::server:
            for (const Part& each : parts_) names.insert(names.end(), each.servers.begin(), each.servers.end());
            break;
        case Names::defaults:
            add(kInDefaults);
            break;
        case Names::userlist:
            add(kUserlist);
            break;
        case Names::variable_scope:
            return {"proc", "sess", "txn", "req", "res", "check"};
        case Names::listed:
        case Names::none:
            break;
    }
    return names;
}

}  // namespace cfgproxy::config
