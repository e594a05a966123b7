// Actions on stick tables: track-sc*, sc-inc-gpc*, sc-add-gpc, sc-set-gpt* (manual 2.6 section 4.2).
#include "config/finalize.h"
#include "keywords/actions.h"
#include "keywords/setters.h"
#include "keywords/stick.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::StickData;
using model::Verdict;

/// Tracks the entry of a key under a number, once per session (connection and session rules) or stream.
class Track final : public Action {
  public:
    std::uint32_t number = 0;
    std::uint16_t set = 0;  ///< RuleSetBit
    std::unique_ptr<sample::Expression> key;
    std::string table_name;
    mutable const model::StickTable* table = nullptr;  ///< by a pass of finalize

    Verdict run(RuleContext& context) const override {
        const bool of_session = set & (kTcpConnection | kTcpSession);
        server::StickCounters* counters = of_session ? context.session_counters : context.stream_counters;
        if (!counters || counters->find(number)) return Verdict::next;
        Value value;
        const Found found = key->evaluate(context, value);
        if (found == Found::not_yet && !context.is_final()) return Verdict::wait;
        if (found != Found::yes) return Verdict::next;
        server::StickTable* running = running_table(context, table);
        std::string_view bytes;
        if (!running || !server::make_stick_key(*running, value, *context.arena, bytes)) return Verdict::next;
        server::StickEntry* entry = running->use(bytes);
        if (!entry) return Verdict::next;
        counters->track(number, *running, *entry, !of_session && context.frontend != context.backend);
        if (set & (kHttpRequest | kHttpResponse)) count_exchange(context, *running, *entry);
        return Verdict::next;
    }

  private:
    /// HTTP rules come too late for what is counted when a message arrives.
    void count_exchange(const RuleContext& context, server::StickTable& running, server::StickEntry& entry) const {
        running.count_events(entry, StickData::http_req_cnt, StickData::http_req_rate, 1);
        if (!(set & kHttpResponse) || !context.response) return;
        const auto status = context.response->status;
        if (status >= 400 && status < 500)
            running.count_events(entry, StickData::http_err_cnt, StickData::http_err_rate, 1);
        if (status >= 500 && status < 600 && status != 501 && status != 505)
            running.count_events(entry, StickData::http_fail_cnt, StickData::http_fail_rate, 1);
    }
};

std::unique_ptr<Action> parse_track(Parser& parser) {
    const auto words = parser.option_words();
    constexpr std::string_view kName = "track-sc";
    auto action = std::make_unique<Track>();
    const auto number = base::parse_uint(words[0].text.substr(kName.size()));
    if (!number)
        return action_error(parser, words[0], "Wrong track-sc number " + quoted(words[0].text.substr(kName.size())));
    if (*number >= parser.global().stick_counters)
        return action_error(parser, words[0],
                            std::to_string(*number) + " track-sc number exceeding " +
                                std::to_string(static_cast<int>(parser.global().stick_counters) - 1) +
                                " (MAX_SESS_STKCTR-1) value");
    action->number = static_cast<std::uint32_t>(*number);
    action->set = parser.rule_set;
    if (words.size() < 2) return action_error(parser, words[0], "missing fetch method");
    action->key = action_expression(parser, words[1]);
    if (!action->key) return nullptr;
    std::size_t at = 2;
    if (at < words.size() && words[at].text == "table") {
        if (at + 1 >= words.size()) return action_error(parser, words[at], "missing table name");
        action->table_name = words[at + 1].text;
        at += 2;
    }
    if (at < words.size()) return unexpected_word(parser, words[at]);
    return action;
}

/// Counters and tags of what is tracked: one class for each thing done to them.
class OnTracked : public Action {
  public:
    Verdict run(RuleContext& context) const final {
        const auto* counter = tracked_counter(context, number);
        if (counter) change(context, *counter->table, *counter->entry);
        return Verdict::next;
    }
    std::uint32_t number = 0, index = 0;
    bool array = false;  ///< the index was given: gpc(index) only
    /// The value, fixed or by an expression.
    std::int64_t value = 1;
    std::unique_ptr<sample::Expression> expression;

  protected:
    virtual void change(const RuleContext& context, server::StickTable& table, server::StickEntry& entry) const = 0;
    std::int64_t amount(const RuleContext& context) const {
        Value result;
        if (!expression) return value;
        if (expression->evaluate(context, result) != Found::yes ||
            !sample::cast(result, sample::Type::sint, *context.arena))
            return -1;
        return result.number;
    }
};

