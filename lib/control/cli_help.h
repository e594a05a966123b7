#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "control/cli_command.h"

namespace cfgproxy::control {

/// Finds the command, checks modes and level, runs it; for an unknown one answers with help.
void call_command(CliCall& call);

/// The answer to `help WORDS...` and to unknown commands: the commands that begin with the same words or, where a
/// word fits none, those that look alike, sorted; without words all of them.
std::string help_text(const std::vector<std::string_view>& words, const CliSettings& settings);

}  // namespace cfgproxy::control
