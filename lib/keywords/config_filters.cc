// `filter` lines (manual 2.6 section 9) and what rules do with them.
#include <algorithm>

#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::BandwidthLimit;
using model::Filter;
using model::RuleContext;
using model::Verdict;

/// Says nothing by itself: the `compression` lines do. It gives compression its place among other filters.
void add_compression(Parser& parser) {
    if (parser.too_many(0, "filter compression")) return;
    parser.proxy().filters.push_back({.kind = Filter::Kind::compression});
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
bool read_limit_option(Parser& parser, const Word& word, std::string_view value, BandwidthLimit& limit) {
    const std::string about = quoted(parser.words()[1].text) + " : ";
    const auto bad_value = [&] {
        parser.alert(word, about + "invalid value for option " + quoted(word.text));
        return false;
    };
    if (word.text == "default-limit" || word.text == "limit") {
        const auto size = base::parse_size(value);
        if (!size) return bad_value();
        limit.limit = *size;
    } else if (word.text == "default-period") {
        if (!read_period(value, limit.period_ms)) return bad_value();
    } else if (word.text == "min-size") {
        const auto size = base::parse_size(value);
        if (!size) return bad_value();
        limit.min_size = static_cast<std::uint32_t>(*size);
    } else if (word.text == "key" || word.text == "table") {
        parser.refuse_pending(word, "shared limit of", parser.words()[1].text);
        limit.is_default = false;
    } else {
        parser.alert(word, about + "unknown option " + quoted(word.text));
        return false;
    }
    return true;
}

template <bool Inbound>
void add_bandwidth_limit(Parser& parser) {
    const std::string about = quoted(parser.words()[1].text) + " : ";
    const auto args = parser.args();
    if (args.empty()) return parser.alert(parser.words()[1], about + "a name is expected as first argument ");
    model::Proxy& proxy = parser.proxy();
    BandwidthLimit limit{.name = std::string(args[0].text), .inbound = Inbound, .place = parser.place()};
    for (const BandwidthLimit& known : proxy.bandwidth_limits)
        if (known.name == limit.name)
            return parser.alert(
                args[0], "bwlim filter " + quoted(limit.name) + " already declared for proxy " + quoted(proxy.name));
    bool has_limit = false, has_period = false;
    for (std::size_t i = 1; i < args.size(); i += 2) {
        if (i + 1 == args.size())
            return parser.alert(args[i], about + "the value is missing for " + quoted(args[i].text) + " option");
        if (!read_limit_option(parser, args[i], args[i + 1].text, limit)) return;
        has_limit |= args[i].text == "default-limit" || args[i].text == "limit";
        has_period |= args[i].text == "default-period";
    }
    if (limit.is_default && !has_period)
        return parser.alert(parser.words()[1], about + "<default-period> option is missing");
    if (!has_limit) return parser.alert(parser.words()[1], about + "<default-limit> option is missing");
    proxy.filters.push_back(
        {.kind = Filter::Kind::bandwidth, .index = static_cast<std::uint32_t>(proxy.bandwidth_limits.size())});
    proxy.bandwidth_limits.push_back(std::move(limit));
}

/// A number, or an expression that gives one.
struct Quantity {
    std::uint64_t fixed = 0;  ///< 0: as the filter says
    std::unique_ptr<sample::Expression> expression;

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
    SetBandwidthLimit(std::string name, Quantity limit, Quantity period)
        : name_(std::move(name)), limit_(std::move(limit)), period_(std::move(period)) {}
    Verdict run(RuleContext& context) const override {
        if (context.exchange)
            context.exchange->limit_bandwidth(name_, limit_.get(context),
                                              static_cast<std::int64_t>(period_.get(context)));
        return Verdict::next;
    }

  private:
    std::string name_;
    Quantity limit_, period_;
};

std::unique_ptr<model::Action> parse_set_bandwidth_limit(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing bwlim filter name");
    const auto& filters = parser.proxy().bandwidth_limits;
    if (std::none_of(filters.begin(), filters.end(), [&](const auto& f) { return f.name == words[1].text; }))
        return action_error(
            parser, words[1],
            "unable to find bwlim filter " + quoted(words[1].text) + " referenced by set-bandwidth-limit rule");
    Quantity limit, period;
    for (std::size_t i = 2; i < words.size(); i += 2) {
        const bool is_limit = words[i].text == "limit";
        if (!is_limit && words[i].text != "period") return unexpected_word(parser, words[i]);
        const std::string what = is_limit ? "limit" : "period";
        if (i + 1 == words.size()) return action_error(parser, words[i], "missing " + what + " value or expression");
        Quantity& quantity = is_limit ? limit : period;
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
    return std::make_unique<SetBandwidthLimit>(std::string(words[1].text), std::move(limit), std::move(period));
}

// --- order ---------------------------------------------------------------------------------------------------

/// Where filters have an order, compression must be given its place in it.
void check_compression_order(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        const auto& filters = proxy->filters;
        if (!proxy->compression.is_set() || filters.empty()) continue;
        if (std::none_of(filters.begin(), filters.end(),
                         [](const Filter& filter) { return filter.kind == Filter::Kind::compression; }))
            finalizing.alert(proxy->place, "config: proxy " + quoted(proxy->name) +
                                               ": require an explicit filter declaration to use HTTP compression");
    }
}

constexpr config::Pass kPasses[] = {{"check filters", 56, check_compression_order}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

constexpr std::uint32_t kHere = kInFrontend | kInBackend | kInListen;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "filter bwlim-in", .sections = kHere, .support = Support::done, .parse = add_bandwidth_limit<true>, .since = "2.7"},
    {.name = "filter bwlim-out", .sections = kHere, .support = Support::done, .parse = add_bandwidth_limit<false>, .since = "2.7"},
    {.name = "filter comp-req", .sections = kHere, .support = Support::done, .parse = add_compression, .since = "3.4"},
    {.name = "filter comp-res", .sections = kHere, .support = Support::done, .parse = add_compression, .since = "3.4"},
    {.name = "filter compression", .sections = kHere, .support = Support::done, .parse = add_compression, .since = "1.7"},
    {.name = "filter trace", .sections = kHere, .support = Support::done, .parse = add_trace, .since = "1.7"},
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
