#pragma once
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "model/config.h"

namespace cfgproxy::config {

/// What reading leaves open: expressions whose arguments name things that may stand further down in the file.
struct Unresolved {
    struct Item {
        sample::Expression* expression;
        model::Proxy* proxy;  ///< whose rule it is in
        std::string keyword;  ///< the fetch, for messages
        bool is_acl;
        base::Place place;
    };
    std::vector<Item> expressions;
};

/// Whatever can only be said when all sections are read, as a list of small named passes: names resolved, defaults that
/// depend on others computed, contradictions refused, HAProxy's warnings given. Adds ids. After it the config is
/// frozen.
void finalize(model::Config& config, Unresolved& unresolved, base::Diagnostics& diagnostics);

/// Whether any proxy that runs has an address to listen on.
bool has_listener(const model::Config& config);

}  // namespace cfgproxy::config
