// `stick` rules (manual 2.6 section 4.2), and what must be known of tables when all sections are read.
#include "config/finalize.h"
#include "keywords/setters.h"
#include "server/stick_counters.h"

namespace cfgproxy::keywords {
namespace {

using model::StickData;
using model::StickTable;

template <bool Match, bool Store, bool Response>
void add_stick_rule(Parser& parser) {
    const auto args = parser.args();
    if (args.empty()) return parser.alert(parser.words()[0], "'stick' expects a fetch method.");
    model::StickRule rule;
    rule.match = Match;
    rule.store = Store;
    rule.place = parser.place();
    std::string error;
    rule.key = parser.expression(args[0], error);
    if (!rule.key) return parser.alert(args[0], "'stick': " + error);
    std::size_t at = 1;
    if (parser.arg(at) == "table") {
        rule.table_name = parser.arg(at + 1);
        at += 2;
    }
    if (Parser::begins_condition(parser.arg(at))) {
        rule.when = parser.condition(args, at, "'stick': error detected while parsing sticking condition");
        if (!rule.when) return;
    } else if (at < args.size()) {
        return parser.alert(args[at], "'stick': unknown keyword " + quoted(args[at].text) + ".");
    }
    auto& rules = Response ? parser.proxy().stick_responses : parser.proxy().stick_requests;
    rules.push_back(std::move(rule));
}

void report_unknown_stick(Parser& parser) {
    parser.alert(parser.words()[0], "'stick' expects 'on', 'match', or 'store'.");
}

void set_stick_counters(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0 || number > 100)
        return parser.alert(parser.arg_word(0), "'tune.stick-counters' expects a number between 0 and 100.");
    assign_number(parser.global().stick_counters, number);
}

// --- passes --------------------------------------------------------------------------------------------------

/// Finds the tables of stick rules, and makes room in them for what the rules store.
void find_stick_tables(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        if (proxy->disabled) continue;
        const auto find = [&](model::StickRule& rule, std::string_view kind) {
            const std::string& name = rule.table_name.empty() ? proxy->name : rule.table_name;
            StickTable* table =
                rule.table_name.empty() ? proxy->stick_table : finalizing.config.find_table(rule.table_name);
            if (!table)
                return finalizing.alert(rule.place, "Proxy " + quoted(proxy->name) + ": unable to find " +
                                                        std::string(kind) + " table " + quoted(name) + ".");
            if (!sample::can_cast(rule.key->out(), server::type_of_key(table->key)))
                return finalizing.alert(rule.place, "Proxy " + quoted(proxy->name) +
                                                        ": type of fetch not usable with type of stick-table " +
                                                        quoted(name) + ".");
            rule.table = table;
            table->is_stuck_to = true;
            for (StickData data : {StickData::server_id, StickData::server_key})
                table->counts[static_cast<std::size_t>(data)] = 1;
        };
        for (auto& rule : proxy->stick_requests) find(rule, "stick");
        for (auto& rule : proxy->stick_responses) find(rule, "store");
    }
}

/// Where updates of peers go, too. The error is HAProxy's; empty: none.
std::string check_write_to(const model::Config& config, const StickTable& table) {
    const StickTable* target = config.find_table(table.write_to);
    if (!target) return "table " + quoted(table.write_to) + " doesn't exist";
    if (!target->write_to.empty()) return "table " + quoted(target->name) + " is already used as a source table";
    const auto types = [&](std::string_view what, const std::string& own, const std::string& other) {
        return "cannot mix " + std::string(what) + " (" + quoted(target->name) + " has '" + other + " and " +
               quoted(table.name) + " has '" + own + ")";
    };
    if (target->key != table.key)
        return types("table types", std::string(name_of(table.key)) + "' type",
                     std::string(name_of(target->key)) + "' type");
    if (target->key_length != table.key_length) {
        const std::uint32_t mark = table.key == model::StickKey::string ? 1 : 0;
        return types("key sizes", std::to_string(table.key_length + mark) + "' key_size",
                     std::to_string(target->key_length + mark) + "' key_size");
    }
    return {};
}

void find_peers(config::Finalizing& finalizing) {
    for (const auto& table : finalizing.config.tables) {
        const std::string problem = table->write_to.empty() ? "" : check_write_to(finalizing.config, *table);
        if (!problem.empty() && table->proxy)
            finalizing.alert(table->place, "Proxy " + quoted(table->name) +
                                               ": failed to initialize stick-table: write-to: " + problem + ".");
        else if (!problem.empty())
            finalizing.alert(table->place, "Parsing [" + *table->place.file + ":" + std::to_string(table->place.line) +
                                               "]: failed to initialize " + quoted(table->name) +
                                               " stick-table: write-to: " + problem + ".");
        if (table->peers.empty()) continue;
        bool found = false;
        for (const auto& peers : finalizing.config.peers) found = found || peers->name == table->peers;
        if (!found)
            finalizing.alert(table->place, "Proxy " + quoted(table->name) + ": unable to find sync peers " +
                                               quoted(table->peers) + ".");
    }
}

constexpr config::Pass kPasses[] = {{"find peers", 24, find_peers}, {"find stick tables", 26, find_stick_tables}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "stick", .sections = kInBackend | kInListen, .support = Support::done, .parse = report_unknown_stick, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "stick match", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_stick_rule<true, false, false>, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "stick on", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_stick_rule<true, true, false>, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "stick store", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_stick_rule<false, true, false>, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "stick store-request", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_stick_rule<false, true, false>, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "stick store-response", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_stick_rule<false, true, true>, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "tune.stick-counters", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_stick_counters, .since = "2.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