class AddCounter final : public OnTracked {
    void change(const RuleContext& context, server::StickTable& table, server::StickEntry& entry) const override {
        const std::int64_t n = amount(context);
        if (n > 0) server::increment_purpose(table, entry, index, array, static_cast<std::uint64_t>(n));
    }
};

class SetTag final : public OnTracked {
    void change(const RuleContext& context, server::StickTable& table, server::StickEntry& entry) const override {
        const auto which = array ? server::StickCellName{StickData::gpt, index} : server::purpose_tag(table, index);
        if (which.index >= table.count(which.data)) return;
        std::int64_t n = amount(context);
        if (expression && n < 0) n = 0;
        table.write(entry, which.data, static_cast<std::uint64_t>(n), which.index);
        table.touch(entry);
    }
};

/// "sc-inc-gpc(<index>,<number>)", "sc-inc-gpc0(<number>)", "sc-inc-gpc0".
bool read_target(Parser& parser, std::string_view kind, OnTracked& action) {
    const Word& word = parser.option_words()[0];
    const std::size_t open = word.text.find('(');
    const std::string name(word.text.substr(0, open));
    const bool has_digit = base::is_digit(name.back());
    action.array = !has_digit;
    if (has_digit) action.index = static_cast<std::uint32_t>(name.back() - '0');
    std::string upper(kind);
    for (char& c : upper) c = base::to_upper(c);
    const std::string form = action.array ? name + "(<" + upper + " ID>,<Track ID>)" : name + "(<Track ID>)";
    std::vector<std::string_view> args;
    if (open != std::string_view::npos) {
        if (!word.text.ends_with(')')) {
            action_error(parser, word, "invalid stick table track ID " + quoted(word.text) + ". Expects " + form);
            return false;
        }
        args = base::split(word.text.substr(open + 1, word.text.size() - open - 2), ',');
    }
    if (action.array && args.size() < 2) {
        action_error(parser, word, "Missing " + std::string(kind) + " ID " + quoted(word.text) + ". Expects " + form);
        return false;
    }
    std::vector<std::uint64_t> numbers;
    for (std::string_view arg : args) {
        const auto number = base::parse_uint(arg);
        if (!number) {
            action_error(parser, word, "invalid stick table track ID " + quoted(word.text) + ". Expects " + form);
            return false;
        }
        numbers.push_back(*number);
    }
    if (action.array) action.index = static_cast<std::uint32_t>(numbers[0]);
    const std::uint64_t number = numbers.empty() ? 0 : numbers.back();
    if (number >= parser.global().stick_counters) {
        action_error(parser, word,
                     "invalid stick table track ID " + quoted(word.text) + ". The max allowed ID is " +
                         std::to_string(static_cast<int>(parser.global().stick_counters) - 1));
        return false;
    }
    action.number = static_cast<std::uint32_t>(number);
    return true;
}

std::unique_ptr<Action> parse_increment(Parser& parser) {
    auto action = std::make_unique<AddCounter>();
    if (!read_target(parser, "gpc", *action)) return nullptr;
    if (parser.option_words().size() > 1) return unexpected_word(parser, parser.option_words()[1]);
    return action;
}

/// Behind the name a number or an expression.
template <class Kind>
std::unique_ptr<Action> parse_with_amount(Parser& parser, std::string_view kind) {
    auto action = std::make_unique<Kind>();
    if (!read_target(parser, kind, *action)) return nullptr;
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing fetch method");
    if (const auto number = base::parse_int(words[1].text)) {
        action->value = *number;
    } else {
        action->expression = action_expression(parser, words[1]);
        if (!action->expression) return nullptr;
    }
    if (words.size() > 2) return unexpected_word(parser, words[2]);
    return action;
}

std::unique_ptr<Action> parse_add(Parser& parser) { return parse_with_amount<AddCounter>(parser, "gpc"); }
std::unique_ptr<Action> parse_set_tag(Parser& parser) { return parse_with_amount<SetTag>(parser, "gpt"); }

void find_table_of(config::Finalizing& finalizing, const model::Proxy& proxy, const model::Rule& rule) {
    const auto* track = dynamic_cast<const Track*>(rule.action.get());
    if (!track || track->table) return;
    const std::string& name = track->table_name.empty() ? proxy.name : track->table_name;
    model::StickTable* table =
        track->table_name.empty() ? proxy.stick_table : finalizing.config.find_table(track->table_name);
    const std::string number = std::to_string(track->number);
    if (!table)
        return finalizing.alert(rule.place, "Proxy " + quoted(proxy.name) + ": unable to find table " + quoted(name) +
                                                " referenced by track-sc" + number + ".");
    if (!sample::can_cast(track->key->out(), server::type_of_key(table->key)))
        return finalizing.alert(rule.place, "Proxy " + quoted(proxy.name) + ": stick-table " + quoted(name) +
                                                " uses a type incompatible with the 'track-sc" + number + "' rule.");
    table->is_tracked = true;
    track->table = table;
}

