// Network namespaces: the section `namespace_list` (of HAProxy's doc/network-namespaces.txt), and what `namespace` of
// bind and server lines shares with it.
#include "keywords/namespaces.h"

#include "base/offline.h"
#include "config/sections.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {

static std::shared_ptr<const net::NetworkNamespace> find_known(const model::Config& config, std::string_view name) {
    for (const auto& known : config.network_namespaces)
        if (known->name() == name) return known;
    return nullptr;
}

std::shared_ptr<const net::NetworkNamespace> find_namespace(model::Config& config, std::string_view name) {
    if (auto known = find_known(config, name)) return known;
    auto opened = base::offline() ? nullptr : net::NetworkNamespace::open(std::string(name));
    if (opened) config.network_namespaces.push_back(opened);
    return opened;
}

namespace {

void add_namespaces(Parser& parser) {
    for (const Word& word : parser.args()) {
        const std::string name(word.text);
        if (const auto bad = config::find_invalid_char(name); bad != std::string::npos)
            return parser.alert_tight(word, "character '" + std::string(1, name.empty() ? ' ' : name[bad]) +
                                                "' is not permitted in 'namespace' name " + quoted(name) + ".");
        if (find_known(parser.config(), name))
            return parser.alert_tight(word, "Namespace " + quoted(name) + " is already added.");
        if (!find_namespace(parser.config(), name) && !base::offline())
            return parser.alert_tight(word, "Cannot open namespace " + quoted(name) + ".");
    }
}

/// There is one list, however many sections fill it.
void* open_list(Parser& parser) { return &parser.config().network_namespaces; }

constexpr config::SectionOpener kOpeners[] = {{"namespace_list", open_list}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "namespace", .sections = kNamespaceList, .support = Support::done, .parse = add_namespaces, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
