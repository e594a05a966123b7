// Actions on the exchange as a whole rather than on its message: addresses, marks, silent-drop, early-hint, waiting
// (manual 2.6 section 4.2, "http-request").
#include <charconv>
#include <utility>

#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;
using sample::Expression;

bool evaluate_as(const Expression& expression, RuleContext& context, sample::Type type, sample::Value& value) {
    return expression.evaluate(context, value) == sample::Found::yes && sample::cast(value, type, *context.arena);
}

/// set-src, set-dst: the address; the port stays.
class SetAddress final : public Action {
  public:
    SetAddress(net::Address sample::Context::*which, std::unique_ptr<Expression> expression)
        : which_(which), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        sample::Value value;
        if (expression_->evaluate(context, value) != sample::Found::yes) return Verdict::next;
        if (value.type != sample::Type::ipv4 && value.type != sample::Type::ipv6 &&
            !sample::cast(value, sample::Type::ipv4, *context.arena) &&
            !sample::cast(value, sample::Type::ipv6, *context.arena))
            return Verdict::next;
        net::Address& address = context.*which_;
        const std::uint16_t port = address.is_ip() ? address.port() : 0;
        address = value.ip;
        address.set_port(port);
        return Verdict::next;
    }

  private:
    net::Address sample::Context::*which_;
    std::unique_ptr<Expression> expression_;
};

/// set-src-port, set-dst-port. An address that is no IP's becomes 0.0.0.0.
class SetPort final : public Action {
  public:
    SetPort(net::Address sample::Context::*which, std::unique_ptr<Expression> expression)
        : which_(which), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        sample::Value value;
        if (!evaluate_as(*expression_, context, sample::Type::sint, value)) return Verdict::next;
        net::Address& address = context.*which_;
        if (!address.is_ip()) address = net::Address::from_v4(in_addr{});
        address.set_port(static_cast<std::uint16_t>(value.number));
        return Verdict::next;
    }

  private:
    net::Address sample::Context::*which_;
    std::unique_ptr<Expression> expression_;
};

template <class Setter, net::Address sample::Context::*Which>
std::unique_ptr<Action> parse_address(Parser& parser) {
    auto expression = only_expression(parser);
    if (!expression) return nullptr;
    return std::make_unique<Setter>(Which, std::move(expression));
}
constexpr auto kSrc = &sample::Context::src, kDst = &sample::Context::dst;

/// set-mark, set-tos and their kin for one side: a number, or an expression that gives one.
template <class Number, void (model::Exchange::*Set)(Number)>
class SetOnSocket final : public Action {
  public:
    SetOnSocket(Number number, std::unique_ptr<Expression> expression)
        : number_(number), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.exchange) return Verdict::next;
        Number number = number_;
        if (expression_) {
            sample::Value value;
            if (!evaluate_as(*expression_, context, sample::Type::sint, value)) return Verdict::next;
            number = static_cast<Number>(value.number);
        }
        (context.exchange->*Set)(number);
        return Verdict::next;
    }

  private:
    Number number_;
    std::unique_ptr<Expression> expression_;
};

template <class Number, void (model::Exchange::*Set)(Number)>
std::unique_ptr<Action> parse_on_socket(Parser& parser) {
    if (!has_words(parser, 1, "expects an argument")) return nullptr;
    const Word& word = parser.option_words()[1];
    const bool hex = word.text.starts_with("0x") || word.text.starts_with("0X");
    const std::string_view digits = word.text.substr(hex ? 2 : 0);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
    using Row = SetOnSocket<Number, Set>;
    if (error == std::errc{} && end == digits.data() + digits.size())
        return std::make_unique<Row>(static_cast<Number>(number), nullptr);
    std::string reason;
    auto expression = parser.expression(word, reason);
    if (!expression)
        return action_error(parser, word,
                            "invalid character starting at " +
                                quoted(std::string_view(end, digits.data() + digits.size() - end)) +
                                " (integer/hex value expected)");
    return std::make_unique<Row>(Number{}, std::move(expression));
}

