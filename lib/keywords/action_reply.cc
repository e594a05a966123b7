// Actions that end an exchange: allow, deny, tarpit, return, auth, redirect, reject (manual 2.6 section 4.2).
#include <fstream>
#include <iterator>

#include "keywords/actions.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::Reply;
using model::RuleContext;
using model::Verdict;

class Stop final : public Action {
  public:
    Verdict run(RuleContext&) const override { return Verdict::stop; }
};

std::unique_ptr<Action> parse_allow(Parser& parser) {
    if (!has_words(parser, 0, "")) return nullptr;
    return std::make_unique<Stop>();
}

class Reject final : public Action {
  public:
    Verdict run(RuleContext& context) const override {
        context.denied_by_rule = true;
        return Verdict::reject;
    }
};

std::unique_ptr<Action> parse_reject(Parser& parser) {
    if (!has_words(parser, 0, "")) return nullptr;
    return std::make_unique<Reject>();
}

/// An answer as `return` and `deny` describe it.
struct ReplyText {
    enum class Kind : std::uint8_t {
        empty,
        error_page,  ///< the proxy's own page of that status
        raw,         ///< a whole message from a file
        body,        ///< fixed content
        format,      ///< content that is a log format
    };
    Kind kind = Kind::empty;
    std::uint16_t status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::unique_ptr<model::Template>>> headers;
    std::string text;
    std::unique_ptr<model::Template> format;
};

bool may_have_body(std::uint16_t status) { return status >= 200 && status != 204 && status != 304; }

/// HAProxy's order: the rule's headers, Content-Length, Content-Type.
void fill(const ReplyText& spec, RuleContext& context, Reply& reply) {
    reply = {};
    reply.status = spec.status;
    reply.close = false;
    reply.error_page = spec.kind == ReplyText::Kind::error_page;
    if (reply.error_page) return;
    if (spec.kind == ReplyText::Kind::raw) {
        reply.raw = spec.text;
        return;
    }
    base::Arena& arena = *context.arena;
    for (const auto& [name, value] : spec.headers)
        reply.headers.add(arena, name, log::render(*value, nullptr, context));
    reply.body = spec.format ? log::render(*spec.format, nullptr, context) : std::string_view(spec.text);
    if (!may_have_body(spec.status)) return;
    std::string length;
    base::append_uint(length, reply.body.size());
    reply.headers.add(arena, "content-length", arena.copy(length));
    if (!reply.body.empty() && !spec.content_type.empty()) reply.headers.add(arena, "content-type", spec.content_type);
}

/// return, deny, tarpit.
class Answer final : public Action {
  public:
    Answer(ReplyText spec, Verdict verdict, bool denies) : spec_(std::move(spec)), verdict_(verdict), denies_(denies) {}
    Verdict run(RuleContext& context) const override {
        context.denied_by_rule = denies_;
        fill(spec_, context, context.reply);
        return verdict_;
    }

  private:
    ReplyText spec_;
    Verdict verdict_;
    bool denies_;
};

/// Reads the words of `return` and `deny` behind the action's own.
class ReplyReader {
  public:
    ReplyReader(Parser& parser, ReplyText& reply) : parser_(parser), reply_(reply), words_(parser.option_words()) {}

    bool read(std::size_t from) {
        for (at_ = from; at_ < words_.size(); ++at_)
            if (!read_one()) return false;
        return check();
    }

  private:
    bool fail(std::string text) {
        action_error(parser_, words_[std::min(at_, words_.size() - 1)], std::move(text));
        return false;
    }
    bool need(std::string_view what, std::size_t count = 1) {
        if (at_ + count < words_.size()) return true;
        return fail(quoted(words_[at_].text) + " expects " + std::string(what) +
                    (count > 1 ? " as arguments" : " as argument"));
    }

