#pragma once
#include <memory>
#include <string_view>

#include "control/cli_command.h"
#include "server/backend.h"

namespace cfgproxy::control {

/// Looks up what a command names ("name" or "#id"); null after the error was put into the call's answer.
const model::Proxy* find_frontend(CliCall& call, std::string_view name);
const model::Proxy* find_backend(CliCall& call, std::string_view name);
/// "backend/server".
std::shared_ptr<server::Server> find_server(CliCall& call, std::string_view path);
/// Any proxy, or what stands for a number; null: none of that name.
const model::Proxy* proxy_named(const model::Config& config, std::string_view name, std::uint8_t capability);
/// As atoi(): the number at the front, 0 if there is none.
long long leading_number(std::string_view text);
/// Asks for `level` beyond what the command's row asks for.
bool has_level(CliCall& call, Level level);

}  // namespace cfgproxy::control