class SilentDrop final : public Action {
  public:
    explicit SilentDrop(std::uint8_t reset_ttl) : reset_ttl_(reset_ttl) {}
    Verdict run(RuleContext& context) const override {
        context.denied_by_rule = true;
        if (context.exchange) context.exchange->drop_silently(reset_ttl_);
        return Verdict::reject;
    }

  private:
    std::uint8_t reset_ttl_;
};

std::unique_ptr<Action> parse_silent_drop(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() == 1 || words[1].text != "rst-ttl") {
        if (!has_words(parser, 0, "")) return nullptr;
        return std::make_unique<SilentDrop>(std::uint8_t{0});
    }
    if (words.size() == 2) return action_error(parser, words[1], "missing rst-ttl value");
    if (!has_words(parser, 2, "")) return nullptr;
    const std::string_view digits = words[2].text;
    unsigned ttl = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ttl);
    if (end != digits.data() + digits.size())
        return action_error(parser, words[2],
                            "invalid character starting at " + quoted({end, digits.data() + digits.size()}) +
                                " (value 1-255 expected)");
    if (error != std::errc{} || ttl == 0 || ttl > 255)
        return action_error(parser, words[2], "valid rst-ttl values are [1-255]");
    return std::make_unique<SilentDrop>(static_cast<std::uint8_t>(ttl));
}

/// early-hint: those that follow each other in the file go out as one 103.
class EarlyHint final : public Action {
  public:
    EarlyHint(std::string name, std::unique_ptr<model::Template> value)
        : name_(std::move(name)), value_(std::move(value)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.exchange || !context.request) return Verdict::next;
        context.hints.add(*context.arena, name_, log::render(*value_, nullptr, context));
        if (followed_) return Verdict::next;
        http::Response response;
        response.status = 103;
        response.reason = "Early Hints";
        response.version = "HTTP/1.1";
        response.headers = std::exchange(context.hints, {});
        context.exchange->send_interim(response);
        return Verdict::next;
    }
    /// Another one stands right behind it; said while the file is read.
    void set_followed() const { followed_ = true; }

  private:
    std::string name_;
    std::unique_ptr<model::Template> value_;
    mutable bool followed_ = false;
};

std::unique_ptr<Action> parse_early_hint(Parser& parser) {
    if (!has_words(parser, 2, "expects exactly 2 arguments")) return nullptr;
    auto value = action_format(parser, parser.option_words()[2]);
    if (!value) return nullptr;
    const auto& rules = parser.proxy().http_request;
    if (const auto* last = rules.empty() ? nullptr : dynamic_cast<const EarlyHint*>(rules.back().action.get()))
        last->set_followed();
    return std::make_unique<EarlyHint>(base::lower(parser.option_arg(1)), std::move(value));
}

// --- waiting -------------------------------------------------------------------------------------------------

constexpr std::uint64_t kNotWaiting = ~std::uint64_t{0};

/// Sets the time at which a wait ends, when it begins. True once that has come.
bool is_over(RuleContext& context, std::int64_t ms) {
    const std::uint64_t now = context.exchange->clock_ms();
    if (context.wait_until_ms == kNotWaiting) context.wait_until_ms = now + static_cast<std::uint64_t>(ms);
    return now >= context.wait_until_ms;
}

class WaitForBody final : public Action {
  public:
    WaitForBody(bool response, std::int64_t ms, std::uint64_t bytes) : response_(response), ms_(ms), bytes_(bytes) {}
    Verdict run(RuleContext& context) const override {
        if (!context.exchange) return Verdict::next;
        using Collected = model::Exchange::Collected;
        const Collected collected = context.exchange->collect_body(response_, bytes_);
        if (collected == Collected::waiting && !is_over(context, ms_)) return Verdict::wait;
        context.wait_until_ms = kNotWaiting;
        if (collected == Collected::done) return Verdict::next;
        return collected == Collected::spoilt ? answer(context, response_ ? 502 : 400, 'P')
                                              : answer(context, response_ ? 504 : 408, response_ ? 's' : 'c');
    }

  private:
    static Verdict answer(RuleContext& context, std::uint16_t status, char cause) {
        context.reply = {};
        context.reply.status = status;
        context.reply.error_page = true;
        context.reply.cause = cause;
        context.reply.state = 'R';
        context.denied_by_rule = false;
        return Verdict::reply;
    }

