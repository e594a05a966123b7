#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/reader.h"
#include "http/message.h"
#include "keywords/formats.h"
#include "keywords/rows.h"
#include "sample/pattern.h"

namespace cfgproxy::keywords {

using config::Parser;
using config::Word;

/// Whether the rule that is read looks at responses.
inline bool is_response_rule(const Parser& parser) {
    return parser.rule_set & (config::kHttpResponse | config::kHttpAfterResponse | config::kTcpResponse);
}
/// The head that a rule edits; null if it is not there.
inline http::Head* head_of(model::RuleContext& context, bool response) {
    if (response) return context.response;
    return context.request;
}

/// Reports an error of the action that is read, in HAProxy's frame; null for `return`.
std::unique_ptr<model::Action> action_error(Parser& parser, const Word& word, std::string text);
/// "'http-request X' expects either 'if' or 'unless' followed by a condition but found 'Y'."
std::unique_ptr<model::Action> unexpected_word(Parser& parser, const Word& word);
/// Whether exactly `count` words stand behind the action's own. Reports `text` if there are fewer, and the first one
/// too many.
bool has_words(Parser& parser, std::size_t count, std::string_view text);
/// Whether the head may become longer by `bytes` (each new field costs 8 beside its text); takes them from the room.
inline bool take_room(model::RuleContext& context, std::int64_t bytes) {
    if (bytes > context.rewrite_room) return false;
    context.rewrite_room -= bytes;
    return true;
}
/// What a rewrite comes to that has no room: an error, or nothing with strict-mode off.
inline model::Verdict refuse_rewrite(model::RuleContext& context) {
    ++context.failed_rewrites;
    return context.lenient ? model::Verdict::next : model::Verdict::error;
}
inline std::int64_t added_size(std::string_view name, std::string_view value) {
    return static_cast<std::int64_t>(name.size() + value.size()) + 8;
}

/// Compiles a log format for a header value and the like; reports errors.
std::unique_ptr<model::Template> action_format(Parser& parser, const Word& word, log::Use use = log::Use::value);

/// Compiles an expression; null after a report.
std::unique_ptr<sample::Expression> action_expression(Parser& parser, const Word& word);
/// The same of the action's only argument.
std::unique_ptr<sample::Expression> only_expression(Parser& parser);

/// `replacement` in place of the whole `subject` if `regex` matches in it, with \0 to \9 standing for what its groups
/// matched, \xHH for a byte and any other escaped character for itself; else `subject`.
std::string_view replace_matched(model::RuleContext& context, const sample::Regex& regex, std::string_view subject,
                                 std::string_view replacement);

}  // namespace cfgproxy::keywords
