// The words of 1.x that search requests and responses line by line: reqrep, reqdel, reqdeny, rspadd and their kin
// (manual 1.5 section 6). Each expression is held against the start line, then against "Name: value" of each field.
// Names of fields are lower case here and were written in capitals by most senders of that time: an expression that
// minds the case matches a field in either spelling.
#include <algorithm>

#include "config/dump.h"
#include "keywords/actions.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Proxy;
using model::RuleContext;
using model::Verdict;

/// What a line that matches is good for.
enum class Deed : std::uint8_t { replace, remove, allow, deny, tarpit, pass, switch_backend };

/// "content-type: x" -> "Content-Type: x".
void write_field(std::string& to, const http::Header& header, bool capitals) {
    to.clear();
    bool word_begins = capitals;
    for (const char c : header.name) {
        to += word_begins ? base::to_upper(c) : c;
        word_begins = capitals && c == '-';
    }
    to += ": ";
    to += header.value;
}

/// Field lines of `text` (one, unless the author put line feeds in) at the place of `headers[at]`. Returns how many
/// there are; what is no field line is dropped, since it would end the head or spoil it.
std::uint32_t put_fields(base::Arena& arena, http::HeaderList& headers, std::uint32_t at, std::string_view text) {
    std::uint32_t count = 0;
    headers.erase(at);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto colon = std::min(line.find(':'), line.size());
        const std::string_view name = base::trim(line.substr(0, colon));
        if (colon == line.size() || name.empty()) continue;
        char* lower = arena.bytes(name.size());
        std::transform(name.begin(), name.end(), lower, base::to_lower);
        headers.add(arena, {lower, name.size()}, arena.copy(base::trim(line.substr(colon + 1))));
        std::rotate(headers.begin() + at + count, headers.end() - 1, headers.end());
        ++count;
    }
    return count;
}

/// Takes the three words of a start line apart. False if it has not three.
bool take_words(std::string_view line, std::string_view (&words)[3]) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last == first || last + 1 == line.size()) return false;
    words[0] = line.substr(0, first);
    words[1] = line.substr(first + 1, last - first - 1);
    words[2] = line.substr(last + 1);
    return words[1].find(' ') == std::string_view::npos && !words[1].empty() && words[2].starts_with("HTTP/");
}

void set_version(http::Head& head, std::string_view version) {
    if (version.size() != 8 || version[6] != '.' || !base::is_digit(version[5]) || !base::is_digit(version[7])) return;
    head.major = static_cast<std::uint8_t>(version[5] - '0');
    head.minor = static_cast<std::uint8_t>(version[7] - '0');
}

bool set_start_line(RuleContext& context, http::Request& request, std::string_view line) {
    std::string_view words[3];
    if (!take_words(line, words)) return false;
    request.method_text = context.method_text = words[0];
    request.method = context.method = http::find_method(words[0]);
    request.target = words[1];
    request.version = words[2];
    set_version(request, words[2]);
    return true;
}

bool set_start_line(RuleContext&, http::Response& response, std::string_view line) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos || !line.starts_with("HTTP/") || line.size() < first + 4) return false;
    const auto status = base::parse_uint(line.substr(first + 1, 3));
    if (!status || *status < 200) return false;
    response.version = line.substr(0, first);
    set_version(response, response.version);
    response.status = static_cast<std::uint16_t>(*status);
    response.reason = line.size() > first + 5 ? line.substr(first + 5) : std::string_view{};
    return true;
}

void write_start_line(std::string& to, const http::Request& request) {
    to.assign(request.method_text).append(" ").append(request.target).append(" ").append(request.version);
}
void write_start_line(std::string& to, const http::Response& response) {
    to.assign(response.version).append(" ");
    base::append_uint(to, response.status);
    to.append(" ").append(response.reason);
}

/// The answer to a message that a rule has spoilt.
Verdict refuse(RuleContext& context, std::uint16_t status) {
    context.reply = {};
    context.reply.status = status;
    context.reply.error_page = true;
    context.denied_by_rule = status == 502;
    return Verdict::reply;
}

/// What all searching words have in common.
class Search final : public model::Action {
  public:
    Search(bool response, Deed deed, std::shared_ptr<const sample::Regex> regex, std::string replacement,
           const model::UseBackend* target)
        : response_(response),
          deed_(deed),
          regex_(std::move(regex)),
          replacement_(std::move(replacement)),
          target_(target) {}

    Verdict run(RuleContext& context) const override {
        const bool passed = response_ ? context.response_passed : context.request_passed;
        if (passed && deed_ >= Deed::allow && deed_ != Deed::switch_backend) return Verdict::next;
        if (response_) return context.response ? search(context, *context.response, 502) : Verdict::next;
        return context.request ? search(context, *context.request, 400) : Verdict::next;
    }

