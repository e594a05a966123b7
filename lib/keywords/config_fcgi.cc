// The `fcgi-app` section (manual 2.6 section 10.1): read and checked, not executed yet.
#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

using model::FcgiApp;

void* open_fcgi_app(Parser& parser) {
    if (parser.args().empty()) {
        parser.alert(parser.words()[0], "'fcgi-app' expects <name> as argument");
        return nullptr;
    }
    if (!has_good_name(parser, "fcgi-app")) return nullptr;
    auto& all = parser.config().fcgi_apps;
    if (const FcgiApp* other = find_named(all, parser.arg(0))) {
        parser.alert_tight(parser.arg_word(0), "fcgi-app section " + quoted(other->name) +
                                                   " has the same name as another one " + declared_at(other->place));
        return nullptr;
    }
    return add_named(parser, all);
}

template <std::string FcgiApp::*Member>
void set_app_text(Parser& parser) {
    parser.opened<FcgiApp>().*Member = parser.arg(0);
}
template <bool FcgiApp::*Member>
void set_app_switch(Parser& parser) {
    parser.opened<FcgiApp>().*Member = !parser.negated();
}

void set_path_info(Parser& parser) { parser.opened<FcgiApp>().path_info = parser.arg(0); }

void add_passed_header(Parser& parser) { parser.opened<FcgiApp>().passed_headers.emplace_back(parser.arg(0)); }

void set_max_requests(Parser& parser) {
    const std::int64_t number = config::leading_number(parser.arg(0));
    if (number <= 0) return parser.alert(parser.arg_word(0), "'option max-reqs' expects a strictly positive integer.");
    assign_number(parser.opened<FcgiApp>().max_requests, number);
}

void report_unknown_option(Parser& parser) {
    if (parser.args().empty()) return parser.alert(parser.words()[0], "'option' expects an option name.");
    parser.alert(parser.arg_word(0), "unknown option " + quoted(parser.arg(0)) + ".");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "acl", .sections = kFcgiApp, .arity = {2}, .form = "expects <name> and <criterion> as arguments.", .since = "2.1"},
    {.name = "docroot", .sections = kFcgiApp, .arity = {1, 1}, .parse = set_app_text<&FcgiApp::docroot>, .form = "expects a path as argument.", .since = "2.1"},
    {.name = "index", .sections = kFcgiApp, .arity = {1, 1}, .parse = set_app_text<&FcgiApp::index>, .form = "expects a script name as argument.", .since = "2.1"},
    {.name = "log-stderr", .sections = kFcgiApp, .arity = {1}, .form = "expects a log target as argument.", .since = "2.1"},
    {.name = "option", .sections = kFcgiApp, .support = Support::done, .parse = report_unknown_option, .prefixes = kNo, .since = "2.1"},
    {.name = "option get-values", .sections = kFcgiApp, .arity = {0, 0}, .parse = set_app_switch<&FcgiApp::get_values>, .prefixes = kNo, .since = "2.1"},
    {.name = "option keep-conn", .sections = kFcgiApp, .arity = {0, 0}, .parse = set_app_switch<&FcgiApp::keep_connection>, .prefixes = kNo, .since = "2.1"},
    {.name = "option max-reqs", .sections = kFcgiApp, .arity = {1, 1}, .parse = set_max_requests, .form = "expects an integer argument.", .since = "2.1"},
    {.name = "option mpxs-conns", .sections = kFcgiApp, .arity = {0, 0}, .parse = set_app_switch<&FcgiApp::multiplexed>, .prefixes = kNo, .since = "2.1"},
    {.name = "pass-header", .sections = kFcgiApp, .arity = {1}, .parse = add_passed_header, .form = "expects <name> and an optional condition.", .since = "2.1"},
    {.name = "path-info", .sections = kFcgiApp, .arity = {1, 1}, .parse = set_path_info, .form = "expects a regex as argument.", .since = "2.1"},
    {.name = "set-param", .sections = kFcgiApp, .arity = {2}, .form = "expects <name> and <value> as arguments.", .since = "2.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"fcgi-app", open_fcgi_app}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

}  // namespace
}  // namespace cfgproxy::keywords
