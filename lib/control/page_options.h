#pragma once
#include <string>
#include <string_view>

#include "control/stat_format.h"

namespace cfgproxy::control {

/// What became of an action, as `;st=` carries it from the answer to the form to the page.
enum class Outcome : std::uint8_t { none_asked, deny, done, errp, excd, none, part, unknown, ival };
/// "DONE", "ERRP"...
std::string_view code_of(Outcome outcome);
Outcome outcome_of(std::string_view code);

/// What stands behind the page's address: ";up;norefresh;csv?scope=ab".
struct PageOptions {
    StatFormat format = StatFormat::html;
    bool schema = false;  ///< ;json-schema
    bool up = false, no_maintenance = false, no_refresh = false;
    Outcome outcome = Outcome::none_asked;
    std::string scope;  ///< at most 20 characters; empty: all
};
/// `tail` is the target behind the page's address.
PageOptions parse_page_options(std::string_view tail);

/// The page's own address with some of its options, for links.
std::string link_to(std::string_view uri, const PageOptions& options, bool up, bool no_refresh);

}  // namespace cfgproxy::control
