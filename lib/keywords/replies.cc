#include "keywords/replies.h"

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/offline.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Reply;
using model::RuleContext;

/// An answer in words.
struct ReplyText {
    enum class Kind : std::uint8_t {
        empty,
        error_page,  ///< the proxy's own page of that status
        section,     ///< the page of that status in an http-errors section
        raw,         ///< a whole message from a file
        body,        ///< fixed content
        format,      ///< content that is a log format
    };
    Kind kind = Kind::empty;
    std::uint16_t status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::unique_ptr<model::Template>>> headers;
    std::string text;
    const model::ErrorFiles* files = nullptr;  // of section
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
    if (spec.kind == ReplyText::Kind::section) {
        const auto found = spec.files->found->replies.find(spec.status);
        if (found != spec.files->found->replies.end()) reply.raw = *found->second.raw;
        if (!reply.raw.empty()) return;
    }
    if (spec.kind == ReplyText::Kind::raw) {
        reply.raw = spec.text;
        return;
    }
    base::Arena& arena = *context.arena;
    for (const auto& [name, value] : spec.headers)
        if (const auto text = log::render(*value, nullptr, context); !text.empty())
            reply.headers.add(arena, name, text);
    reply.body = spec.format ? log::render(*spec.format, nullptr, context) : std::string_view(spec.text);
    if (!may_have_body(spec.status)) return;
    std::string length;
    base::append_uint(length, reply.body.size());
    reply.headers.add(arena, "content-length", arena.copy(length));
    if (!reply.body.empty() && !spec.content_type.empty()) reply.headers.add(arena, "content-type", spec.content_type);
}

class WrittenReply final : public model::ReplyMaker {
  public:
    explicit WrittenReply(ReplyText text) : text_(std::move(text)) {}
    void make(RuleContext& context, Reply& reply) const override { fill(text_, context, reply); }

  private:
    ReplyText text_;
};

/// Reads the words of `return` and `deny` behind the action's own.
class ReplyReader {
  public:
    ReplyReader(Parser& parser, ReplyText& reply, ReplyUse use)
        : parser_(parser), reply_(reply), words_(parser.option_words()), use_(use) {}

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
        if (option == "status" || (use_.old_status && option == "deny_status")) return read_status();
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
        if (option == "errorfiles") return read_section();
        if (use_.other_words) return fail("unknown keyword " + quoted(option) + ".");
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

    bool read_section() {
        if (!begin_content(ReplyText::Kind::section) || !need("<name>")) return false;
        auto files = std::make_unique<model::ErrorFiles>();
        files->section = words_[++at_].text;
        files->place = words_[at_].place;
        reply_.files = files.get();
        parser_.config().error_file_uses.push_back(std::move(files));
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
        if (kind == ReplyText::Kind::raw) return read_message(std::string(word.text));
        auto content = base::read_file(std::string(word.text));
        if (!content && !base::may_be_elsewhere()) return fail("error opening file " + quoted(word.text));
        std::string text = content ? std::move(*content) : std::string();
        if (text.size() > parser_.global().buffer_size)
            return fail("file " + quoted(word.text) + " exceeds the buffer size (" + std::to_string(text.size()) +
                        " > " + std::to_string(parser_.global().buffer_size) + ")");
        if (kind != ReplyText::Kind::format) {
            reply_.text = std::move(text);
            return true;
        }
        return set_format({text, word.place});
    }

    bool read_message(const std::string& path) {
        std::string error, warning;
        const auto message = read_error_file(path, parser_.global().buffer_size, error, warning);
        if (!message) return fail(error);
        if (!warning.empty()) parser_.warning(words_[at_], warning);
        reply_.text = *message;
        return true;
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
        return (reply_.kind != Kind::error_page && reply_.kind != Kind::section) || check_page_status();
    }

    /// Only some statuses have a page of their own.
    bool check_page_status() {
        if (has_error_page(reply_.status)) return true;
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
    ReplyUse use_;
    std::size_t at_ = 1;
    std::string_view content_ = "default-errorfiles";
};

/// That the http-errors sections which answers name are there.
void find_sections(config::Finalizing& finalizing) {
    for (const auto& use : finalizing.config.error_file_uses) {
        for (const auto& section : finalizing.config.http_errors)
            if (section->name == use->section) use->found = section.get();
        if (!use->found)
            finalizing.alert_in_file(
                use->place, "unknown http-errors section " + quoted(use->section) + " referenced by an http reply .");
    }
}

constexpr config::Pass kPasses[] = {{"find http-errors of replies", 22, find_sections}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegistered{kPasses};

}  // namespace

bool has_error_page(std::int64_t status) {
    constexpr int kPages[] = {200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414,
                              421, 422, 425, 429, 431, 500, 501, 502, 503, 504};
    return std::find(std::begin(kPages), std::end(kPages), status) != std::end(kPages);
}

std::shared_ptr<const std::string> read_error_file(const std::string& path, std::size_t limit, std::string& error,
                                                   std::string& warning) {
    auto content = base::read_file(path);
    if (!content && base::may_be_elsewhere()) return std::make_shared<const std::string>();
    if (!content) {
        error = (errno == EISDIR ? "error reading file " : "error opening file ") + quoted(path) + ".";
        return nullptr;
    }
    std::string text = std::move(*content);
    if (text.size() > limit) {
        warning = "custom error message file " + quoted(path) + " larger than " + std::to_string(limit) +
                  " bytes. Truncating.";
        text.resize(limit);
    }
    if (!text.empty() && !text.starts_with("HTTP/")) {
        error = quoted(path) + ": unable to parse headers (error offset: 0)";
        return nullptr;
    }
    return std::make_shared<const std::string>(std::move(text));
}

std::shared_ptr<const model::ReplyMaker> read_reply(Parser& parser, ReplyUse use, ReplyFacts& facts) {
    ReplyText text;
    text.status = use.status;
    if (use.page) text.kind = ReplyText::Kind::error_page;
    if (!ReplyReader(parser, text, use).read(1)) return nullptr;
    facts.status = text.status;
    if (text.files) facts.section = text.files->section;
    return std::make_shared<WrittenReply>(std::move(text));
}

std::shared_ptr<const model::ReplyMaker> read_reply(Parser& parser, ReplyUse use) {
    ReplyFacts ignored;
    return read_reply(parser, use, ignored);
}

}  // namespace cfgproxy::keywords
