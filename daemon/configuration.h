#pragma once
#include <memory>

#include "config/reader.h"
#include "messages.h"
#include "model/config.h"
#include "options.h"
#include "resources.h"

namespace cfgproxy::daemon {

/// How files are read, as the command line says. `-L` and the environment are taken as they are at this moment.
config::LoadOptions load_options(const Options& options);

/// Reads the operands of a subcommand as one configuration; `-` is standard input.
config::Loaded load_operands(std::vector<std::string> files, const config::LoadOptions& load);

/// Diagnostics laid out for stderr; on a terminal with the lines they are about.
std::string lay_out(config::Loaded& loaded, const Messages& messages);

/// Reads the files of the command line and prints what there is to say. Null after an error, the usage text if there
/// was no file at all; then the program ends with status 1.
std::unique_ptr<model::Config> load_configuration(const Options& options, Messages& messages, bool& has_listener);

/// Puts into a configuration that was just read what the command line decides above it: -n, -N, -dS, the mode, and the
/// limits that follow. After this the configuration is frozen. Also for the configurations of later reloads.
Limits complete(model::Config& config, const Options& options);

/// -c: the words on stdout and the exit status: 0, or 2 if nothing listens.
int tell_verdict(const model::Config& config, bool has_listener, const Messages& messages);

/// -cc: 0 true, 1 false, 2 not a condition.
int evaluate(const std::string& condition, const Options& options, Messages& messages);

}  // namespace cfgproxy::daemon
