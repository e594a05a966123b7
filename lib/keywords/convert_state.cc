#include "keywords/sample_support.h"
#include "model/config.h"
#include "model/server_path.h"
#include "sample/checkpoint.h"
#include "sample/condition.h"
#include "sample/facts.h"

/// What runs, asked for by a name that comes with the traffic: nbsrv, srv_is_up, srv_queue, fe_exists; and `when`,
/// which lets a value pass or not (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

const model::Config* config_of(const Context& context) { return context.live ? context.live->config() : nullptr; }

/// "backend/server", or "server" of the current backend.
const model::Server* find_server(const Context& context, std::string_view name) {
    const model::Config* config = config_of(context);
    if (!config) return nullptr;
    const model::ServerPath path(name);
    const model::Proxy* backend = path.backend ? config->find_backend(*path.backend) : context.backend;
    return backend ? backend->find_server(path.server) : nullptr;
}

bool convert_nbsrv(const Context& context, Arguments, Value& value) {
    const model::Config* config = config_of(context);
    const model::Proxy* backend = config ? config->find_backend(value.text) : nullptr;
    if (!backend) return false;
    value.set_int(context.live->usable_servers(*backend));
    return true;
}

bool convert_srv_is_up(const Context& context, Arguments, Value& value) {
    const model::Server* server = find_server(context, value.text);
    if (!server) return false;
    value.set_bool(context.live->is_up(*server));
    return true;
}

bool convert_srv_queue(const Context& context, Arguments, Value& value) {
    const model::Server* server = find_server(context, value.text);
    if (!server) return false;
    value.set_int(context.live->queued(*server));
    return true;
}

bool convert_fe_exists(const Context& context, Arguments, Value& value) {
    const model::Config* config = config_of(context);
    value.set_bool(config && config->find_frontend(value.text));
    return true;
}

// --- when ---------------------------------------------------------------------------------------------------------

enum class When : std::int64_t { stopping, normal, error, forwarded, toapplet, processed, acl };
constexpr std::string_view kWhen[] = {"stopping", "normal", "error", "forwarded", "toapplet", "processed", "acl"};

bool is_true(const Context& context, sample::Fact fact) {
    std::int64_t number = 0;
    return context.live && context.live->fact(fact, number) && number != 0;
}

bool holds(const Context& context, When when) {
    using sample::Fact;
    switch (when) {
        case When::stopping:
            return context.live && context.live->is_stopping();
        case When::normal:
            return !is_true(context, Fact::troubled);
        case When::error:
            return is_true(context, Fact::troubled);
        case When::forwarded:
            return is_true(context, Fact::forwarded);
        case When::toapplet:
            return is_true(context, Fact::applet);
        case When::processed:
            return is_true(context, Fact::forwarded) || is_true(context, Fact::applet);
        case When::acl:
            break;  // it has a condition of its own
    }
    return false;
}

constexpr std::int64_t kNegated = 64;

bool convert_when(const Context& context, Arguments args, Value&) {
    const std::int64_t number = args[0].number;
    const auto* acl = static_cast<const sample::Condition*>(args[0].object.get());
    const bool yes = acl ? acl->test(context) == Found::yes : holds(context, static_cast<When>(number % kNegated));
    return yes != (number >= kNegated);
}

base::Result<void> prepare_acl(std::vector<Argument>& args) {
    if (args.size() < 2 || args[1].text.empty())
        return base::Error{"'acl' selector requires an extra argument with the ACL name"};
    auto condition = sample::condition_of_names(std::span(&args[1].text, 1));
    if (!condition) return base::Error{"'acl' selector: " + condition.error()};
    args[0].object = std::const_pointer_cast<sample::Condition>(*condition);
    return {};
}

base::Result<void> prepare_when(std::vector<Argument>& args) {
    std::string_view name = args[0].text;
    const bool negated = name.starts_with('!');
    if (negated) name.remove_prefix(1);
    for (std::size_t i = 0; i < std::size(kWhen); ++i) {
        if (name != kWhen[i]) continue;
        args[0].number = static_cast<std::int64_t>(i) + (negated ? kNegated : 0);
        return name == "acl" ? prepare_acl(args) : base::Result<void>{};
    }
    return base::Error{
        "expects a supported keyword among {stopping,normal,error,forwarded,toapplet,processed,acl} but got '" +
        std::string(name) + "'"};
}

// --- acl(name,...) ------------------------------------------------------------------------------------------------

Found fetch_acl(const Context& context, Arguments args, Cursor&, Value& out) {
    const Found found = static_cast<const sample::Condition*>(args[0].object.get())->test(context);
    return found == Found::not_yet ? found : found_bool(out, found == Found::yes);
}

base::Result<void> prepare_acls(std::vector<Argument>& args) {
    std::vector<std::string> names;
    for (const Argument& arg : args) names.push_back(arg.text);
    auto condition = sample::condition_of_names(names);
    if (!condition) return base::Error{condition.error()};
    args[0].object = std::const_pointer_cast<sample::Condition>(*condition);
    return {};
}

constexpr auto kDone = Support::done;

// clang-format off
constexpr Fetch kFetches[] = {
    {.name = "acl", .args = "string[,string,string,string,string,string,string,string,string,string,string,string]", .out = Type::boolean, .needs = sample::kNothing, .support = kDone, .run = fetch_acl, .prepare = prepare_acls, .since = "2.9"},
};
// clang-format on
static_assert(base::well_formed(kFetches));
const base::Table<Fetch> kRegisteredFetches{kFetches};

// clang-format off
constexpr Converter kTable[] = {
    {.name = "fe_exists", .out = Type::boolean, .support = kDone, .run = convert_fe_exists, .since = "3.4"},
    {.name = "nbsrv", .out = Type::sint, .support = kDone, .run = convert_nbsrv, .since = "1.8"},
    {.name = "srv_is_up", .out = Type::boolean, .support = kDone, .run = convert_srv_is_up, .since = "3.3"},
    {.name = "srv_queue", .out = Type::sint, .support = kDone, .run = convert_srv_queue, .since = "2.1"},
    {.name = "when", .args = "string[,string,string]", .in = Type::any, .out = Type::any, .support = kDone, .run = convert_when, .prepare = prepare_when, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