  private:
    template <class Message>
    Verdict search(RuleContext& context, Message& message, std::uint16_t spoilt) const {
        thread_local std::string line;
        if (deed_ != Deed::remove) {
            write_start_line(line, message);
            if (regex_->matches(line)) {
                if (deed_ != Deed::replace) return act(context);
                const auto changed = replace_part(context, line);
                return set_start_line(context, message, changed) ? Verdict::next : refuse(context, spoilt);
            }
        }
        for (std::uint32_t i = 0; i < message.headers.size();) {
            write_field(line, message.headers[i], true);
            bool found = regex_->matches(line);
            if (!found) {
                write_field(line, message.headers[i], false);
                found = regex_->matches(line);
            }
            if (!found) {
                ++i;
            } else if (deed_ == Deed::replace) {
                i += put_fields(*context.arena, message.headers, i, replace_part(context, line));
            } else if (deed_ == Deed::remove) {
                message.headers.erase(i);
            } else {
                return act(context);
            }
        }
        return Verdict::next;
    }

    std::string_view replace_part(RuleContext& context, std::string_view line) const {
        return replace_matched(context, *regex_, line, replacement_);
    }

    Verdict act(RuleContext& context) const {
        switch (deed_) {
            case Deed::allow:
                (response_ ? context.response_passed : context.request_passed) = true;
                return Verdict::next;
            case Deed::switch_backend:
                if (context.backend == context.frontend && !context.switched_to) context.switched_to = target_->backend;
                return Verdict::next;
            case Deed::deny:
                refuse(context, response_ ? 502 : 403);
                context.denied_by_rule = true;
                return Verdict::reply;
            case Deed::tarpit:
                refuse(context, 500);
                context.denied_by_rule = true;
                return Verdict::tarpit;
            default:
                return Verdict::next;
        }
    }

    bool response_;
    Deed deed_;
    std::shared_ptr<const sample::Regex> regex_;
    std::string replacement_;
    const model::UseBackend* target_;  // of switch_backend
};

/// reqadd, rspadd.
class AddLine final : public model::Action {
  public:
    AddLine(bool response, std::string line) : response_(response), line_(std::move(line)) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        if (!head) return Verdict::next;
        head->headers.add(*context.arena, "", "");
        put_fields(*context.arena, head->headers, head->headers.size() - 1, line_);
        return Verdict::next;
    }

  private:
    bool response_;
    std::string line_;
};

/// The condition from argument `from` on. False after a report.
bool read_condition(Parser& parser, std::size_t from, model::Rule& rule) {
    const auto args = parser.args();
    const std::string name = quoted(parser.words()[0].text);
    if (args.size() <= from) return true;
    if (!Parser::begins_condition(args[from].text)) {
        parser.alert(args[from],
                     name + " : Expecting nothing, 'if', or 'unless', got " + quoted(args[from].text) + ".");
        return false;
    }
    rule.when = parser.condition(args, from, "error detected while parsing a " + name + " condition");
    return rule.when != nullptr;
}

/// The character at which a replacement is wrong, or 0: a backslash at its end, or `\x` without two digits.
char find_bad_escape(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') continue;
        if (++i == text.size()) return '\\';
        if (text[i] != 'x') continue;
        if (i + 2 >= text.size() || base::hex_digit(text[i + 1]) < 0 || base::hex_digit(text[i + 2]) < 0) return '\\';
        i += 2;
    }
    return 0;
}

/// `reqsetbe` names its backend, which may stand further down.
void find_switch_targets(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        if (proxy->mode != model::Mode::http) continue;
        for (const auto& target : proxy->switch_targets) {
            target->backend = finalizing.config.find_backend(target->name);
            if (!target->backend)
                finalizing.alert(target->place, "Proxy " + quoted(proxy->name) +
                                                    ": unable to find required setbe: " + quoted(target->name) + ".");
            else if (target->backend == proxy.get())
                finalizing.alert(target->place, "Proxy " + quoted(proxy->name) +
                                                    ": loop detected for setbe: " + quoted(target->name) + ".");
        }
    }
}

template <bool Response, Deed What, bool IgnoreCase>
void add_search(Parser& parser) {
    constexpr bool kReplaces = What == Deed::replace || What == Deed::switch_backend;
    const auto args = parser.args();
    const std::string name = quoted(parser.words()[0].text);
    if (kReplaces && args.size() < 2)
        return parser.alert(parser.words().back(),
                            name + (What == Deed::replace ? " expects <search> and <replace> as arguments."
                                                          : " expects <search> and <target> as arguments."));
    if (args.empty()) return parser.alert(parser.words().back(), name + " expects <regex> as an argument.");
    model::Rule rule{.text = config::spelled(parser.words()), .place = parser.place()};
    if (!read_condition(parser, kReplaces ? 2 : 1, rule)) return;
    auto regex = sample::Regex::compile(args[0].text, IgnoreCase);
    if (!regex)
        return parser.alert(args[0], name + " : regular expression " + quoted(args[0].text) + " : " + regex.error());
    std::string replacement;
    if constexpr (What == Deed::replace) replacement = args[1].text;
    if (const char bad = find_bad_escape(replacement))
        return parser.alert(args[1], name +
                                         " : invalid character or unterminated sequence in replacement string near '" +
                                         std::string(1, bad) + "'.");
    Proxy& proxy = parser.proxy();
    model::UseBackend* target = nullptr;
    if constexpr (What == Deed::switch_backend) {
        target = proxy.switch_targets.emplace_back(std::make_unique<model::UseBackend>()).get();
        target->name = args[1].text;
        target->place = args[1].place;
    }
    rule.action = std::make_shared<Search>(Response, What, *regex, std::move(replacement), target);
    auto& rules = Response ? proxy.legacy_response : proxy.legacy_request;
    auto& adds = Response ? proxy.legacy_response_adds : proxy.legacy_request_adds;
    rules.insert(rules.end() - adds, std::move(rule));
}