    bool read_one() {
        std::string_view option = words_[at_].text;
        if (option == "status") return read_status();
        if (option == "content-type") {
            if (!need("<ctype>")) return false;
            reply_.content_type = words_[++at_].text;
            return true;
        }
        if (option == "hdr") return read_header();
        if (option == "default-errorfiles") return begin_content(ReplyText::Kind::error_page);
        if (option == "errorfile") return read_file(ReplyText::Kind::raw, "<fmt>");
        if (option == "file") return read_file(ReplyText::Kind::body, "<file>");
        if (option == "lf-file") return read_file(ReplyText::Kind::format, "<file>");
        if (option == "string") return read_text(ReplyText::Kind::body, "<str>");
        if (option == "lf-string") return read_text(ReplyText::Kind::format, "<fmt>");
        if (option == "errorfiles") {
            parser_.refuse_pending(words_[at_], "argument", "errorfiles");
            return false;
        }
        unexpected_word(parser_, words_[at_]);
        return false;
    }

    bool read_status() {
        if (!need("<status_code>")) return false;
        const auto status = config::leading_number(words_[++at_].text);
        if (status < 200 || status > 599) return fail("Unexpected status code '" + std::to_string(status) + "'");
        reply_.status = static_cast<std::uint16_t>(status);
        return true;
    }

    bool read_header() {
        if (!need("<name> and <value>", 2)) return false;
        const Word& name = words_[at_ + 1];
        const Word& value = words_[at_ + 2];
        at_ += 2;
        const std::string lower = base::lower(name.text);
        if (lower == "content-length" || lower == "transfer-encoding" || lower == "content-type") {
            parser_.warning(name, "header " + quoted(name.text) + " always ignored by the http reply.");
            return true;
        }
        auto format = action_format(parser_, value);
        if (!format) return false;
        reply_.headers.emplace_back(lower, std::move(format));
        return true;
    }

    bool begin_content(ReplyText::Kind kind) {
        if (reply_.kind != ReplyText::Kind::empty)
            return fail("unexpected " + quoted(words_[at_].text) + " argument, " + quoted(content_) +
                        " already defined");
        content_ = words_[at_].text;
        reply_.kind = kind;
        return true;
    }

    bool read_text(ReplyText::Kind kind, std::string_view what) {
        if (!begin_content(kind) || !need(what)) return false;
        const Word& word = words_[++at_];
        return kind == ReplyText::Kind::format ? set_format(word) : (reply_.text = word.text, true);
    }

    bool read_file(ReplyText::Kind kind, std::string_view what) {
        if (!begin_content(kind) || !need(what)) return false;
        const Word& word = words_[++at_];
        std::ifstream file(std::string(word.text), std::ios::binary);
        if (!file) return fail("error opening file " + quoted(word.text));
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.size() > parser_.global().buffer_size)
            return fail("file " + quoted(word.text) + " exceeds the buffer size (" + std::to_string(text.size()) +
                        " > " + std::to_string(parser_.global().buffer_size) + ")");
        if (kind != ReplyText::Kind::format) {
            reply_.text = std::move(text);
            return true;
        }
        return set_format({text, word.place});
    }

    bool set_format(const Word& word) {
        reply_.format = action_format(parser_, word, log::Use::plain);
        return reply_.format != nullptr;
    }

    bool check() {
        using Kind = ReplyText::Kind;
        const bool own_content = reply_.kind == Kind::body || reply_.kind == Kind::format;
        if (!own_content) return check_page();
        const bool filled = reply_.format || !reply_.text.empty();
        if (!may_have_body(reply_.status) && filled)
            return fail("No body expected for " + std::to_string(reply_.status) + " responses");
        if (filled && reply_.content_type.empty())
            return fail("a content type must be defined when non-empty payload is configured");
        if (!filled && !reply_.content_type.empty())
            warn_content_type(" ignored by the http reply when used with an empty payload.");
        return true;
    }

    bool check_page() {
        using Kind = ReplyText::Kind;
        if (!reply_.content_type.empty())
            warn_content_type(reply_.kind == Kind::empty
                                  ? " ignored by the http reply because neither errorfile nor payload defined."
                                  : " ignored by the http reply when used with an erorrfile.");
        if (reply_.kind == Kind::empty) return true;
        if (!reply_.headers.empty()) {
            parser_.warning(words_[0], "hdr parameters ignored by the http reply when used with an erorrfile.");
            reply_.headers.clear();
        }
        return reply_.kind != Kind::error_page || check_page_status();
    }

    /// Only some statuses have a page of their own.
    bool check_page_status() {
        constexpr int kPages[] = {200, 400, 401, 403, 404, 405, 407, 408, 410, 413,
                                  421, 422, 425, 429, 500, 501, 502, 503, 504};
        for (int known : kPages)
            if (known == reply_.status) return true;
        return fail("status code '" + std::to_string(reply_.status) + "' not handled by default with '" +
                    std::string(content_) + "' argument.");
    }

    void warn_content_type(std::string_view why) {
        parser_.warning(words_[0], "content-type " + quoted(reply_.content_type) + std::string(why));
        reply_.content_type.clear();
    }

    Parser& parser_;
    ReplyText& reply_;
    std::span<const Word> words_;
    std::size_t at_ = 1;
    std::string_view content_ = "default-errorfiles";
};