    bool response_;
    std::int64_t ms_;
    std::uint64_t bytes_;
};

/// Reads a time for `what`; -1 after a report.
std::int64_t read_time(Parser& parser, const Word& word) {
    using Status = config::Duration::Status;
    const auto time = config::parse_time(word.text, config::TimeUnit::ms);
    if (time.status == Status::ok) return time.value;
    if (time.status == Status::overflow)
        action_error(parser, word, "time overflow (maximum value is 2147483647 ms or ~24.8 days)");
    else if (time.status == Status::underflow)
        action_error(parser, word, "time underflow (minimum non-null value is 1 ms)");
    else
        action_error(parser, word, "unexpected character '" + std::string(1, time.unexpected) + "'");
    return -1;
}

std::unique_ptr<Action> parse_wait_for_body(Parser& parser) {
    const auto words = parser.option_words();
    std::int64_t ms = -1;
    std::uint64_t bytes = 0;
    for (std::size_t i = 1; i < words.size(); i += 2) {
        const std::string_view option = words[i].text;
        if (option == "use-large-buffer") {
            parser.refuse_pending(words[i], "argument", option);
            --i;
            continue;
        }
        if (option != "time" && option != "at-least") return unexpected_word(parser, words[i]);
        if (i + 1 == words.size()) return action_error(parser, words[i], "missing argument for " + quoted(option));
        if (option == "time") {
            ms = read_time(parser, words[i + 1]);
            if (ms < 0) return nullptr;
        } else {
            const auto size = base::parse_size(words[i + 1].text);
            if (!size)
                return action_error(parser, words[i + 1], "unexpected character in " + quoted(words[i + 1].text));
            bytes = *size;
        }
    }
    if (ms < 0) return action_error(parser, words[0], "expects time <time> [ at-least <bytes> ]");
    return std::make_unique<WaitForBody>(is_response_rule(parser), ms, bytes);
}

class Pause final : public Action {
  public:
    Pause(std::int64_t ms, std::unique_ptr<Expression> expression) : ms_(ms), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.exchange) return Verdict::next;
        std::int64_t ms = ms_;
        if (expression_ && context.wait_until_ms == kNotWaiting) {
            sample::Value value;
            if (!evaluate_as(*expression_, context, sample::Type::sint, value) || value.number <= 0)
                return Verdict::next;
            ms = value.number;
        }
        if (!is_over(context, ms)) return Verdict::wait;
        context.wait_until_ms = kNotWaiting;
        return Verdict::next;
    }

  private:
    std::int64_t ms_;
    std::unique_ptr<Expression> expression_;
};

std::unique_ptr<Action> parse_pause(Parser& parser) {
    if (!has_words(parser, 1, "expects exactly 1 argument")) return nullptr;
    const Word& word = parser.option_words()[1];
    using Status = config::Duration::Status;
    const auto time = config::parse_time(word.text, config::TimeUnit::ms);
    const std::string about = " in argument " + quoted(word.text) + " to rule 'pause' ";
    if (time.status == Status::overflow)
        return action_error(parser, word, "timer overflow" + about + "(maximum value is 2147483647 ms or ~24.8 days)");
    if (time.status == Status::underflow)
        return action_error(parser, word, "timer underflow" + about + "(minimum value is 1 ms)");
    if (time.status == Status::ok && time.value == 0)
        return action_error(parser, word, "null value is not valid for a 'pause' rule");
    if (time.status == Status::ok) return std::make_unique<Pause>(time.value, nullptr);
    std::string ignored;
    auto expression = parser.expression(word, ignored);
    if (!expression)
        return action_error(parser, word,
                            "unexpected character '" + std::string(1, time.unexpected) + "' in rule 'pause'");
    return std::make_unique<Pause>(0, std::move(expression));
}

// --- retries -------------------------------------------------------------------------------------------------

class DisableRetry final : public Action {
  public:
    Verdict run(RuleContext& context) const override {
        context.no_retry = true;
        return Verdict::next;
    }
};

std::unique_ptr<Action> parse_disable_retry(Parser& parser) {
    if (!has_words(parser, 0, "")) return nullptr;
    return std::make_unique<DisableRetry>();
}

