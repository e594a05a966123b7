// Maps and patterns of acls: show, get, add, set, del, clear, prepare, commit (management.txt 9.3).
#include <fmt/format.h>

#include <charconv>

#include "control/cli_find.h"
#include "sample/pattern_list.h"

namespace cfgproxy::control {
namespace {

using sample::PatternList;
using sample::PatternView;

const sample::PatternLists& lists_of(const CliCall& call) { return *call.generation->config->pattern_lists; }

template <bool map>
bool is_used(const PatternList& list) {
    return map ? list.used_by_map : list.used_by_acl;
}

template <bool map>
void unknown(CliCall& call) {
    call.error(map ? "Unknown map identifier. Please use #<id> or <file>.\n"
                   : "Unknown ACL identifier. Please use #<id> or <file>.\n");
}

/// The list that a word names; null after the error was put into the answer. `of_kind`: one that the other kind of
/// command is for is as good as none.
template <bool map>
PatternList* find_list(CliCall& call, std::string_view name, bool of_kind = true) {
    PatternList* list = lists_of(call).find(name);
    if (list && (!of_kind || is_used<map>(*list))) return list;
    unknown<map>(call);
    return nullptr;
}

/// "@3" in front of the list's name.
std::optional<std::uint32_t> version_in(std::string_view word) {
    if (!word.starts_with('@')) return {};
    return static_cast<std::uint32_t>(leading_number(word.substr(1)));
}

/// Entries are told by names that look like the addresses which HAProxy shows.
constexpr std::uint64_t kFirstName = 0x10000;
std::optional<std::uint64_t> entry_in(std::string_view word) {
    if (!word.starts_with("#0x")) return {};
    std::uint64_t number = 0;
    const auto result = std::from_chars(word.data() + 3, word.data() + word.size(), number, 16);
    return result.ptr == word.data() + word.size() ? std::optional(number - kFirstName) : 0;
}

class Entries final : public Output {
  public:
    Entries(std::shared_ptr<const stream::Generation> generation, const PatternList& list, std::uint32_t version)
        : generation_(std::move(generation)), list_(list), version_(version) {}
    bool produce(std::string& to) override {
        constexpr std::size_t kAtOnce = 200;
        const auto some = list_.entries(version_, after_, kAtOnce);
        for (const auto& entry : some) {
            to += fmt::format("{:#x} {}", entry.id + kFirstName, entry.key);
            if (list_.has_values) to += " " + entry.value;
            to += '\n';
        }
        if (!some.empty()) after_ = some.back().id;
        return some.size() == kAtOnce;
    }

  private:
    std::shared_ptr<const stream::Generation> generation_;  // keeps the list
    const PatternList& list_;
    std::uint32_t version_;
    std::uint64_t after_ = 0;
};

template <bool map>
void show_lists(CliCall& call) {
    call.answer += "# id (file) description\n";
    for (const auto& list : lists_of(call).all()) {
        if (!is_used<map>(*list)) continue;
        const auto versions = list->versions();
        call.answer += fmt::format("{} ({}) {}. curr_ver={} next_ver={} entry_cnt={}\n", list->number, list->file,
                                   list->description, versions.current, versions.next, versions.entries);
    }
}

template <bool map>
void show(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(0).empty()) return show_lists<map>(call);
    const auto version = version_in(call.argument(0));
    const PatternList* list = find_list<map>(call, call.argument(version ? 1 : 0));
    if (!list) return;
    call.output = std::make_unique<Entries>(call.generation, *list, version.value_or(list->versions().current));
}

/// Whether the kind is looked up in a tree in HAProxy; flags that ignore the case make lists of them.
bool is_tree(const PatternView& view) {
    using sample::MatchKind;
    return view.kind == MatchKind::ip ||
           ((view.kind == MatchKind::str || view.kind == MatchKind::beg) && !view.flags.ignore_case);
}

template <bool map>
void get(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(1).empty())
        return call.error(map ? "Missing map identifier and/or key.\n" : "Missing ACL identifier and/or key.\n");
    const PatternList* list = find_list<map>(call, call.argument(0), false);
    if (!list) return;
    for (const auto& view : list->views()) {
        base::Arena arena;
        sample::Value key = sample::Value::of_text(call.argument(1));
        std::optional<PatternView::Hit> hit;
        if (sample::cast(key, sample::PatternSet::input_of(view->kind), arena)) hit = view->hit(key, arena);
        call.answer += fmt::format("type={}, case={}", sample::name_of(view->kind),
                                   view->flags.ignore_case ? "insensitive" : "sensitive");
        call.answer += fmt::format(", {}={}", map ? "found" : "match", hit ? "yes" : "no");
        if (hit) {
            call.answer +=
                fmt::format(", idx={}, {}=\"{}\"", is_tree(*view) ? "tree" : "list", map ? "key" : "pattern", hit->key);
            if (map && hit->type == sample::Type::any) call.answer += ", value=none";
            if (map && hit->type != sample::Type::any)
                call.answer += fmt::format(", value=\"{}\", type=\"{}\"", hit->value, sample::name_of(hit->type));
        }
        call.answer += '\n';
    }
}

