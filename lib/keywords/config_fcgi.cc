// `fcgi-app` sections and who uses them (manual 3.4 sections 9.5 and 10.1). `acl` is in config_rules.cc, `log-stderr`
// in config_log.cc.
#include <algorithm>

#include "keywords/formats.h"
#include "keywords/sample_support.h"
#include "keywords/sections.h"
#include "log/format.h"

namespace cfgproxy::keywords {
namespace {

using model::FcgiApp;
using model::Filter;

// --- the section ---------------------------------------------------------------------------------------------

/// As parameters are told from each other: lower case, '_' for all but letters and digits.
std::string parameter_name(std::string_view name) {
    std::string kept = base::lower(name);
    for (char& c : kept)
        if (!base::is_digit(c) && (c < 'a' || c > 'z')) c = '_';
    return kept;
}

bool add_parameter(Parser& parser, FcgiApp& app, std::string_view name, const Word& value,
                   std::unique_ptr<sample::Condition> when) {
    std::string error;
    auto format = compile_format(parser, value, error, log::Use::value);
    if (!format) {
        parser.alert(value, quoted(name) + " : " + error + ".");
        return false;
    }
    app.parameters.push_back({parameter_name(name), std::move(format), std::move(when)});
    return true;
}

// About the connection, or secret: programs do not get them unless the file says so.
constexpr std::string_view kHidden[] = {
    "connection", "keep-alive", "authorization",     "proxy",  "proxy-authorization", "proxy-authenticate",
    "te",         "trailers",   "transfer-encoding", "upgrade"};

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
    FcgiApp& app = *add_named(parser, all);
    app.scope = std::make_unique<model::Proxy>();
    app.scope->name = app.name;
    app.scope->capabilities = model::kBackend;
    app.scope->mode = model::Mode::http;
    app.scope->place = app.place;
    parser.enter_scope(*app.scope);
    const base::Place& place = parser.words()[0].place;
    add_parameter(parser, app, "REMOTE_USER", {"%[http_auth_user]", place}, nullptr);
    add_parameter(parser, app, "AUTH_TYPE", {"%[http_auth_type]", place}, nullptr);
    for (const std::string_view name : kHidden) app.headers.push_back({std::string(name), false, nullptr});
    return &app;
}

template <std::string FcgiApp::*Member>
void set_app_text(Parser& parser) {
    parser.opened<FcgiApp>().*Member = parser.arg(0);
}
template <bool FcgiApp::*Member>
void set_app_switch(Parser& parser) {
    parser.opened<FcgiApp>().*Member = !parser.negated();
}

void set_path_info(Parser& parser) {
    auto regex = sample::Regex::compile(parser.arg(0), false);
    if (!regex) return parser.alert(parser.arg_word(0), quoted(parser.arg(0)) + " : " + regex.error() + ".");
    parser.opened<FcgiApp>().path_info = *regex;
}

/// The condition behind the arguments of a rule, from the `from`-th word on. False after a report.
bool read_condition(Parser& parser, std::size_t from, std::unique_ptr<sample::Condition>& when) {
    const auto args = parser.args();
    if (args.size() <= from) return true;
    if (!Parser::begins_condition(args[from].text)) {
        parser.alert(args[from], quoted(args[0].text) + " : expects 'if' or 'unless' followed by a condition, got " +
                                     quoted(args[from].text) + ".");
        return false;
    }
    when = parser.condition(args, from, quoted(args[0].text));
    return when != nullptr;
}

void add_passed_header(Parser& parser) {
    std::unique_ptr<sample::Condition> when;
    if (!read_condition(parser, 1, when)) return;
    parser.opened<FcgiApp>().headers.push_back({base::lower(parser.arg(0)), true, std::move(when)});
}

void add_set_param(Parser& parser) {
    std::unique_ptr<sample::Condition> when;
    if (read_condition(parser, 2, when))
        add_parameter(parser, parser.opened<FcgiApp>(), parser.arg(0), parser.arg_word(1), std::move(when));
}

void set_max_requests(Parser& parser) {
    const std::int64_t number = config::leading_number(parser.arg(0));
    if (number <= 0)
        return parser.alert(parser.arg_word(0), "option 'max-reqs' expects a strictly positive integer argument.");
    assign_number(parser.opened<FcgiApp>().max_requests, number);
}

void report_unknown_option(Parser& parser) {
    if (parser.args().empty()) return parser.alert(parser.words()[0], "'option' expects an option name.");
    parser.alert(parser.arg_word(0), "unknown option " + quoted(parser.arg(0)) + ".");
}

// --- who uses it ---------------------------------------------------------------------------------------------

Filter* find_app_filter(model::Proxy& proxy) {
    for (Filter& filter : proxy.filters)
        if (filter.kind == Filter::Kind::fcgi_app) return &filter;
    return nullptr;
}

void use_app(Parser& parser) {
    const Filter* known = find_app_filter(parser.proxy());
    if (known && known->name != parser.arg(0))
        return parser.alert(parser.arg_word(0), "'use-fcgi-app' : only one fcgi-app supported per backend.");
    if (!known) parser.proxy().filters.push_back({.kind = Filter::Kind::fcgi_app, .name = std::string(parser.arg(0))});
}

/// Gives the application its place among other filters, and is a use of it as good as `use-fcgi-app`.
void add_app_filter(Parser& parser) {
    if (parser.args().empty())
        return parser.alert(parser.words()[1], "'filter' : fcgi-app : expects a <name> argument.");
    if (parser.too_many(1, "filter fcgi-app")) return;
    auto& filters = parser.proxy().filters;
    std::erase_if(filters, [&](const Filter& filter) {
        return filter.kind == Filter::Kind::fcgi_app && filter.name == parser.arg(0);
    });
    filters.push_back({.kind = Filter::Kind::fcgi_app, .name = std::string(parser.arg(0))});
}

/// Applications do not ask.
void check_listeners(config::Finalizing& finalizing, const model::Proxy& proxy) {
    for (const model::Bind& bind : proxy.binds)
        if (bind.proto == model::Proto::fcgi)
            finalizing.alert(bind.endpoint.place, std::string(config::kind_of(proxy)) + " " + quoted(proxy.name) +
                                                      " : MUX protocol 'fcgi' is not usable for 'bind " +
                                                      bind.endpoint.text + "' at [" + *bind.endpoint.place.file + ":" +
                                                      std::to_string(bind.endpoint.place.line) + "].");
}

bool speaks_fcgi(const std::unique_ptr<model::Server>& server) { return server->proto == model::Proto::fcgi; }

void settle_user(config::Finalizing& finalizing, model::Proxy& proxy) {
    const std::string who = "proxy " + quoted(proxy.name);
    std::size_t uses = 0;
    for (const Filter& filter : proxy.filters) {
        if (filter.kind != Filter::Kind::fcgi_app) continue;
        for (const auto& app : finalizing.config.fcgi_apps)
            if (app->name == filter.name) proxy.fcgi_app = app.get();
        if (!proxy.fcgi_app)
            return finalizing.alert(proxy.place, who + " : fcgi-app " + quoted(filter.name) + " not found.");
        ++uses;
    }
    if (uses > 1) return finalizing.alert(proxy.place, who + " : only one fcgi-app supported per backend.");
    for (const Filter& filter : proxy.filters)
        if (uses > 0 && filter.kind != Filter::Kind::fcgi_app && !filter.is_compression())
            return finalizing.alert(proxy.place, "config: " + who +
                                                     ": require an explicit filter declaration to use the fcgi-app " +
                                                     quoted(proxy.fcgi_app->name) + ".");
    const auto server = std::find_if(proxy.servers.begin(), proxy.servers.end(), speaks_fcgi);
    if (!proxy.fcgi_app) {
        if (server != proxy.servers.end())
            finalizing.alert(proxy.place,
                             who + ": FCGI server " + quoted((*server)->name) + " has no FCGI app configured.");
        return;
    }
    if (proxy.mode != model::Mode::http)
        return finalizing.alert(proxy.place, who + ": FCGI application cannot be used in non-HTTP mode.");
    if (server == proxy.servers.end())
        return finalizing.alert(proxy.place, who + ": FCGI app configured but no FCGI server found.");
    // Programs are told the length of the payload before any of it, so it is waited for; and to them many names look
    // the same.
    proxy.options.http_buffer_request = true;
    if (proxy.options.restrict_names == model::RestrictNames::unset)
        proxy.options.restrict_names = model::RestrictNames::delete_;
}

void settle_apps(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        check_listeners(finalizing, *proxy);
        settle_user(finalizing, *proxy);
    }
    for (const auto& app : finalizing.config.fcgi_apps) {
        const std::string who = "fcgi-app " + quoted(app->name);
        if (app->docroot.empty()) finalizing.alert(app->place, who + ": no docroot configured.");
        if (app->multiplexed || app->get_values) continue;
        if (app->max_requests > 1)
            finalizing.warning(app->place, who + ": multiplexing not supported, ignore the option 'max-reqs'.");
        app->max_requests = 1;
    }
}

