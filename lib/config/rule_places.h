#pragma once
#include <span>
#include <string>

#include "config/statements.h"
#include "model/proxy.h"
#include "sample/condition.h"

// What a statement's expressions and conditions can look at: where its rule is evaluated (manual 7.3), against what
// their fetches need.
namespace cfgproxy::config {

/// The statement that is read, and the section it stands in (null: none of a proxy, as `healthcheck`).
struct Site {
    std::span<const Word> words;
    const model::Proxy* proxy = nullptr;
};

/// The checkpoints (sample::Checkpoint bits) at which expressions and formats of the statement are evaluated; 0:
/// nothing is known of it, or it is ignored there.
std::uint32_t checkpoints_of(const Site& site);
/// What HAProxy warns of when the condition of the statement asks for what is not known yet or no more where its rule
/// is run ("acl 'x' will never match because..."); empty: nothing.
std::string misplaced_condition(const sample::Condition& condition, const Site& site);

}  // namespace cfgproxy::config
