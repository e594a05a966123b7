#pragma once
#include <span>
#include <string_view>

#include "base/table.h"

namespace cfgproxy::config {

/// What follows a word, as manuals note it: `<must be there>`, `[may be there]`, `{this|that}`, `...` for more. For
/// messages and for tools; what is accepted is decided by the words' functions.
struct Form {
    std::string_view name;  ///< the name of its row; of actions, behind that of their rule set
    std::string_view form;
};

/// "<algorithm> [<arguments>]" for "balance"; empty if there is none.
std::string_view form_of(std::string_view name);
std::string_view form_of_bind_option(std::string_view name);
std::string_view form_of_server_option(std::string_view name);

// The tables, sorted by name; one file each.
std::span<const Form> rule_forms();
std::span<const Form> tuning_forms();
std::span<const Form> word_forms();
std::span<const Form> bind_option_forms();
std::span<const Form> server_option_forms();

}  // namespace cfgproxy::config