constexpr config::Pass kPasses[] = {{"settle FastCGI applications", 57, settle_apps}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

// --- fetches -------------------------------------------------------------------------------------------------

template <std::string FcgiApp::*Member>
Found fetch_app_text(const Context& context, Arguments, Cursor&, Value& out) {
    const FcgiApp* app = context.backend ? context.backend->fcgi_app : nullptr;
    if (!app || (app->*Member).empty()) return Found::no;
    return found_text(out, app->*Member);
}

constexpr Fetch kFetches[] = {
    {.name = "fcgi.docroot",
     .needs = sample::kRequestHead,
     .support = Support::done,
     .run = fetch_app_text<&FcgiApp::docroot>,
     .since = "2.1"},
    {.name = "fcgi.index",
     .needs = sample::kRequestHead,
     .support = Support::done,
     .run = fetch_app_text<&FcgiApp::index>,
     .since = "2.1"},
};
static_assert(base::well_formed(kFetches));
const base::Table<Fetch> kRegisteredFetches{kFetches};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "docroot", .sections = kFcgiApp, .arity = {1, 1}, .support = Support::done, .parse = set_app_text<&FcgiApp::docroot>, .form = "expects <path> as argument.", .since = "2.1"},
    {.name = "filter fcgi-app", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_app_filter, .since = "2.1"},
    {.name = "index", .sections = kFcgiApp, .arity = {1, 1}, .support = Support::done, .parse = set_app_text<&FcgiApp::index>, .form = "expects <filename> as argument.", .since = "2.1"},
    {.name = "option", .sections = kFcgiApp, .support = Support::done, .parse = report_unknown_option, .prefixes = kNo, .since = "2.1"},
    {.name = "option get-values", .sections = kFcgiApp, .arity = {0, 0}, .support = Support::done, .parse = set_app_switch<&FcgiApp::get_values>, .prefixes = kNo, .since = "2.1"},
    {.name = "option keep-conn", .sections = kFcgiApp, .arity = {0, 0}, .support = Support::done, .parse = set_app_switch<&FcgiApp::keep_connection>, .prefixes = kNo, .since = "2.1"},
    {.name = "option max-reqs", .sections = kFcgiApp, .arity = {1, 1}, .support = Support::done, .parse = set_max_requests, .form = "expects an integer argument.", .since = "2.1"},
    {.name = "option mpxs-conns", .sections = kFcgiApp, .arity = {0, 0}, .support = Support::done, .parse = set_app_switch<&FcgiApp::multiplexed>, .prefixes = kNo, .since = "2.1"},
    {.name = "pass-header", .sections = kFcgiApp, .arity = {1}, .support = Support::done, .parse = add_passed_header, .form = "expects <name> as arguments.", .since = "2.1"},
    {.name = "path-info", .sections = kFcgiApp, .arity = {1, 1}, .support = Support::done, .parse = set_path_info, .form = "expects <regex> as argument.", .since = "2.1"},
    {.name = "set-param", .sections = kFcgiApp, .arity = {2}, .support = Support::done, .parse = add_set_param, .form = "expects <name> and <value> as arguments.", .since = "2.1"},
    {.name = "use-fcgi-app", .sections = kInBackend | kInListen, .arity = {1, 1}, .support = Support::done, .parse = use_app, .form = "expects <name> as argument.", .since = "2.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"fcgi-app", open_fcgi_app}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

}  // namespace
}  // namespace cfgproxy::keywords
