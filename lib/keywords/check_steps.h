#pragma once
#include "config/reader.h"
#include "model/check.h"

namespace cfgproxy::keywords {

/// Reads the expectation behind `tcp-check expect` or `http-check expect`. Reports what is wrong; false then.
bool read_expectation(config::Parser& parser, bool http, model::CheckStep& step);

/// "'tcp-check expect' : TEXT." under the argument `i`; always false.
bool refuse_step(config::Parser& parser, std::size_t i, std::string text);

/// A log format that steps evaluate; null after a report.
std::shared_ptr<const model::Template> step_format(config::Parser& parser, const config::Word& word);

/// The first and the last step that is more than a comment or an action; null if there is none.
model::CheckStep* first_real(std::vector<model::CheckStep>& steps);
model::CheckStep* last_real(std::vector<model::CheckStep>& steps);

}  // namespace cfgproxy::keywords
