#include <algorithm>

#include "config/address_family.h"
#include "config/reader.h"
#include "config/rule_places.h"
#include "sample/checkpoint.h"

namespace cfgproxy::config {
namespace {

/// The named ACLs of one proxy, as conditions look for them.
class ProxyAcls final : public sample::AclScope {
  public:
    explicit ProxyAcls(const model::Proxy& proxy) : proxy_(proxy) {}
    const sample::Acl* find(std::string_view name) const override {
        auto found = proxy_.acls.find(std::string(name));
        return found == proxy_.acls.end() ? nullptr : found->second.get();
    }
    std::vector<std::string_view> names() const override {
        std::vector<std::string_view> all;
        for (const auto& [name, acl] : proxy_.acls) all.push_back(name);
        std::sort(all.begin(), all.end());
        return all;
    }

  private:
    const model::Proxy& proxy_;
};

/// Up to 1.6 HAProxy only warned of a fetch that never has a value in a format. A file that is that old for other
/// reasons, or that has words of old releases and none that came later, is taken as it was.
bool takes_misplaced(const Era& era) {
    return era.release <= base::Release{1, 6} || (era.source == Era::Source::word && era.oldest <= "1.6");
}

/// Formats of HTTP messages: the bytes of the connection have been taken by then. Variables may hold them, though.
bool is_http_format(std::span<const Word> words) {
    const std::string_view first = words.empty() ? std::string_view{} : words[0].text;
    if (first == "unique-id-format") return true;
    const bool rule = first == "http-request" || first == "http-response" || first == "http-after-response";
    return rule && words.size() > 1 && !words[1].text.starts_with("set-var-fmt");
}

}  // namespace

std::string_view kind_of(const model::Proxy& proxy) {
    if (proxy.capabilities & model::kDefaults) return "defaults";
    if ((proxy.capabilities & model::kListen) == model::kListen) return "proxy";
    return proxy.is_frontend() ? "frontend" : "backend";
}

void Parser::alert(const Word& word, std::string text, std::string hint) {
    diagnostics_.alert(word.place, std::move(text), std::move(hint));
}

void Parser::warning(const Word& word, std::string text, std::string hint) {
    diagnostics_.warning(word.place, std::move(text), std::move(hint));
}

void Parser::tell_modern_form(const Word& word, std::string text) {
    if (verbose_) diagnostics_.notice(word.place, std::move(text));
}

void Parser::tell_advisory(const Word& word, std::string_view kind, std::string_view name) {
    if (!list_advisory_) return;
    std::string text("the ");
    text.append(kind).append(" '").append(name).append("' tunes what cfgproxy does otherwise: it changes nothing here");
    diagnostics_.notice(word.place, std::move(text));
}

void Parser::alert_but_continue(const Word& word, std::string text) {
    diagnostics_.alert_but_continue(word.place, std::move(text));
}

void Parser::alert_tight(const Word& word, std::string text, std::string hint) {
    diagnostics_.add({base::Severity::alert, word.place, std::move(text), std::move(hint), true, true, true});
}

void Parser::complain(const Word& word, std::string text, std::string hint) {
    diagnostics_.add({base::Severity::alert, word.place, frame.before + text + frame.after, std::move(hint), true, true,
                      frame.tight, frame.bare});
}

void Parser::refuse_pending(const Word& word, std::string_view kind, std::string_view name, std::string hint) {
    if (section_pending_) return;
    std::string text("the ");
    text.append(kind).append(" '").append(name);
    text += "' is understood but not executed yet by this version of cfgproxy";
    diagnostics_.pending(word.place, std::move(text), std::move(hint));
}

bool Parser::too_many(std::size_t max, std::string_view keyword) {
    if (args_.size() <= max) return false;
    std::string text = "'";
    text.append(keyword).append("' cannot handle unexpected argument '").append(args_[max].text).append("'.");
    alert(args_[max], std::move(text));
    return true;
}

std::optional<model::Endpoint> Parser::address(const Word& word, std::string_view text, AddressRules rules,
                                               std::string_view before) {
    const std::string expanded = environment_.expand(text);
    std::string problem;
    if (expanded.empty()) {
        problem = "'" + std::string(text) + "' resolves to an empty address (environment variable missing?)";
    } else {
        const std::string_view family = pending_family(expanded);
        auto endpoint = parse_endpoint(in_known_family(expanded), rules);
        if (endpoint) {
            if (!family.empty()) refuse_pending(word, "address family", family);
            endpoint->place = word.place;
            return std::move(*endpoint);
        }
        problem = endpoint.error();
    }
    alert(word, std::string(before) + " : " + problem);
    return std::nullopt;
}

void Parser::run(const Keyword& row) {
    if (!row.parse) return;
    std::optional<ProxyAcls> acls;
    if (proxy_) acls.emplace(*proxy_);
    const sample::ReadingScope scope(acls ? &*acls : nullptr);
    row.parse(*this);
}

std::size_t Parser::find_condition(std::span<const Word> words, std::size_t from) {
    for (; from < words.size(); ++from)
        if (begins_condition(words[from].text)) break;
    return from;
}

std::unique_ptr<sample::Condition> Parser::condition(std::span<const Word> words, std::size_t from,
                                                     std::string_view while_text) {
    std::vector<sample::SourceWord> texts;
    for (const Word& word : words.subspan(from)) texts.push_back({word.text, word.place});
    sample::ParseFailure failure;
    auto condition = sample::parse_condition(texts, ProxyAcls(*proxy_), failure);
    if (!condition) {
        const base::Place& place = failure.place.line ? failure.place : words[from].place;
        const std::string_view colon = while_text.ends_with(':') ? " " : " : ";
        diagnostics_.alert(place, std::string(while_text) + std::string(colon) + failure.text + ".",
                           std::move(failure.hint));
        return nullptr;
    }
    for (const auto& acl : condition->owned)
        for (const auto& line : acl->lines)
            if (line.expression) resolve_later(*line.expression, true);
    if (std::string text = misplaced_condition(*condition, {words_, proxy_}); !text.empty())
        warning(words_[0], std::move(text));
    return condition;
}

std::unique_ptr<sample::Expression> Parser::expression(const Word& word, std::string& error) {
    std::size_t used = 0;
    sample::ExpressionError problem;
    auto expression = sample::parse_expression(word.text, word.place, used, problem);
    if (!expression) {
        error = problem.text;
        return nullptr;
    }
    if (used != word.text.size()) {
        error = sample::trailing_error(**expression, used).text;
        return nullptr;
    }
    error = sample::misplaced_fetch(*(*expression)->fetch, checkpoints_of({words_, proxy_}));
    if (!error.empty()) return nullptr;
    resolve_later(**expression, false);
    return std::move(*expression);
}

void Parser::note_pending(const sample::Expression& expression) {
    auto note = [&](std::string_view kind, std::string_view name) {
        Word word{name, expression.place};
        const auto at = expression.text.find(name);
        // Only a word that is spelt in the file as it reads shows where its parts stand.
        if (word.place.length == expression.text.size() && at != std::string::npos) {
            word.place.column += static_cast<std::uint32_t>(at);
            word.place.length = static_cast<std::uint32_t>(name.size());
        }
        refuse_pending(word, kind, name);
    };
    note_until({{}, expression.place}, expression.fetch->until, expression.fetch->name);
    note_since(expression.fetch->since);
    for (const auto& step : expression.steps) {
        note_until({{}, expression.place}, step.row->until, step.row->name);
        note_since(step.row->since);
    }
    if (expression.fetch->support == Support::pending) note("fetch method", expression.fetch->name);
    for (const auto& step : expression.steps)
        if (step.row->support == Support::pending) note("converter", step.row->name);
}

void Parser::resolve_later(sample::Expression& expression, bool is_acl) {
    note_pending(expression);
    const std::string_view first = words_.empty() ? std::string_view{} : words_[0].text;
    std::string where = "in";
    if (!is_acl && (first == "http-request" || first == "stats")) where = "in http-request expression in";
    if (!is_acl && first == "http-response") where = "in http-response response in";
    if (!is_acl && first == "use_backend") where = "in use_backend expression in";
    if (!is_acl && first.find("log-format") != std::string_view::npos)
        where = "in " + std::string(first) + " string in";
    unresolved_.expressions.push_back({&expression, proxy_, is_acl, std::move(where), place_});
}

void Parser::resolve_later(model::Template& format) {
    const std::uint32_t checkpoints = checkpoints_of({words_, proxy_});
    for (auto& item : format.items) {
        if (item.expression) {
            const sample::Fetch& fetch = *item.expression->fetch;
            if (std::string text = sample::misplaced_in_format(fetch, checkpoints); !text.empty()) {
                const Word word{format.text, format.place};
                text = "'" + joined(words_.first(std::min<std::size_t>(words_.size(), 2))) + "' : " + text + ".";
                const bool taken = takes_misplaced(era_);
                if (taken) note_until(word, "1.6", std::string(fetch.name) + " where it has no value");
                taken ? warning(word, std::move(text)) : alert(word, std::move(text));
            } else if ((fetch.needs & (sample::kRequestData | sample::kResponseData)) && is_http_format(words_)) {
                warning({format.text, format.place},
                        "L6 sample fetch <" + std::string(fetch.name) + "> ignored in HTTP log-format string.");
            }
            resolve_later(*item.expression, false);
        }
        if (!item.tag_until.empty()) note_until({{}, format.place}, item.tag_until, "%" + std::string(item.tag_name));
        if (const std::string_view name = item.pending_tag; !name.empty())
            refuse_pending({name, format.place}, "format variable", name);
    }
}

}  // namespace cfgproxy::config
