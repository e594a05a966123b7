// `redirect` as a line of its own and as an action (manual 2.6 section 4.2, "redirect").
#include "keywords/actions.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

/// What a redirect line says.
struct RedirectText {
    enum class Kind : std::uint8_t { none, location, prefix, scheme };
    Kind kind = Kind::none;
    std::uint16_t code = 302;
    const Word* target = nullptr;
    std::string cookie;  ///< Set-Cookie's value; empty: none
    const Word* cookie_format = nullptr;
    bool drop_query = false, keep_query = false, append_slash = false, ignore_empty = false;
};

class Redirect final : public Action {
  public:
    Redirect(const RedirectText& spec, std::unique_ptr<model::Template> target, std::unique_ptr<model::Template> cookie)
        : spec_(spec), target_(std::move(target)), cookie_(std::move(cookie)) {
        spec_.target = spec_.cookie_format = nullptr;  // were only good while the line was read
    }

    bool may_pass() const override { return spec_.ignore_empty; }
    Verdict run(RuleContext& context) const override {
        thread_local std::string location;
        location.clear();
        append_location(context, location);
        if (location.empty() && spec_.ignore_empty && spec_.kind == RedirectText::Kind::location) return Verdict::next;
        base::Arena& arena = *context.arena;
        context.reply = {};
        auto& reply = context.reply;
        reply.status = spec_.code;
        reply.is_redirect = reply.is_local = true;
        reply.close = false;
        reply.headers.add(arena, "content-length", "0");
        reply.headers.add(arena, "location", arena.copy(location));
        if (spec_.code == 302 || spec_.code == 303 || spec_.code == 307)
            reply.headers.add(arena, "cache-control", "no-cache");
        if (!spec_.cookie.empty()) reply.headers.add(arena, "set-cookie", spec_.cookie);
        if (cookie_)
            reply.headers.add(arena, "set-cookie", arena.concat(log::render(*cookie_, nullptr, context), "; path=/;"));
        return Verdict::reply;
    }

  private:
    void append_location(RuleContext& context, std::string& to) const {
        log::render(*target_, nullptr, context, to);
        if (!context.request) return;
        if (spec_.kind == RedirectText::Kind::location) {
            if (spec_.keep_query && (!to.empty() || !spec_.ignore_empty)) append_query(*context.request, to);
            return;
        }
        if (spec_.kind == RedirectText::Kind::scheme) {
            const http::Header* host = context.request->headers.find(http::Known::host);
            to += "://";
            if (host) to += host->value;
        }
        std::string_view path = spec_.drop_query ? context.request->path() : context.request->path_and_query();
        to += path.empty() ? std::string_view("/") : path;
        if (spec_.append_slash && !to.ends_with('/')) to += '/';
    }

    /// Behind the location's own parameters, if it has some.
    static void append_query(const http::Request& request, std::string& to) {
        const std::string_view query = request.query();
        if (query.empty()) return;
        const auto mark = to.find('?');
        if (mark == std::string::npos)
            to += '?';
        else if (mark + 1 != to.size())
            to += '&';
        to += query;
    }

    RedirectText spec_;
    std::unique_ptr<model::Template> target_, cookie_;
};

/// Reads the words of a redirect.
class RedirectReader {
  public:
    RedirectReader(Parser& parser, std::span<const Word> words) : parser_(parser), words_(words) {}

    bool read(RedirectText& spec) {
        for (; at_ < words_.size(); ++at_)
            if (!read_one(spec)) return false;
        if (spec.kind == RedirectText::Kind::none)
            return fail("redirection type expected ('prefix', 'location', or 'scheme')");
        if (is_response_rule(parser_) && spec.kind != RedirectText::Kind::location)
            return fail("response only supports redirect type 'location'");
        return true;
    }

  private:
    bool fail(std::string text) {
        const Word& word = words_.empty() ? parser_.words().back() : words_[std::min(at_, words_.size() - 1)];
        action_error(parser_, word, std::move(text));
        return false;
    }

    /// The argument of the option at hand; null after a report.
    const Word* argument() {
        if (at_ + 1 < words_.size()) return &words_[++at_];
        fail("missing argument for " + quoted(words_[at_].text));
        return nullptr;
    }

    bool read_target(RedirectText& spec, RedirectText::Kind kind) {
        spec.kind = kind;
        spec.target = argument();
        return spec.target != nullptr;
    }

    bool read_cookie(RedirectText& spec, std::string_view tail) {
        const Word* word = argument();
        if (word) spec.cookie = std::string(word->text) + std::string(tail);
        return word != nullptr;
    }

    bool read_code(RedirectText& spec) {
        const Word* word = argument();
        if (!word) return false;
        const auto code = config::leading_number(word->text);
        if (code != 301 && code != 302 && code != 303 && code != 307 && code != 308)
            return fail("'code': unsupported HTTP code " + quoted(word->text) +
                        " (must be one of 301, 302, 303, 307 or 308)");
        spec.code = static_cast<std::uint16_t>(code);
        return true;
    }

    bool read_one(RedirectText& spec) {
        std::string_view option = words_[at_].text;
        if (option == "location") return read_target(spec, RedirectText::Kind::location);
        if (option == "prefix") return read_target(spec, RedirectText::Kind::prefix);
        if (option == "scheme") return read_target(spec, RedirectText::Kind::scheme);
        if (option == "set-cookie") return read_cookie(spec, "; path=/;");
        if (option == "set-cookie-fmt") return (spec.cookie_format = argument()) != nullptr;
        if (option == "clear-cookie") return read_cookie(spec, "; path=/; Max-Age=0;");
        if (option == "code") return read_code(spec);
        if (option == "drop-query") return spec.drop_query = true;
        if (option == "keep-query") return spec.keep_query = true;
        if (option == "append-slash") return spec.append_slash = true;
        if (option == "ignore-empty") return spec.ignore_empty = true;
        return fail(
            "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'clear-cookie', 'drop-query', "
            "'ignore-empty' or 'append-slash' (was " +
            quoted(option) + ")");
    }

    Parser& parser_;
    std::span<const Word> words_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<model::Action> parse_redirect(Parser& parser, std::span<const Word> words, bool formats) {
    RedirectText spec;
    if (!RedirectReader(parser, words).read(spec)) return nullptr;
    // "prefix /" adds nothing, so that one can redirect to the same path.
    Word target = *spec.target;
    if (spec.kind == RedirectText::Kind::prefix && target.text == "/") target.text = {};
    auto format = formats ? action_format(parser, target) : literal_format(target);
    if (!format) return nullptr;
    std::unique_ptr<model::Template> cookie;
    if (spec.cookie_format) {
        cookie = action_format(parser, *spec.cookie_format);
        if (!cookie) return nullptr;
    }
    return std::make_unique<Redirect>(spec, std::move(format), std::move(cookie));
}

}  // namespace cfgproxy::keywords