template <bool Response>
void add_line(Parser& parser) {
    const auto args = parser.args();
    const std::string name = quoted(parser.words()[0].text);
    if (args.empty()) return parser.alert(parser.words().back(), name + " expects <header> as an argument.");
    if (const auto colon = args[0].text.find(':'); colon == std::string_view::npos || colon == 0)
        return parser.alert(args[0],
                            name + " expects a header line, \"Name: value\", not " + quoted(args[0].text) + ".");
    model::Rule rule{.action = std::make_shared<AddLine>(Response, std::string(args[0].text)),
                     .text = config::spelled(parser.words()),
                     .place = parser.place()};
    if (!read_condition(parser, 1, rule)) return;
    Proxy& proxy = parser.proxy();
    (Response ? proxy.legacy_response : proxy.legacy_request).push_back(std::move(rule));
    ++(Response ? proxy.legacy_response_adds : proxy.legacy_request_adds);
}

constexpr std::uint32_t kHere = kInFrontend | kInBackend | kInListen;
constexpr bool kCase = false, kAnyCase = true, kReq = false, kRsp = true;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "cliexp", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::replace, kCase>, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri"},
    {.name = "reqadd", .sections = kHere, .support = Support::done, .parse = add_line<kReq>, .until = "2.0", .modern = "http-request add-header <name> <fmt>"},
    {.name = "reqallow", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::allow, kCase>, .until = "2.0", .modern = "http-request allow if"},
    {.name = "reqdel", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::remove, kCase>, .until = "2.0", .modern = "http-request del-header <name> [-m reg]"},
    {.name = "reqdeny", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::deny, kCase>, .until = "2.0", .modern = "http-request deny if"},
    {.name = "reqiallow", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::allow, kAnyCase>, .until = "2.0", .modern = "http-request allow if"},
    {.name = "reqidel", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::remove, kAnyCase>, .until = "2.0", .modern = "http-request del-header <name> [-m reg]"},
    {.name = "reqideny", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::deny, kAnyCase>, .until = "2.0", .modern = "http-request deny if"},
    {.name = "reqipass", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::pass, kAnyCase>, .until = "2.0"},
    {.name = "reqirep", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::replace, kAnyCase>, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri with"},
    {.name = "reqisetbe", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::switch_backend, kAnyCase>, .until = "1.5", .modern = "use_backend <be> if"},
    {.name = "reqitarpit", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::tarpit, kAnyCase>, .until = "2.0", .modern = "http-request tarpit if"},
    {.name = "reqpass", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::pass, kCase>, .until = "2.0"},
    {.name = "reqrep", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::replace, kCase>, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri / set-method"},
    {.name = "reqsetbe", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::switch_backend, kCase>, .until = "1.5", .modern = "use_backend <be> if"},
    {.name = "reqtarpit", .sections = kHere, .support = Support::done, .parse = add_search<kReq, Deed::tarpit, kCase>, .until = "2.0", .modern = "http-request tarpit if"},
    {.name = "rspadd", .sections = kHere, .support = Support::done, .parse = add_line<kRsp>, .until = "2.0", .modern = "http-response add-header <name> <fmt>"},
    {.name = "rspdel", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::remove, kCase>, .until = "2.0", .modern = "http-response del-header <name> [-m reg]"},
    {.name = "rspdeny", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::deny, kCase>, .until = "2.0", .modern = "http-response deny if"},
    {.name = "rspidel", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::remove, kAnyCase>, .until = "2.0", .modern = "http-response del-header <name> [-m reg]"},
    {.name = "rspideny", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::deny, kAnyCase>, .until = "2.0", .modern = "http-response deny if"},
    {.name = "rspirep", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::replace, kAnyCase>, .until = "2.0", .modern = "http-response replace-header with"},
    {.name = "rsprep", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::replace, kCase>, .until = "2.0", .modern = "http-response replace-header <name> <re> <fmt>"},
    {.name = "srvexp", .sections = kHere, .support = Support::done, .parse = add_search<kRsp, Deed::replace, kCase>, .until = "2.0", .modern = "http-response replace-header"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

constexpr config::Pass kPasses[] = {{"find reqsetbe backends", 21, find_switch_targets}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
