#include "keywords/actions.h"

#include "keywords/setters.h"
#include "sample/variable.h"

namespace cfgproxy::keywords {

std::unique_ptr<model::Action> action_error(Parser& parser, const Word& word, std::string text) {
    parser.complain(word, std::move(text));
    return nullptr;
}

std::unique_ptr<model::Action> unexpected_word(Parser& parser, const Word& word) {
    parser.alert_tight(word, "'" + std::string(parser.rule_word) + " " + std::string(parser.option_arg(0)) +
                                 "' expects either 'if' or 'unless' followed by a condition but found " +
                                 quoted(word.text) + ".");
    return nullptr;
}

bool has_words(Parser& parser, std::size_t count, std::string_view text) {
    const auto words = parser.option_words();
    if (words.size() < count + 1)
        action_error(parser, words.back(), std::string(text));
    else if (words.size() > count + 1)
        unexpected_word(parser, words[count + 1]);
    return words.size() == count + 1;
}

std::unique_ptr<model::Template> action_format(Parser& parser, const Word& word, log::Use use) {
    std::string error;
    auto format = compile_format(parser, word, error, use);
    if (!format) action_error(parser, word, std::move(error));
    return format;
}

std::string_view replace_matched(model::RuleContext& context, const sample::Regex& regex, std::string_view subject,
                                 std::string_view replacement) {
    constexpr int kPairs = 10;
    std::size_t offsets[2 * kPairs];
    const int pairs = regex.match(subject, 0, offsets, kPairs);
    if (pairs <= 0) return subject;
    std::string made;
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        if (replacement[i] != '\\' || i + 1 == replacement.size()) {
            made += replacement[i];
            continue;
        }
        const char c = replacement[++i];
        if (base::is_digit(c)) {
            const int group = c - '0';
            if (group < pairs && offsets[2 * group] != std::string_view::npos)
                made += subject.substr(offsets[2 * group], offsets[2 * group + 1] - offsets[2 * group]);
        } else if (c == 'x' && i + 2 < replacement.size() && base::hex_digit(replacement[i + 1]) >= 0 &&
                   base::hex_digit(replacement[i + 2]) >= 0) {
            made += static_cast<char>(base::hex_digit(replacement[i + 1]) * 16 + base::hex_digit(replacement[i + 2]));
            i += 2;
        } else {
            made += c;
        }
    }
    return context.arena->copy(made);
}

VariableName parse_variable(std::string_view text, std::string& error) {
    using sample::Scope;
    if (text.starts_with("proc.")) sample::process_variables().declare(text.substr(5));
    struct Row {
        std::string_view prefix;
        Scope scope;
    };
    constexpr Row kScopes[] = {{"proc.", Scope::proc}, {"sess.", Scope::sess}, {"txn.", Scope::txn},
                               {"req.", Scope::req},   {"res.", Scope::res},   {"check.", Scope::check}};
    for (const Row& row : kScopes) {
        if (!text.starts_with(row.prefix)) continue;
        std::string_view name = text.substr(row.prefix.size());
        for (char c : name) {
            const char lower = base::to_lower(c);
            if ((lower >= 'a' && lower <= 'z') || base::is_digit(c) || c == '_' || c == '.') continue;
            error = "invalid syntax at char '" + std::string(1, c) + "'";
            return {};
        }
        if (name.empty()) break;
        return {row.scope, std::string(name)};
    }
    error = "invalid variable name '" + std::string(text) +
            "'. A variable name must be start by its scope. The scope can be 'proc', 'sess', 'txn', 'req', 'res' or "
            "'check'";
    return {};
}

}  // namespace cfgproxy::keywords
