#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/config.h"

namespace cfgproxy::config {

/// What `add server` has made of its words.
struct AddedServer {
    std::unique_ptr<model::Server> line;  ///< null: `told` says why
    std::string told;                     ///< messages, a line each
};

/// Reads a server for `proxy` while `config` runs (management.txt 9.3 "add server"): `words` are its name, its address
/// and options, as on a `server` line; `default-server` does not count. Host names are not looked up. Certificates and
/// trusted CAs come from the configuration's store, which reads those that it does not have. The line has no id unless
/// it says one. `is_added(backend, server)`: that server was added at run time too, and cannot be followed. Thread 0.
AddedServer read_added_server(const model::Config& config, const model::Proxy& proxy,
                              std::span<const std::string_view> words,
                              const std::function<bool(std::string_view, std::string_view)>& is_added);

/// The names of options that it takes, in the order of their tables: `add server help`.
std::vector<std::string_view> added_server_options();

}  // namespace cfgproxy::config
