#include "config/forms.h"

#include <algorithm>

namespace cfgproxy::config {

namespace {

std::string_view find_in(std::span<const Form> table, std::string_view name) {
    auto at = std::lower_bound(table.begin(), table.end(), name,
                               [](const Form& row, std::string_view wanted) { return row.name < wanted; });
    return at != table.end() && at->name == name ? at->form : std::string_view();
}

}  // namespace

std::string_view form_of(std::string_view name) {
    for (auto table : {rule_forms(), tuning_forms(), word_forms()})
        if (auto form = find_in(table, name); !form.empty()) return form;
    return {};
}

std::string_view form_of_bind_option(std::string_view name) { return find_in(bind_option_forms(), name); }
std::string_view form_of_server_option(std::string_view name) { return find_in(server_option_forms(), name); }

}  // namespace cfgproxy::config
