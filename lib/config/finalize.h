#pragma once
#include <memory>
#include <string>
#include <unordered_map>
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

/// How what is found behind the lines is told.
struct Reporting {
    base::Diagnostics& diagnostics;

    void alert(const base::Place& place, std::string text);  ///< "config : text", no "parsing [...]"
    /// "config : parsing [file:line] : text".
    void alert_in_file(const base::Place& place, std::string_view text);
    void warning(const base::Place& place, std::string text);
    /// "[file:line] : 'server b/s' : text"
    void alert_of_server(const model::Proxy& proxy, const model::Server& server, const std::string& text);
};

/// What the passes share.
struct Finalizing : Reporting {
    model::Config& config;
    Unresolved& unresolved;
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

// What is settled of each server by itself: by passes, and for one that is added while the configuration runs.
void settle_limits(const model::Global& global, model::Server& server);
/// `healthcheck NAME`, and whether `check-proto` goes with what is checked.
void settle_own_check(Reporting& reporting, const model::Config& config, const model::Proxy& proxy,
                      model::Server& server);
void settle_sni(const model::Config& config, const model::Proxy& proxy, model::Server& server);
/// `track` has neither checks nor a state of its own beside it; false after an alert.
bool goes_with_tracking(Reporting& reporting, const model::Proxy& proxy, const model::Server& server);
/// `track`: there is such a server, it has checks of its own, and no circle is made. What it finds is noted in
/// `followed`.
using Followed = std::unordered_map<const model::Server*, const model::Server*>;
void check_tracked(Reporting& reporting, const model::Config& config, const model::Proxy& proxy,
                   const model::Server& server, Followed& followed);
/// Certificates and trusted CAs that are not in the store yet are read; the server's context joins the store's.
void prepare_tls(Reporting& reporting, const model::Config& config, const model::Proxy& proxy, model::Server& server);

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
