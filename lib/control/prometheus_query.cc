#include <algorithm>

#include "base/text.h"
#include "control/prometheus.h"
#include "control/text.h"

namespace cfgproxy::control {
namespace {

bool add_scope(std::string_view name, std::uint32_t& scopes) {
    struct Known {
        std::string_view name;
        std::uint32_t scopes;
    };
    constexpr Known kKnown[] = {{"*", MetricsQuery::kAll},
                                {"global", MetricsQuery::kGlobal},
                                {"frontend", MetricsQuery::kFrontend},
                                {"backend", MetricsQuery::kBackend},
                                {"server", MetricsQuery::kServer},
                                {"listener", MetricsQuery::kListener},
                                {"sticktable", MetricsQuery::kTable},
                                {"resolver", 0}};
    if (name.empty()) {
        scopes = 0;
        return true;
    }
    for (const Known& known : kKnown) {
        if (known.name != name) continue;
        scopes |= known.scopes;
        return true;
    }
    return false;
}

void add_metrics(std::string_view list, MetricsQuery& query) {
    for (std::string_view name : base::split(list, ',')) {
        const bool exclude = name.starts_with('-');
        if (exclude) name.remove_prefix(1);
        if (!name.empty()) (exclude ? query.unwanted : query.wanted).emplace_back(name);
    }
}

}  // namespace

bool MetricsQuery::wants(std::string_view prefix, std::string_view name) const {
    const auto is_it = [&](const std::string& known) {
        return known.size() == prefix.size() + name.size() && known.starts_with(prefix) && known.ends_with(name);
    };
    if (std::any_of(unwanted.begin(), unwanted.end(), is_it)) return false;
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), is_it);
}

std::optional<MetricsQuery> parse_metrics_query(std::string_view query) {
    MetricsQuery parsed;
    bool scoped = false;
    query = query.substr(0, query.find('#'));
    if (query.empty()) return parsed;
    for (std::string_view parameter : base::split(query, '&')) {
        const auto equals = parameter.find('=');
        const bool has_value = equals != parameter.npos;
        std::string name, value;
        if (!decode_form_value(parameter.substr(0, equals), name)) return std::nullopt;
        if (has_value && (parameter.find('=', equals + 1) != parameter.npos ||
                          !decode_form_value(parameter.substr(equals + 1), value)))
            return std::nullopt;
        if (name == "scope") {
            if (!scoped) parsed.scopes = 0;
            scoped = true;
            if (!has_value || !add_scope(value, parsed.scopes)) return std::nullopt;
        } else if (name == "metrics") {
            if (!has_value) return std::nullopt;
            add_metrics(value, parsed);
        } else if (name == "no-maint") {
            parsed.hide_maintenance = true;
        } else if (name == "desc-labels") {
            parsed.describe = true;
        }
    }
    return parsed;
}

}  // namespace cfgproxy::control