using Exchange = model::Exchange;
constexpr auto kMarkClient = parse_on_socket<std::uint32_t, &Exchange::mark_client>;
constexpr auto kMarkServer = parse_on_socket<std::uint32_t, &Exchange::mark_server>;
constexpr auto kTosClient = parse_on_socket<std::uint8_t, &Exchange::tos_client>;
constexpr auto kTosServer = parse_on_socket<std::uint8_t, &Exchange::tos_server>;
constexpr std::uint16_t kInStream = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse;
constexpr std::uint16_t kEverywhere = kInStream | kTcpConnection | kTcpSession;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "disable-l7-retry", .sets = kHttpRequest, .support = Support::done, .parse = parse_disable_retry, .since = "2.0"},
    {.name = "early-hint", .sets = kHttpRequest, .support = Support::done, .parse = parse_early_hint, .arguments = 2, .since = "1.9"},
    {.name = "pause", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_pause, .arguments = 1, .since = "3.2"},
    {.name = "set-bc-mark", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = kMarkServer, .arguments = 1, .since = "3.0"},
    {.name = "set-bc-tos", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = kTosServer, .arguments = 1, .since = "3.0"},
    {.name = "set-dst", .sets = kHttpRequest | kTcpConnection | kTcpSession, .support = Support::done, .parse = parse_address<SetAddress, kDst>, .arguments = 1, .since = "1.7"},
    {.name = "set-dst", .sets = kTcpContent, .support = Support::done, .parse = parse_address<SetAddress, kDst>, .arguments = 1, .since = "2.0"},
    {.name = "set-dst-port", .sets = kHttpRequest | kTcpConnection | kTcpSession, .support = Support::done, .parse = parse_address<SetPort, kDst>, .arguments = 1, .since = "1.7"},
    {.name = "set-dst-port", .sets = kTcpContent, .support = Support::done, .parse = parse_address<SetPort, kDst>, .arguments = 1, .since = "2.0"},
    {.name = "set-fc-mark", .sets = kEverywhere, .support = Support::done, .parse = kMarkClient, .arguments = 1, .since = "3.0"},
    {.name = "set-fc-tos", .sets = kEverywhere, .support = Support::done, .parse = kTosClient, .arguments = 1, .since = "3.0"},
    {.name = "set-mark", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = kMarkClient, .arguments = 1, .since = "1.5"},
    {.name = "set-mark", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .support = Support::done, .parse = kMarkClient, .arguments = 1, .since = "2.5"},
    {.name = "set-src", .sets = kHttpRequest, .support = Support::done, .parse = parse_address<SetAddress, kSrc>, .arguments = 1, .since = "1.6"},
    {.name = "set-src", .sets = kTcpConnection | kTcpSession, .support = Support::done, .parse = parse_address<SetAddress, kSrc>, .arguments = 1, .since = "1.7"},
    {.name = "set-src", .sets = kTcpContent, .support = Support::done, .parse = parse_address<SetAddress, kSrc>, .arguments = 1, .since = "2.5"},
    {.name = "set-src-port", .sets = kHttpRequest, .support = Support::done, .parse = parse_address<SetPort, kSrc>, .arguments = 1, .since = "1.6"},
    {.name = "set-src-port", .sets = kTcpConnection | kTcpSession, .support = Support::done, .parse = parse_address<SetPort, kSrc>, .arguments = 1, .since = "1.7"},
    {.name = "set-src-port", .sets = kTcpContent, .support = Support::done, .parse = parse_address<SetPort, kSrc>, .arguments = 1, .since = "2.5"},
    {.name = "set-tos", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = kTosClient, .arguments = 1, .since = "1.5"},
    {.name = "set-tos", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .support = Support::done, .parse = kTosClient, .arguments = 1, .since = "2.5"},
    {.name = "silent-drop", .sets = kInStream | kTcpConnection, .support = Support::done, .parse = parse_silent_drop, .final = true, .since = "1.6"},
    {.name = "silent-drop", .sets = kTcpSession, .support = Support::done, .parse = parse_silent_drop, .final = true, .since = "1.7"},
    {.name = "wait-for-body", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_wait_for_body, .since = "2.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