std::unique_ptr<Action> parse_return(Parser& parser) {
    ReplyText reply;
    if (!ReplyReader(parser, reply).read(1)) return nullptr;
    return std::make_unique<Answer>(std::move(reply), Verdict::reply, false);
}

/// `deny` without words, or with a status alone the 1.x way (`deny_status`), shows the proxy's page of the status.
template <std::uint16_t Status, Verdict Ends>
std::unique_ptr<Action> parse_deny(Parser& parser) {
    ReplyText reply;
    reply.status = is_response_rule(parser) ? 502 : Status;
    const auto words = parser.option_words();
    const bool old_form = words.size() > 1 && words[1].text == "deny_status";
    if (words.size() == 1 || (old_form && words.size() <= 3)) reply.kind = ReplyText::Kind::error_page;
    std::vector<Word> modern(words.begin(), words.end());
    if (old_form) modern[1].text.remove_prefix(5);  // "status"
    parser.set_option_words(modern);
    const bool read = ReplyReader(parser, reply).read(1);
    parser.set_option_words(words);
    if (!read) return nullptr;
    return std::make_unique<Answer>(std::move(reply), Ends, true);
}

class Authenticate final : public Action {
  public:
    explicit Authenticate(std::string realm) : challenge_("Basic realm=\"" + realm + "\"") {}
    Verdict run(RuleContext& context) const override {
        context.reply = {};
        context.reply.status = 401;
        context.reply.error_page = true;
        context.reply.close = false;
        context.reply.headers.add(*context.arena, "www-authenticate", challenge_);
        return Verdict::reply;
    }

  private:
    std::string challenge_;
};

std::unique_ptr<Action> parse_auth(Parser& parser) {
    const auto words = parser.option_words();
    std::string realm = parser.proxy().name;
    if (words.size() > 1) {
        if (words[1].text != "realm") return unexpected_word(parser, words[1]);
        if (words.size() < 3) return action_error(parser, words[1], "missing realm value.");
        if (words.size() > 3) return unexpected_word(parser, words[3]);
        realm = words[2].text;
    }
    return std::make_unique<Authenticate>(std::move(realm));
}

std::unique_ptr<Action> parse_redirect_action(Parser& parser) {
    return parse_redirect(parser, parser.option_words().subspan(1), true);
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "allow", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_allow, .final = true, .since = "1.4"},
    {.name = "allow", .sets = kHttpResponse, .support = Support::done, .parse = parse_allow, .final = true, .since = "1.5"},
    {.name = "allow", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_allow, .final = true, .since = "2.2"},
    {.name = "auth", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_auth, .final = true, .since = "1.4"},
    {.name = "block", .sets = kHttpRequest, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.5", .until = "2.1"},
    {.name = "deny", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.4"},
    {.name = "deny", .sets = kHttpResponse, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.5"},
    {.name = "redirect", .sets = kHttpRequest, .support = Support::done, .parse = parse_redirect_action, .final = true, .since = "1.5"},
    {.name = "redirect", .sets = kHttpResponse, .support = Support::done, .parse = parse_redirect_action, .final = true, .since = "1.6"},
    {.name = "reject", .sets = kHttpRequest, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.8"},
    {.name = "return", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_return, .final = true, .since = "2.2"},
    {.name = "tarpit", .sets = kHttpRequest, .support = Support::done, .parse = parse_deny<500, Verdict::tarpit>, .final = true, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
