// What -dD and `check --verbose` say beside HAProxy's warnings: things that are allowed and look like mistakes.
#include <algorithm>
#include <unordered_set>

#include "config/finalize_internal.h"
#include "model/server_path.h"
#include "sample/condition.h"

namespace cfgproxy::config {

using model::Proxy;

namespace {

class Suspicions {
  public:
    Suspicions(const model::Config& config, base::Diagnostics& diagnostics)
        : config_(config), diagnostics_(diagnostics) {}

    void tell() {
        find_used_backends();
        for (const auto& proxy : config_.proxies) {
            if (proxy->disabled) continue;
            tell_unused(*proxy);
            tell_same_cookies(*proxy);
            tell_unreached(*proxy);
        }
    }

  private:
    void say(const base::Place& place, std::string text) {
        diagnostics_.add({base::Severity::diag, place, std::move(text)});
    }

    void find_used_backends() {
        for (const auto& proxy : config_.proxies) {
            if (proxy->default_backend_proxy) used_.insert(proxy->default_backend_proxy);
            for (const auto& rule : proxy->use_backends) {
                if (rule.backend) used_.insert(rule.backend);
                any_may_be_used_ = any_may_be_used_ || rule.dynamic;
            }
            for (const auto& target : proxy->switch_targets)
                if (target->backend) used_.insert(target->backend);
            for (const auto& server : proxy->servers)
                if (const model::ServerPath tracked(server->track); tracked.backend)
                    used_.insert(config_.find_backend(*tracked.backend));
        }
    }

    void tell_unused(const Proxy& proxy) {
        // The order of a hash is nobody's: by name.
        std::vector<const sample::Acl*> unused;
        for (const auto& [name, acl] : proxy.acls)
            if (!acl->used) unused.push_back(acl.get());
        std::sort(unused.begin(), unused.end(),
                  [](const sample::Acl* a, const sample::Acl* b) { return a->place.line < b->place.line; });
        for (const sample::Acl* acl : unused)
            say(acl->place, "acl " + quoted(acl->name) + " is declared and never used.");
        const bool has_other_use = proxy.is_frontend() || proxy.stick_table || any_may_be_used_;
        if (!has_other_use && !used_.contains(&proxy))
            say(proxy.place, "backend " + quoted(proxy.name) + " is declared and never used.");
    }

    void tell_same_cookies(const Proxy& proxy) {
        if (proxy.cookie.kind == model::CookieSettings::Kind::none) return;
        std::unordered_set<std::string_view> seen;
        for (const auto& server : proxy.servers) {
            if (server->cookie.empty() || server->backup) continue;
            if (!seen.insert(server->cookie).second)
                say(server->place, "'server " + server->name +
                                       "' : same cookie value is set for a previous non-backup server in the same "
                                       "backend, it may break connection persistence");
        }
    }

    void tell_unreached(const Proxy& proxy) {
        const auto& rules = proxy.use_backends;
        const auto always = std::find_if(rules.begin(), rules.end(), [](const auto& rule) { return !rule.when; });
        if (always == rules.end()) return;
        for (auto rule = always + 1; rule != rules.end(); ++rule)
            say(rule->place, "this 'use_backend' rule is never reached: the one at line " +
                                 std::to_string(always->place.line) + " has no condition.");
        if (!proxy.default_backend.empty())
            say(proxy.default_backend_place,
                "this 'default_backend' rule is never reached: the 'use_backend' rule at line " +
                    std::to_string(always->place.line) + " has no condition.");
    }

    const model::Config& config_;
    base::Diagnostics& diagnostics_;
    std::unordered_set<const Proxy*> used_;
    bool any_may_be_used_ = false;  ///< a rule's target is known only when it runs
};

/// Why a pattern may be none; empty if nothing speaks against it.
std::string_view doubt_about(std::string_view pattern) {
    const std::string_view name = pattern.substr(0, pattern.find_first_of("(,"));
    if (pattern == "&&" || pattern == "and" || pattern == "||" || pattern == "or")
        return "looks like a failed attempt at using an operator inside a pattern list";
    if (pattern == "#" || pattern == "//") return "looks like a failed attempt at commenting an end of line";
    if (base::Table<sample::AclName>::find(name)) return "suspiciously looks like a known acl keyword";
    if (base::Table<sample::Fetch>::find(name)) return "suspiciously looks like a known sample fetch keyword";
    return {};
}

}  // namespace

void tell_odd_patterns(std::span<const Word> words, base::Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view text = words[i].text;
        if (text == "-f" || text == "-m" || text == "-u") ++i;
        if (text.starts_with('-')) continue;
        if (const auto doubt = doubt_about(text); !doubt.empty())
            diagnostics.add(
                {base::Severity::diag, words[i].place, "pattern " + quoted(text) + " " + std::string(doubt)});
    }
}

void tell_suspicions(const model::Config& config, base::Diagnostics& diagnostics) {
    Suspicions(config, diagnostics).tell();
}

}  // namespace cfgproxy::config
