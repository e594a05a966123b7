// `filter` lines (manual 2.6 section 9) and what rules do with them.
#include <algorithm>
#include <optional>
#include <span>

#include "keywords/actions.h"
#include "keywords/setters.h"
#include "keywords/stick.h"

namespace cfgproxy::keywords {
namespace {

using model::BandwidthLimit;
using model::Filter;
using model::RuleContext;
using model::Verdict;

/// How a line says what `filter-sequence` names it.
std::string_view name_of(const Filter& filter, const model::Proxy& proxy) {
    switch (filter.kind) {
        case Filter::Kind::compress_request:
            return "comp-req";
        case Filter::Kind::compress_response:
            return "comp-res";
        case Filter::Kind::bandwidth:
            return proxy.bandwidth_limits[filter.index].inbound ? "bwlim-in" : "bwlim-out";
        case Filter::Kind::fcgi_app:
            return "fcgi-app";
        case Filter::Kind::trace:
            break;
    }
    return "trace";
}

/// Says little by itself: the `compression` lines do. It gives compression its place among other filters.
template <bool Requests, bool Responses>
void add_compression(Parser& parser) {
    if (parser.too_many(0, "filter compression")) return;
    model::Proxy& proxy = parser.proxy();
    for (const Filter& known : proxy.filters) {
        const bool again = (Requests && known.kind == Filter::Kind::compress_request) ||
                           (Responses && known.kind == Filter::Kind::compress_response);
        if (!again) continue;
        constexpr std::string_view kName = !Responses ? "comp-req" : !Requests ? "comp-res" : "compression";
        return parser.alert(parser.words()[1],
                            "'filter' : " + proxy.name + ": Proxy supports only one " + std::string(kName) + " filter");
    }
    if (Requests) proxy.filters.push_back({.kind = Filter::Kind::compress_request});
    if (Responses) proxy.filters.push_back({.kind = Filter::Kind::compress_response});
    if (!Responses) proxy.compression.requests = true;
    if (!Requests) proxy.compression.responses = true;
}

/// What it tells is for those who write filters; without it, it only changes the sizes of pieces.
void add_trace(Parser& parser) {
    Filter filter{.kind = Filter::Kind::trace};
    for (std::size_t i = 0; i < parser.args().size(); ++i) {
        const std::string_view option = parser.arg(i);
        if (option == "name") {
            if (i + 1 == parser.args().size())
                return parser.alert(parser.arg_word(i), "'trace' : 'name' option without value");
            filter.name = parser.arg(++i);
        } else if (option == "random-parsing" || option == "random-forwarding") {
            filter.random_forwarding = true;
        } else if (option == "hexdump") {
            filter.hexdump = true;
        } else if (option == "quiet") {
            filter.quiet = true;
        } else {
            return parser.alert(parser.arg_word(i), "'filter trace' : unknown option " + quoted(option));
        }
    }
    if (!filter.quiet)
        parser.warning(parser.words()[1],
                       "'filter trace' : its messages are of HAProxy's inner workings and are not printed here.",
                       "`cfgproxy explain` shows what becomes of a request");
    parser.proxy().filters.push_back(std::move(filter));
}

// --- bwlim ---------------------------------------------------------------------------------------------------

bool read_period(std::string_view text, std::int64_t& ms) {
    const auto time = config::parse_time(text, config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok) return false;
    ms = time.value;
    return true;
}

/// One option with its value; false after a report.
bool read_limit_option(Parser& parser, const Word& word, const Word& value, BandwidthLimit& limit) {
    const std::string about = "'filter' : " + quoted(parser.words()[1].text) + " : ";
    const auto bad_value = [&] {
        parser.alert(word, about + "invalid value for option " + quoted(word.text));
        return false;
    };
    if (word.text == "default-limit" || word.text == "limit") {
        const auto size = base::parse_size(value.text);
        if (!size) return bad_value();
        limit.limit = *size;
    } else if (word.text == "default-period") {
        if (!read_period(value.text, limit.period_ms)) return bad_value();
    } else if (word.text == "min-size") {
        const auto size = base::parse_size(value.text);
        if (!size) return bad_value();
        limit.min_size = static_cast<std::uint32_t>(*size);
    } else if (word.text == "table") {
        limit.table_name = value.text;
    } else if (word.text == "key") {
        std::string error;
        auto key = parser.expression(value, error);
        if (!key) {
            parser.alert(value, "'filter' : " + error);
            return false;
        }
        limit.key = parser.keep<const sample::Expression>(std::move(key));
    } else {
        parser.alert(word, about + "unknown option " + quoted(word.text));
        return false;
    }
    return true;
}

/// Words of a limit that streams share, and of one that each has for itself. `min-size` goes with both.
constexpr std::string_view kSharedWords[] = {"key", "limit", "table"};
constexpr std::string_view kOwnWords[] = {"default-limit", "default-period"};

template <bool Inbound>
void add_bandwidth_limit(Parser& parser) {
    const std::string about = "'filter' : " + quoted(parser.words()[1].text) + " : ";
    const auto args = parser.args();
    if (args.empty()) return parser.alert(parser.words()[1], about + "a name is expected as first argument ");
    model::Proxy& proxy = parser.proxy();
    BandwidthLimit limit{.name = std::string(args[0].text), .inbound = Inbound, .place = parser.place()};
    for (const BandwidthLimit& known : proxy.bandwidth_limits)
        if (known.name == limit.name)
            return parser.alert(args[0], "'filter' : bwlim filter " + quoted(limit.name) +
                                             " already declared for proxy " + quoted(proxy.name));
    bool has_limit = false, has_period = false, shared = false, own = false;
    for (std::size_t i = 1; i < args.size(); i += 2) {
        const std::string_view word = args[i].text;
        shared |= std::find(std::begin(kSharedWords), std::end(kSharedWords), word) != std::end(kSharedWords);
        own |= std::find(std::begin(kOwnWords), std::end(kOwnWords), word) != std::end(kOwnWords);
        if (shared && own) return parser.alert(args[i], about + "cannot mix per-stream and shared parameter");
        if (i + 1 == args.size())
            return parser.alert(args[i], about + "the value is missing for " + quoted(word) + " option");
        if (!read_limit_option(parser, args[i], args[i + 1], limit)) return;
        has_limit |= word == "default-limit" || word == "limit";
        has_period |= word == "default-period";
    }
    if (shared && !limit.key) return parser.alert(parser.words()[1], about + "<key> option is missing");
    if (!has_limit)
        return parser.alert(parser.words()[1],
                            about + (shared ? "<limit> option is missing" : "<default-limit> option is missing"));
    if (!shared && !has_period) return parser.alert(parser.words()[1], about + "<default-period> option is missing");
    proxy.filters.push_back(
        {.kind = Filter::Kind::bandwidth, .index = static_cast<std::uint32_t>(proxy.bandwidth_limits.size())});
    proxy.bandwidth_limits.push_back(std::move(limit));
}

/// A number, or an expression that gives one.
struct Quantity {
    std::uint64_t fixed = 0;  ///< 0: as the filter says
    std::unique_ptr<sample::Expression> expression;