/// "key value" lines.
base::Result<std::vector<PatternList::Pair>> pairs_of(std::string_view payload, bool map) {
    std::vector<PatternList::Pair> pairs;
    while (!payload.empty()) {
        const std::string_view line = payload.substr(0, payload.find('\n'));
        payload.remove_prefix(std::min(payload.size(), line.size() + 1));
        const std::size_t blank = line.find_first_of(" \t");
        const std::string_view key = line.substr(0, blank);
        if (line.empty()) continue;
        if (map && blank == line.npos) return base::Error{fmt::format("Missing value for key '{}'.", key)};
        std::string_view value = blank == line.npos ? std::string_view{} : line.substr(blank);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        pairs.push_back({std::string(key), map ? std::string(value) : std::string{}});
    }
    return pairs;
}

template <bool map>
void add(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const auto version = version_in(call.argument(0));
    const std::size_t first = version ? 1 : 0;
    const std::string_view name = call.argument(first), key = call.argument(first + 1),
                           value = call.argument(first + 2);
    const bool has_payload = call.payload.data() != nullptr;
    if (map && (has_payload ? name.empty() : value.empty()))
        return call.error(
            "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and "
            "a payload\n");
    if (!map && key.empty() && !has_payload)
        return call.error("'add acl' expects two parameters: ACL identifier and pattern.\n");
    PatternList* list = find_list<map>(call, name, false);
    if (!list) return;
    const auto versions = list->versions();
    if (version && static_cast<std::int32_t>(*version - versions.next) > 0)
        return call.error(map ? "Version number in the future, please use 'prepare map' before.\n"
                              : "Version number in the future, please use 'prepare acl' before.\n");
    if (!map && list->has_values)
        return call.error(
            "This ACL is shared with a map containing samples. You must use the command 'add map' to add "
            "values.\n");
    std::vector<PatternList::Pair> pairs;
    if (has_payload) {
        auto read = pairs_of(call.payload, map);
        if (!read) return call.error(read.error() + "\n");
        pairs = std::move(*read);
    } else {
        pairs.push_back({std::string(key), map ? std::string(value) : std::string{}});
    }
    if (auto result = list->add(version.value_or(versions.current), std::move(pairs)); !result)
        call.error(result.error() + ".\n");
}

void set_map(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string_view key = call.argument(1), value = call.argument(2);
    if (value.empty()) return call.error("'set map' expects three parameters: map identifier, key and value.\n");
    PatternList* list = find_list<true>(call, call.argument(0), false);
    if (!list) return;
    const auto id = entry_in(key);
    auto result = id ? list->set(*id, value) : list->set(key, value);
    if (!result) return call.error(result.error() + ".\n");
    if (!*result) call.error("entry not found.\n");
}

