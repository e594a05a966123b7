#include "keywords/actions.h"

#include "keywords/setters.h"

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

std::unique_ptr<sample::Expression> action_expression(Parser& parser, const Word& word) {
    std::string error;
    auto expression = parser.expression(word, error);
    if (!expression) action_error(parser, word, std::move(error));
    return expression;
}

std::unique_ptr<sample::Expression> only_expression(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing fetch method"), nullptr;
    auto expression = action_expression(parser, words[1]);
    if (expression && words.size() > 2) return unexpected_word(parser, words[2]), nullptr;
    return expression;
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

}  // namespace cfgproxy::keywords
