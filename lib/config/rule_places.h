#pragma once
#include <span>
#include <string>
#include <string_view>

#include "model/proxy.h"
#include "sample/condition.h"

namespace cfgproxy::config {

/// What HAProxy warns of when the condition of a statement of `proxy`, whose first two words are these, asks for what
/// is not known yet or no more where the statement's rule is run ("acl 'x' will never match because..."); empty:
/// nothing.
std::string misplaced_condition(const sample::Condition& condition, std::string_view word, std::string_view second,
                                const model::Proxy& proxy);

}  // namespace cfgproxy::config