template <bool map>
void remove(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string_view key = call.argument(1);
    if (key.empty())
        return call.error(map ? "This command expects two parameters: map identifier and key.\n"
                              : "This command expects two parameters: ACL identifier and key.\n");
    PatternList* list = lists_of(call).find(call.argument(0));
    if (!list || !is_used<map>(*list)) return unknown<true>(call);
    const auto id = entry_in(key);
    if (!(id ? list->remove(*id) : list->remove(key))) call.error("Key not found.\n");
}

template <bool map>
void clear(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const auto version = version_in(call.argument(0));
    const std::string_view name = call.argument(version ? 1 : 0);
    if (name.empty()) return call.error(map ? "Missing map identifier.\n" : "Missing ACL identifier.\n");
    if (PatternList* list = find_list<map>(call, name)) list->clear(version.value_or(list->versions().current));
}

template <bool map>
void prepare(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (PatternList* list = find_list<map>(call, call.argument(0)))
        call.message(fmt::format("New version created: {}\n", list->prepare()));
}

template <bool map>
void commit(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const auto version = version_in(call.argument(0));
    if (!version) return call.error("Missing version number.\n");
    if (call.argument(1).empty()) return call.error(map ? "Missing map identifier.\n" : "Missing ACL identifier.\n");
    PatternList* list = find_list<map>(call, call.argument(1));
    if (list && !list->commit(*version)) call.error("Version number out of range.\n");
}

constexpr auto kDone = Support::done;

// clang-format off
constexpr Command kTable[] = {
    {.name = "add acl", .support = kDone, .usage = "add acl [@<ver>] <acl> <pattern>        : add an acl entry", .run = add<false>},
    {.name = "add map", .support = kDone, .usage = "add map [@<ver>] <map> <key> <val>      : add a map entry (payload supported instead of key/val)", .run = add<true>},
    {.name = "clear acl", .support = kDone, .usage = "clear acl [@<ver>] <acl>                : clear the contents of this acl", .run = clear<false>},
    {.name = "clear map", .support = kDone, .usage = "clear map [@<ver>] <map>                : clear the contents of this map", .run = clear<true>},
    {.name = "commit acl", .support = kDone, .usage = "commit acl @<ver> <acl>                 : commit the ACL at this version", .run = commit<false>, .since = "2.0"},
    {.name = "commit map", .support = kDone, .usage = "commit map @<ver> <map>                 : commit the map at this version", .run = commit<true>, .since = "2.0"},
    {.name = "del acl", .support = kDone, .usage = "del acl <acl> [<key>|#<ref>]            : delete acl entries matching <key>", .run = remove<false>},
    {.name = "del map", .support = kDone, .usage = "del map <map> [<key>|#<ref>]            : delete map entries matching <key>", .run = remove<true>},
    {.name = "get acl", .support = kDone, .usage = "get acl <acl> <value>                   : report the patterns matching a sample for an ACL", .run = get<false>},
    {.name = "get map", .support = kDone, .usage = "get map <acl> <value>                   : report the keys and values matching a sample for a map", .run = get<true>},
    {.name = "prepare acl", .support = kDone, .usage = "prepare acl <acl>                       : prepare a new version for atomic ACL replacement", .run = prepare<false>, .since = "2.0"},
    {.name = "prepare map", .support = kDone, .usage = "prepare map <acl>                       : prepare a new version for atomic map replacement", .run = prepare<true>, .since = "2.0"},
    {.name = "set map", .support = kDone, .usage = "set map <map> [<key>|#<ref>] <value>    : modify a map entry", .run = set_map},
    {.name = "show acl", .support = kDone, .usage = "show acl [@<ver>] <acl>]                : report available acls or dump an acl's contents", .run = show<false>},
    {.name = "show map", .support = kDone, .usage = "show map [@ver] [map]                   : report available maps or dump a map's contents", .run = show<true>},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