    bool is_set() const { return fixed || expression; }
    std::uint64_t get(RuleContext& context) const {
        sample::Value value;
        if (!expression) return fixed;
        if (expression->evaluate(context, value) != sample::Found::yes ||
            !sample::cast(value, sample::Type::sint, *context.arena) || value.number <= 0)
            return 0;
        return static_cast<std::uint64_t>(value.number);
    }
};

class SetBandwidthLimit final : public model::Action {
  public:
    std::string name;
    Quantity limit, period;
    mutable const BandwidthLimit* filter = nullptr;  ///< by a pass of finalize

    Verdict run(RuleContext& context) const override {
        if (context.exchange && filter)
            context.exchange->limit_bandwidth(*filter, limit.get(context),
                                              static_cast<std::int64_t>(period.get(context)));
        return Verdict::next;
    }
};

std::unique_ptr<model::Action> parse_set_bandwidth_limit(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing bwlim filter name");
    auto action = std::make_unique<SetBandwidthLimit>();
    action->name = words[1].text;
    for (std::size_t i = 2; i < words.size(); i += 2) {
        const bool is_limit = words[i].text == "limit";
        if (!is_limit && words[i].text != "period") return unexpected_word(parser, words[i]);
        const std::string what = is_limit ? "limit" : "period";
        if (i + 1 == words.size()) return action_error(parser, words[i], "missing " + what + " value or expression");
        Quantity& quantity = is_limit ? action->limit : action->period;
        std::int64_t ms = 0;
        if (const auto size = base::parse_size(words[i + 1].text); is_limit && size)
            quantity.fixed = *size;
        else if (!is_limit && read_period(words[i + 1].text, ms))
            quantity.fixed = static_cast<std::uint64_t>(ms);
        else if (std::string ignored; !(quantity.expression = parser.expression(words[i + 1], ignored)))
            return action_error(parser, words[i + 1],
                                quoted(what) + ": invalid " + (is_limit ? "size" : "time") +
                                    " value or unknown fetch method " + quoted(words[i + 1].text));
    }
    return action;
}

// --- when all lines are read -----------------------------------------------------------------------------------

/// Gives a shared limit its table, which must count what the limit is of.
void find_shared_table(config::Finalizing& finalizing, const model::Proxy& proxy, BandwidthLimit& limit) {
    if (!limit.key) return;
    const std::string& name = limit.table_name.empty() ? proxy.name : limit.table_name;
    const std::string about = "Proxy " + proxy.name + " : ";
    const std::string table = about + "stick-table " + quoted(name);
    limit.table = limit.table_name.empty() ? proxy.stick_table : finalizing.config.find_table(limit.table_name);
    if (!limit.table)
        return finalizing.alert(limit.place, about + "unable to find table " + quoted(name) +
                                                 " referenced by bwlim filter " + quoted(limit.name));
    const auto rate = limit.inbound ? model::StickData::bytes_in_rate : model::StickData::bytes_out_rate;
    if (!limit.table->stores(rate))
        return finalizing.alert(limit.place, table + " uses a data type incompatible with bwlim filter " +
                                                 quoted(limit.name) + ". It must be " +
                                                 quoted(model::type_of(rate).name));
    if (!sample::can_cast(limit.key->out(), server::type_of_key(limit.table->key)))
        finalizing.alert(limit.place, table + " uses a key type incompatible with bwlim filter " + quoted(limit.name));
}

void find_filter_of(config::Finalizing& finalizing, const model::Proxy& proxy, const model::Rule& rule) {
    const auto* action = dynamic_cast<const SetBandwidthLimit*>(rule.action.get());
    if (!action) return;
    const auto refuse = [&](const std::string& why) { finalizing.alert(rule.place, why); };
    for (const BandwidthLimit& filter : proxy.bandwidth_limits)
        if (filter.name == action->name) action->filter = &filter;
    if (!action->filter)
        return refuse("unable to find bwlim filter " + quoted(action->name) +
                      " referenced by set-bandwidth-limit rule");
    if (!action->filter->key) return;
    if (action->limit.is_set())
        return refuse("set-bandwidth-limit rule cannot define a limit for a shared bwlim filter");
    if (action->period.is_set()) refuse("set-bandwidth-limit rule cannot define a period for a shared bwlim filter");
}

void find_filters_of_rules(config::Finalizing& finalizing, const model::Proxy& proxy) {
    for (const model::RuleSet* rules :
         {&proxy.tcp_request_content, &proxy.tcp_response_content, &proxy.http_request, &proxy.http_response})
        for (const model::Rule& rule : *rules) find_filter_of(finalizing, proxy, rule);
}

/// Gives limits their tables, and rules the limits that they set.
void find_bandwidth_limits(config::Finalizing& finalizing) {
    for (const auto& defaults : finalizing.config.defaults) find_filters_of_rules(finalizing, *defaults);
    for (const auto& proxy : finalizing.config.proxies) {
        if (proxy->disabled) continue;
        for (BandwidthLimit& limit : proxy->bandwidth_limits) find_shared_table(finalizing, *proxy, limit);
        find_filters_of_rules(finalizing, *proxy);
    }
}

/// `filter-sequence`: names must be those of filters that are there.
bool check_sequence(config::Finalizing& finalizing, const model::Proxy& proxy, const model::FilterSequence& sequence,
                    std::string_view way) {
    for (const std::string& name : sequence.names) {
        if (std::any_of(proxy.filters.begin(), proxy.filters.end(),
                        [&](const Filter& filter) { return name_of(filter, proxy) == name; }))
            continue;
        finalizing.alert(sequence.place,
                         proxy.name + ": error while postparsing " + std::string(way) + " filter-sequence " +
                             quoted(name) + " : invalid filter name: " + quoted(name) + " is not defined on the proxy");
        return false;
    }
    return true;
}

/// The place of a filter in the order of execution of its direction; no value: it is left out. A name stands for the
/// first filter that bears it.
std::optional<std::size_t> order_of(const model::Proxy& proxy, const model::FilterSequence& sequence,
                                    const Filter& filter) {
    const std::string_view name = name_of(filter, proxy);
    if (sequence.names.empty()) return static_cast<std::size_t>(&filter - proxy.filters.data());
    for (const Filter& earlier : std::span(proxy.filters.data(), &filter))
        if (name_of(earlier, proxy) == name) return {};
    const auto found = std::find(sequence.names.begin(), sequence.names.end(), name);
    if (found == sequence.names.end()) return {};
    return static_cast<std::size_t>(found - sequence.names.begin());
}

bool declares_compression(const model::Proxy& proxy) {
    return std::any_of(proxy.filters.begin(), proxy.filters.end(),
                       [](const Filter& filter) { return filter.is_compression(); });
}

/// Compression of one direction: on if its filter runs, or if nothing is said of filters. That of responses is agreed
/// upon when the request passes, so HAProxy needs it in both sequences. Limits learn their order.
void settle_direction(model::Proxy& proxy, bool inbound, bool& compresses) {
    const auto& sequence = inbound ? proxy.request_filters : proxy.response_filters;
    const auto kind = inbound ? Filter::Kind::compress_request : Filter::Kind::compress_response;
    std::optional<std::size_t> compression;
    for (const Filter& filter : proxy.filters)
        if (filter.kind == kind && order_of(proxy, proxy.request_filters, filter))
            compression = order_of(proxy, sequence, filter);
    if (!compression && declares_compression(proxy)) compresses = false;
    for (const Filter& filter : proxy.filters) {
        if (filter.kind != Filter::Kind::bandwidth) continue;
        BandwidthLimit& limit = proxy.bandwidth_limits[filter.index];
        if (limit.inbound != inbound) continue;
        const auto order = order_of(proxy, sequence, filter);
        limit.off = !order;
        limit.behind_compression = compression && order && *compression < *order;
    }
}

/// What an application's section says of requests, and what its answers lack, is left alone in a direction that is
/// without its filter.
void settle_application(model::Proxy& proxy) {
    for (const Filter& filter : proxy.filters) {
        if (filter.kind != Filter::Kind::fcgi_app) continue;
        proxy.fcgi_rules = order_of(proxy, proxy.request_filters, filter).has_value();
        proxy.fcgi_answers = order_of(proxy, proxy.response_filters, filter).has_value();
    }
}

/// Which filters run, in which order. Where there are others, compression must be given its place among them.
void settle_filters(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        const auto& filters = proxy->filters;
        const bool known = check_sequence(finalizing, *proxy, proxy->request_filters, "request") &&
                           check_sequence(finalizing, *proxy, proxy->response_filters, "response");
        if (filters.empty() || !known) continue;
        settle_application(*proxy);
        settle_direction(*proxy, true, proxy->compression.requests);
        settle_direction(*proxy, false, proxy->compression.responses);
        if (proxy->compression.is_set() && !declares_compression(*proxy))
            finalizing.alert(proxy->place, "config: proxy " + quoted(proxy->name) +
                                               ": require an explicit filter declaration to use HTTP compression");
    }
}

void set_filter_sequence(Parser& parser) {
    const std::string about = " for 'filter-sequence' in " + std::string(config::kind_of(parser.proxy())) + " " +
                              quoted(parser.proxy().name) + ".";
    if (parser.args().empty()) return parser.alert(parser.words()[0], "missing argument" + about);
    const std::string_view way = parser.arg(0);
    if (way != "request" && way != "response")
        return parser.alert(parser.arg_word(0), "expected either 'request' or 'response'" + about);
    if (parser.args().size() < 2) return parser.alert(parser.arg_word(0), "missing filter list" + about);
    auto& sequence = way == "request" ? parser.proxy().request_filters : parser.proxy().response_filters;
    sequence.place = parser.place();
    std::string_view list = parser.arg(1);
    if (list.ends_with(',')) list.remove_suffix(1);  // no name follows, HAProxy finds
    for (const std::string_view name : base::split(list, ',')) sequence.names.emplace_back(name);
}

constexpr config::Pass kPasses[] = {{"find bandwidth limits", 28, find_bandwidth_limits},
                                    {"settle filters", 56, settle_filters}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

constexpr std::uint32_t kHere = kInFrontend | kInBackend | kInListen;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "filter bwlim-in", .sections = kHere, .support = Support::done, .parse = add_bandwidth_limit<true>, .since = "2.7"},
    {.name = "filter bwlim-out", .sections = kHere, .support = Support::done, .parse = add_bandwidth_limit<false>, .since = "2.7"},
    {.name = "filter comp-req", .sections = kHere, .support = Support::done, .parse = add_compression<true, false>, .since = "3.4"},
    {.name = "filter comp-res", .sections = kHere, .support = Support::done, .parse = add_compression<false, true>, .since = "3.4"},
    {.name = "filter compression", .sections = kHere, .support = Support::done, .parse = add_compression<true, true>, .since = "1.7"},
    {.name = "filter trace", .sections = kHere, .support = Support::done, .parse = add_trace, .since = "1.7"},
    {.name = "filter-sequence", .sections = kHere, .support = Support::done, .parse = set_filter_sequence, .since = "3.4"},
};
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

constexpr ActionRow kActions[] = {
    {.name = "set-bandwidth-limit", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_bandwidth_limit, .arguments = 1, .since = "2.7"},
};
// clang-format on
static_assert(base::well_formed(kActions));
const base::Table<ActionRow> kRegisteredActions{kActions};

}  // namespace
}  // namespace cfgproxy::keywords
