#include "control/page_options.h"

#include <algorithm>

#include "base/letters.h"

namespace cfgproxy::control {

constexpr std::size_t kMaxScope = 20;
constexpr std::string_view kCodes[] = {"", "DENY", "DONE", "ERRP", "EXCD", "NONE", "PART", "UNKN", "IVAL"};

std::string_view code_of(Outcome outcome) { return kCodes[static_cast<std::size_t>(outcome)]; }

Outcome outcome_of(std::string_view code) {
    for (std::size_t i = 1; i < std::size(kCodes); ++i)
        if (kCodes[i] == code) return static_cast<Outcome>(i);
    return Outcome::unknown;
}

PageOptions parse_page_options(std::string_view tail) {
    const auto has = [&](std::string_view word) { return tail.find(word) != std::string_view::npos; };
    PageOptions options;
    options.up = has(";up");
    options.no_maintenance = has(";no-maint");
    options.no_refresh = has(";norefresh");
    if (has(";csv")) options.format = StatFormat::csv;
    if (has(";typed")) options.format = StatFormat::typed;
    if (has(";json")) options.format = StatFormat::json;
    options.schema = has(";json-schema");
    if (const auto at = tail.find(";st="); at != std::string_view::npos && tail.size() - at >= 8)
        options.outcome = outcome_of(tail.substr(at + 4, 4));
    if (const auto at = tail.find("scope="); at != std::string_view::npos) {
        std::string_view text = tail.substr(at + 6);
        text = text.substr(0, text.find_first_of(";& "));
        text = text.substr(0, kMaxScope);
        // What could not be part of a proxy's name is no search, and nothing that could be markup gets into the page.
        const bool valid = std::all_of(text.begin(), text.end(), [](char c) {
            return base::is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
        });
        if (valid) options.scope = text;
    }
    return options;
}

std::string link_to(std::string_view uri, const PageOptions& options, bool up, bool no_refresh) {
    std::string link(uri);
    if (up) link += ";up";
    if (no_refresh) link += ";norefresh";
    if (!options.scope.empty()) link += "?scope=" + options.scope;
    return link;
}

}  // namespace cfgproxy::control