/// Gives each track-sc* rule its table.
void find_tracked_tables(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        if (proxy->disabled) continue;
        for (const model::RuleSet* rules :
             {&proxy->tcp_request_connection, &proxy->tcp_request_session, &proxy->tcp_request_content,
              &proxy->tcp_response_content, &proxy->http_request, &proxy->http_response})
            for (const model::Rule& rule : *rules) find_table_of(finalizing, *proxy, rule);
    }
}

constexpr config::Pass kPasses[] = {{"find tracked tables", 27, find_tracked_tables}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

constexpr std::uint16_t kTcp = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse;
constexpr std::uint16_t kHttp = kHttpRequest | kHttpResponse;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "sc-add-gpc(", .sets = kHttp | kHttpAfterResponse | kTcp, .support = Support::done, .parse = parse_add, .arguments = 1, .since = "2.8"},
    {.name = "sc-inc-gpc(", .sets = kHttp | kTcp, .support = Support::done, .parse = parse_increment, .since = "2.5"},
    {.name = "sc-inc-gpc(", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_increment, .since = "2.8"},
    {.name = "sc-inc-gpc0", .sets = kHttp | kTcpConnection | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_increment, .since = "1.6"},
    {.name = "sc-inc-gpc0", .sets = kTcpSession, .support = Support::done, .parse = parse_increment, .since = "1.7"},
    {.name = "sc-inc-gpc0", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_increment, .since = "2.8"},
    {.name = "sc-inc-gpc0(", .sets = kHttp | kTcpConnection | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_increment, .since = "1.6"},
    {.name = "sc-inc-gpc0(", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_increment, .since = "2.8"},
    {.name = "sc-inc-gpc0(", .sets = kTcpSession, .support = Support::done, .parse = parse_increment, .since = "1.7"},
    {.name = "sc-inc-gpc1", .sets = kHttp | kTcpConnection | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_increment, .since = "1.9"},
    {.name = "sc-inc-gpc1", .sets = kTcpSession, .support = Support::done, .parse = parse_increment, .since = "1.9"},
    {.name = "sc-inc-gpc1", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_increment, .since = "2.8"},
    {.name = "sc-inc-gpc1(", .sets = kHttp | kTcp, .support = Support::done, .parse = parse_increment, .since = "1.9"},
    {.name = "sc-inc-gpc1(", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_increment, .since = "2.8"},
    {.name = "sc-set-gpt(", .sets = kHttp | kTcp, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "2.5"},
    {.name = "sc-set-gpt(", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "2.8"},
    {.name = "sc-set-gpt0", .sets = kHttp | kTcpConnection | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "1.6"},
    {.name = "sc-set-gpt0", .sets = kTcpSession, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "1.7"},
    {.name = "sc-set-gpt0", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "2.8"},
    {.name = "sc-set-gpt0(", .sets = kHttp | kTcpConnection | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "1.6"},
    {.name = "sc-set-gpt0(", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "2.8"},
    {.name = "sc-set-gpt0(", .sets = kTcpSession, .support = Support::done, .parse = parse_set_tag, .arguments = 1, .since = "1.7"},
    {.name = "track-sc0", .sets = kHttpRequest, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.6"},
    {.name = "track-sc0", .sets = kHttpResponse | kTcpSession, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.7"},
    {.name = "track-sc0", .sets = kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.5"},
    {.name = "track-sc1", .sets = kHttpRequest, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.6"},
    {.name = "track-sc1", .sets = kHttpResponse | kTcpSession, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.7"},
    {.name = "track-sc1", .sets = kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.5"},
    {.name = "track-sc2", .sets = kHttpRequest, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.6"},
    {.name = "track-sc2", .sets = kHttpResponse | kTcpSession, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.7"},
    {.name = "track-sc2", .sets = kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "1.5"},
    {.name = "track-sc3", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc4", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc5", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc6", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc7", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc8", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
    {.name = "track-sc9", .sets = kHttpRequest | kHttpResponse | kTcpSession | kTcpConnection | kTcpContent, .support = Support::done, .parse = parse_track, .arguments = 1, .since = "2.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
