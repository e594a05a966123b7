#include "config/sections.h"

#include <algorithm>

#include "base/letters.h"
#include "config/reader.h"

namespace cfgproxy::config {
namespace {

bool is_name_char(char c) { return base::is_alnum(c) || c == '.' || c == '_' || c == '-'; }

std::string declared_at(const base::Place& place) {
    return (place.file ? *place.file : std::string()) + ":" + std::to_string(place.line);
}

std::uint8_t capabilities_of(Section section) {
    if (section == kInFrontend) return model::kFrontend;
    if (section == kInBackend) return model::kBackend;
    return model::kListen;
}

bool has_rules(const model::Proxy& proxy) {
    return !(proxy.http_request.empty() && proxy.http_response.empty() && proxy.http_after_response.empty() &&
             proxy.tcp_request_connection.empty() && proxy.tcp_request_session.empty() &&
             proxy.tcp_request_content.empty() && proxy.tcp_response_content.empty());
}

/// Rules of a named `defaults` section come before the section's own.
void inherit_rules(const model::Proxy& from, model::Proxy& to) {
    to.http_request = from.http_request;
    to.http_response = from.http_response;
    to.http_after_response = from.http_after_response;
    to.tcp_request_connection = from.tcp_request_connection;
    to.tcp_request_session = from.tcp_request_session;
    to.tcp_request_content = from.tcp_request_content;
    to.tcp_response_content = from.tcp_response_content;
    if (to.is_frontend()) to.request_captures = from.request_captures;  // slots that `http-request capture` made
}

void inherit(const model::Proxy& from, model::Proxy& to) {
    static_cast<model::ProxySettings&>(to) = from;
    to.stats.inherited = to.health_check.tcp.inherited = to.health_check.http.inherited = true;
}

/// Slots of captures are a frontend's.
bool gets_captures_in_vain(const model::Proxy& from, const model::Proxy& to) {
    return to.is_backend() && !from.request_captures.empty();
}

std::string captures_refused(const model::Proxy& from) {
    return "backend or defaults sections cannot inherit from a defaults section defining captures (defaults section "
           "at " +
           declared_at(from.place) + ").";
}

std::string not_permitted(char c, std::string_view kind, std::string_view name) {
    std::string text = "character '";
    text.append(1, c).append("' is not permitted in '").append(kind).append("' name '").append(name).append("'.");
    return text;
}

}  // namespace

std::size_t find_invalid_domain_char(std::string_view name) {
    if (name.empty()) return 0;
    auto at = std::find_if_not(name.begin(), name.end(), is_name_char);
    return at == name.end() ? std::string_view::npos : static_cast<std::size_t>(at - name.begin());
}

std::size_t find_invalid_char(std::string_view name) {
    if (name.empty()) return 0;
    auto at = std::find_if_not(name.begin(), name.end(), [](char c) { return is_name_char(c) || c == ':'; });
    return at == name.end() ? std::string_view::npos : static_cast<std::size_t>(at - name.begin());
}

Sections::Sections(model::Config& config, base::Diagnostics& diagnostics)
    : config_(config), diagnostics_(diagnostics), last_defaults_(&built_in_) {
    built_in_.capabilities = model::kDefaults | model::kListen;
}

bool Sections::open(const SectionWord& section, std::span<const Word> words, Open& open) {
    switch (section.section) {
        case kGlobal:
            return open_global(words);
        case kUserlist:
            return open_userlist(words, open);
        case kInDefaults:
            return open_defaults(words, open);
        case kHealthcheck:
            return open_health_check(words, open);
        default:
            return open_proxy(section.section, words, open);
    }
}

bool Sections::open_global(std::span<const Word> words) {
    if (words.size() > 1)
        alert(words[1], "'global' cannot handle unexpected argument '" + std::string(words[1].text) + "'.");
    return true;
}

/// A proxy that has nothing but a check, so that the words of checks need not know where they stand.
bool Sections::open_health_check(std::span<const Word> words, Open& open) {
    if (words.size() < 2) {
        alert(words[0], "'healthcheck' expects <name> as arguments.");
        return false;
    }
    const std::string_view name = words[1].text;
    if (words.size() > 2) {
        alert(words[2], "'healthcheck' cannot handle unexpected argument '" + std::string(words[2].text) + "'.");
        return false;
    }
    if (auto bad = find_invalid_char(name); bad != std::string_view::npos) {
        alert(words[1], not_permitted(name.empty() ? ' ' : name[bad], "healthcheck", name));
        return false;
    }
    for (const auto& other : config_.health_checks)
        if (other->name == name)
            alert(words[1],
                  "healthcheck section '" + std::string(name) + "' already exists " + declared_at(other->place) + ".");
    auto section = std::make_unique<model::Proxy>();
    section->name = name;
    section->place = words[1].place;
    section->capabilities = model::kBackend;
    open.proxy = section.get();
    open.inherited = &built_in_;
    config_.health_checks.push_back(std::move(section));
    return true;
}

bool Sections::open_userlist(std::span<const Word> words, Open& open) {
    if (words.size() < 2) {
        alert(words[0], "'userlist' expects <name> as arguments.");
        return false;
    }
    std::string_view name = words[1].text;
    if (words.size() > 2) {
        alert(words[2], "'userlist' cannot handle unexpected argument '" + std::string(words[2].text) + "'.");
        return false;
    }
    if (auto bad = find_invalid_char(name); bad != std::string_view::npos) {
        alert(words[1], not_permitted(name.empty() ? ' ' : name[bad], "userlist", name));
        return false;
    }
    for (const auto& list : config_.userlists) {
        if (list->name != name) continue;
        diagnostics_.warning(words[1].place, "ignoring duplicated userlist '" + std::string(name) + "'.");
        // HAProxy goes on filling the section it read last.
        open.userlist = config_.userlists.back().get();
        return true;
    }
    auto list = std::make_unique<model::Userlist>();
    list->name = name;
    list->place = words[1].place;
    open.userlist = list.get();
    config_.userlists.push_back(std::move(list));
    return true;
}

const model::Proxy* Sections::find_defaults(const Word& word, std::string_view kind, std::string_view for_name) {
    auto [first, last] = named_defaults_.equal_range(word.text);
    const std::string name(word.text), user = std::string(kind) + " '" + std::string(for_name) + "'";
    if (first == last) {
        alert(word, "defaults section '" + name + "' not found for " + user + ".");
        return nullptr;
    }
    const model::Proxy* found = first->second;
    if (std::next(first) != last) {
        const model::Proxy* other = std::next(first)->second;
        if (other->place.line < found->place.line) std::swap(found, other);
        alert(word, "ambiguous defaults section name '" + name + "' referenced by " + user + " exists at least at " +
                        declared_at(found->place) + " and " + declared_at(other->place) + ".");
    }
    if (auto bad = find_invalid_char(name); bad != std::string_view::npos)
        alert(word, "character '" + std::string(1, name[bad]) + "' is not permitted in defaults section name '" + name +
                        "' when designated by its name (section found at " + declared_at(found->place) + ").");
    return found;
}

void Sections::mark_use(const model::Proxy& defaults, bool by_name, const Word& word) {
    if (&defaults == &built_in_) return;
    Use& use = uses_[&defaults];
    (by_name ? use.by_name : use.by_position) = true;
    if (!use.by_name || !use.by_position) return;
    diagnostics_.alert_but_continue(
        word.place, "defaults section '" + defaults.name + "' (declared at " + declared_at(defaults.place) +
                        ") is explicitly referenced by another proxy and implicitly used here. To avoid any ambiguity "
                        "don't mix both usage. Add a last defaults section not explicitly used or always use explicit "
                        "references.");
}

bool Sections::open_defaults(std::span<const Word> words, Open& open) {
    // defaults | defaults NAME | defaults from OTHER | defaults NAME from OTHER
    const bool unnamed = words.size() == 1 || (words.size() == 3 && words[1].text == "from");
    const std::size_t at = unnamed ? 1 : 2;
    std::string_view name = unnamed ? std::string_view{} : words[1].text;
    auto proxy = std::make_unique<model::Proxy>();
    proxy->name = name;
    proxy->place = words[std::min<std::size_t>(1, words.size() - 1)].place;
    proxy->capabilities = model::kDefaults | model::kListen;
    open.inherited = &built_in_;
    if (words.size() > at + 1 && words[at].text == "from") {
        const model::Proxy* from = find_defaults(words[at + 1], "defaults", name);
        if (!from) return false;
        mark_use(*from, true, words[at + 1]);
        if (has_rules(*from))
            alert(words[at + 1],
                  "a defaults section cannot inherit from a defaults section defining TCP/HTTP rules "
                  "(defaults section at " +
                      declared_at(from->place) + ").");
        if (gets_captures_in_vain(*from, *proxy)) alert(words[at + 1], captures_refused(*from));
        inherit(*from, *proxy);
        open.inherited = from;
    } else if (words.size() > at) {
        // No release looks at them.
        diagnostics_.warning(words[at].place, "'defaults' has no effect of the words from '" +
                                                  std::string(words[at].text) + "' on: they are not looked at.");
    }
    open.proxy = proxy.get();
    last_defaults_ = proxy.get();
    config_.defaults.push_back(std::move(proxy));
    if (!name.empty()) named_defaults_.emplace(open.proxy->name, open.proxy);
    return true;
}

void Sections::check_duplicate(Section section, const Word& name, const model::Proxy& proxy) {
    const auto& map = section == kInBackend ? backends_ : frontends_;
    auto found = map.find(name.text);
    if (found == map.end() && section == kInListen) {
        found = backends_.find(name.text);
        if (found == backends_.end()) return;
    } else if (found == map.end()) {
        return;
    }
    const model::Proxy& other = *found->second;
    // An error since 1.6 and a warning before: both proxies run, only a rule that names them must be refused.
    warning(name, std::string(kind_of(proxy)) + " '" + std::string(name.text) + "' has the same name as " +
                      std::string(kind_of(other)) + " '" + other.name + "' declared at " + declared_at(other.place) +
                      ".");
}

bool Sections::may_inherit_rules(const model::Proxy& from, const model::Proxy& proxy, const Word& word) {
    const std::string at = " (defaults section at " + declared_at(from.place) + ").";
    const bool connection_rules = !from.tcp_request_connection.empty() || !from.tcp_request_session.empty();
    std::uint8_t& used_by = uses_[&from].capabilities;
    if (proxy.capabilities == model::kListen) {
        alert(word, "a listen section cannot inherit from a defaults section defining TCP/HTTP rules.");
    } else if (used_by && used_by != proxy.capabilities) {
        alert(word,
              "frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules" + at);
    } else if (!proxy.is_frontend() && connection_rules) {
        alert(word,
              "a backend section cannot inherit from a defaults section defining 'tcp-request connection' or "
              "'tcp-request session' rules" +
                  at);
    } else if (!proxy.is_backend() && !from.tcp_response_content.empty()) {
        alert(word,
              "a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules" + at);
    } else {
        used_by = proxy.capabilities;
        return true;
    }
    return false;
}

bool Sections::open_proxy(Section section, std::span<const Word> words, Open& open) {
    const std::string_view kind = name_of(section);
    if (words.size() < 2) {
        alert(words[0], "'" + std::string(kind) + "' expects an <id> argument");
        return false;
    }
    auto proxy = std::make_unique<model::Proxy>();
    proxy->name = words[1].text;
    proxy->place = words[1].place;
    proxy->capabilities = capabilities_of(section);
    if (auto bad = find_invalid_char(proxy->name); bad != std::string_view::npos)
        alert(words[1], not_permitted(proxy->name.empty() ? ' ' : proxy->name[bad], kind, proxy->name));
    check_duplicate(section, words[1], *proxy);

    const model::Proxy* from = last_defaults_;
    std::size_t rest = 2;
    if (words.size() > 3 && words[2].text == "from") {
        from = find_defaults(words[3], kind_of(*proxy), proxy->name);
        if (!from) return false;
        mark_use(*from, true, words[3]);
        rest = 4;
    } else {
        mark_use(*from, false, words[1]);
        if (words.size() > 2 && section != kInBackend) open.addresses = words.subspan(2, 1);
        rest += open.addresses.size();
    }
    if (words.size() > rest)
        alert(words[rest],
              "'" + std::string(kind) + "' cannot handle unexpected argument '" + std::string(words[rest].text) + "'.");
    if (gets_captures_in_vain(*from, *proxy)) alert(words[1], captures_refused(*from));
    inherit(*from, *proxy);
    if (has_rules(*from) && may_inherit_rules(*from, *proxy, words[1])) inherit_rules(*from, *proxy);
    open.inherited = from;
    open.proxy = proxy.get();
    config_.proxies.push_back(std::move(proxy));
    if (open.proxy->is_frontend()) frontends_.try_emplace(open.proxy->name, open.proxy);
    if (open.proxy->is_backend()) backends_.try_emplace(open.proxy->name, open.proxy);
    return true;
}

}  // namespace cfgproxy::config
