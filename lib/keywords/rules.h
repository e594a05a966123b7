#pragma once
#include <string_view>

#include "config/reader.h"

namespace cfgproxy::keywords {

/// Stands in a rule set for an action that is understood and not executed yet: such a configuration is checked, never
/// run.
class PendingAction final : public model::Action {
  public:
    model::Verdict run(model::RuleContext&) const override { return model::Verdict::next; }
};

/// Reads the action and condition that parser.args() hold and appends the rule to `rules`. `word` is the keyword for
/// messages ("http-request"), `set` the RuleSetBit whose actions may stand. Reports what is wrong; false then.
bool read_rule(config::Parser& parser, std::uint16_t set, std::string_view word, model::RuleSet& rules);

/// Warns of a rule that stands behind one of a set that runs later. `word` is the rule's set ("tcp-request content"),
/// `shown` how the message names it.
void warn_misplaced(config::Parser& parser, std::string_view word, std::string_view shown);

/// The same for words that do not stand in the file as they are (`block` of 1.x).
bool read_rule_words(config::Parser& parser, std::uint16_t set, std::string_view word,
                     std::span<const config::Word> words, model::RuleSet& rules);

/// What `redirect` and `http-request redirect` share: `words` begin behind the word "redirect" and end before a
/// condition. `formats`: the target is a log format, not fixed text. Null after an error was reported in the frame.
std::unique_ptr<model::Action> parse_redirect(config::Parser& parser, std::span<const config::Word> words,
                                              bool formats);

}  // namespace cfgproxy::keywords
