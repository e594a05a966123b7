#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/table.h"
#include "config/source.h"
#include "model/config.h"

namespace cfgproxy::config {

/// What reading leaves open: expressions whose arguments name things that may stand further down in the file.
struct Unresolved {
    struct Item {
        sample::Expression* expression;
        model::Proxy* proxy;  ///< whose rule it is in; null outside of proxies
        bool is_acl;
        std::string where;  ///< "in http-request expression in", as HAProxy's messages say; "in" for ACLs
        base::Place place;
    };
    std::vector<Item> expressions;
    std::vector<std::shared_ptr<const void>> kept;  ///< what holds some of them
};

/// What the passes share.
struct Finalizing {
    model::Config& config;
    Unresolved& unresolved;
    base::Diagnostics& diagnostics;

    void alert(const base::Place& place, std::string text);  ///< "config : text", no "parsing [...]"
    /// "config : parsing [file:line] : text".
    void alert_in_file(const base::Place& place, std::string_view text);
    void warning(const base::Place& place, std::string text);
};

/// One thing that can only be said or done when all sections are read. Passes run in the order of `order`, which is
/// that of HAProxy where one shows in messages. Layers above enter their own into base::Table<Pass>.
struct Pass {
    std::string_view name;
    int order = 0;
    void (*run)(Finalizing& finalizing) = nullptr;
};

/// Runs all passes: names resolved, defaults that depend on others computed, contradictions refused, HAProxy's
/// warnings given, ids assigned. After it the config is frozen.
void finalize(model::Config& config, Unresolved& unresolved, base::Diagnostics& diagnostics);

/// Of a configuration with errors: only says which names stand for nothing, so that they are told in one go with what
/// is wrong in single lines.
void find_names(model::Config& config, Unresolved& unresolved, base::Diagnostics& diagnostics);

/// What is allowed and looks like a mistake (-dD): names that nobody uses, rules that are never reached, patterns that
/// look like operators. Asked of a finalized configuration.
void tell_suspicions(const model::Config& config, base::Diagnostics& diagnostics);
/// The same for what stands behind the criterion of an `acl` line, while it is read.
void tell_odd_patterns(std::span<const Word> words, base::Diagnostics& diagnostics);

/// Looks up the host names of servers, each name once. Reports those that do not exist; false then.
bool resolve_servers(model::Config& config, base::Diagnostics& diagnostics);

/// Whether any proxy that runs has an address to listen on, or the statistics do.
bool has_listener(const model::Config& config);

}  // namespace cfgproxy::config
