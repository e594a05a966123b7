// `log-profile` sections, `log-steps`, and the rules that log on demand (HAProxy 3.4's manual, sections 8.3.5 and 4.3).
#include <algorithm>

#include "config/sections.h"
#include "keywords/actions.h"
#include "keywords/formats.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::LogOrigin;
using model::LogProfile;

struct StepName {
    std::string_view name;
    LogOrigin origin;
};
constexpr StepName kStages[] = {{"accept", LogOrigin::accept},
                                {"request", LogOrigin::request},
                                {"connect", LogOrigin::connect},
                                {"response", LogOrigin::response},
                                {"close", LogOrigin::close}};
constexpr StepName kRules[] = {
    {"tcp-req-conn", LogOrigin::tcp_req_conn}, {"tcp-req-sess", LogOrigin::tcp_req_sess},
    {"tcp-req-cont", LogOrigin::tcp_req_cont}, {"tcp-res-cont", LogOrigin::tcp_res_cont},
    {"quic-init", LogOrigin::quic_init},       {"http-req", LogOrigin::http_req},
    {"http-res", LogOrigin::http_res},         {"http-after-res", LogOrigin::http_after_res},
};

const StepName* find_step(std::string_view name) {
    for (std::span<const StepName> names : {std::span<const StepName>(kStages), std::span<const StepName>(kRules)})
        for (const StepName& row : names)
            if (row.name == name) return &row;
    return nullptr;
}

void* open_profile(Parser& parser) {
    const auto words = parser.words();
    if (words.size() < 2) {
        parser.alert(words[0], "missing name for log-profile section.");
        return nullptr;
    }
    if (parser.too_many(1, "log-profile")) return nullptr;
    const Word& name = words[1];
    if (auto bad = config::find_invalid_char(name.text); bad != std::string_view::npos) {
        parser.alert(name, "character '" + std::string(1, name.text[bad]) +
                               "' is not permitted in 'log-profile' name " + quoted(name.text) + ".");
        return nullptr;
    }
    if (const LogProfile* other = parser.config().find_log_profile(name.text)) {
        parser.alert(name, "log-profile section " + quoted(name.text) +
                               " has the same name as another log-profile section declared at " + *other->place.file +
                               ":" + std::to_string(other->place.line) + ".");
        return nullptr;
    }
    auto& profiles = parser.config().log_profiles;
    profiles.push_back(std::make_unique<LogProfile>());
    profiles.back()->name = name.text;
    profiles.back()->place = name.place;
    return profiles.back().get();
}

const config::SectionOpener kOpeners[] = {{.name = "log-profile", .open = open_profile}};
const base::Table<config::SectionOpener> kOpenersRegistered{kOpeners};

void set_profile_tag(Parser& parser) { parser.opened<LogProfile>().tag = parser.arg(0); }

/// `on STEP drop`, `on STEP [format F] [sd F]`.
void read_step(Parser& parser, std::string_view name, model::LogStep& step) {
    std::size_t at = 0;
    for (; at < parser.args().size(); at += 2) {
        const std::string_view word = parser.arg(at);
        if (word == "drop" && at == 0) {
            step.drop = true;
            at = 1;
            break;
        }
        if (word != "format" && word != "sd") break;
        step.drop = false;
        if (parser.arg(at + 1).empty())
            return parser.alert(parser.arg_word(at + 1),
                                "'on " + std::string(name) + " " + std::string(word) + "' expects a logformat string.");
        std::string error;
        auto format = compile_format(parser, parser.arg_word(at + 1), error, log::Use::line);
        if (!format) return parser.alert_tight(parser.arg_word(at + 1), "failed to parse logformat: " + error + ".");
        (word == "format" ? step.format : step.structured_data) = std::move(format);
    }
    if (at == 0 || at < parser.args().size())
        parser.alert(parser.arg_word(at), "'on " + std::string(name) + "' expects 'drop', 'format' or 'sd'.");
}

void on_step(Parser& parser) {
    LogProfile& profile = parser.opened<LogProfile>();
    const std::string_view name = parser.keyword().name.substr(3);
    if (name == "any" || name == "error") {
        auto& step = name == "any" ? profile.any : profile.error;
        if (!step) step.emplace();
        return read_step(parser, name, *step);
    }
    read_step(parser, name, profile.steps[find_step(name)->origin]);
}

/// `log-steps all` or a list of stages between commas.
void set_log_steps(Parser& parser) {
    auto& proxy = parser.proxy();
    if (!parser.in_defaults() && !proxy.is_frontend())
        return parser.warning(parser.words()[0], "log-steps will be ignored because " +
                                                     std::string(config::kind_of(proxy)) + " " + quoted(proxy.name) +
                                                     " has no frontend capability");
    if (parser.arg(0) == "all") {
        proxy.log_steps = ~0U;
        return;
    }
    for (std::string_view name : base::split(parser.arg(0), ',')) {
        if (name.empty()) continue;
        const StepName* step = find_step(name);
        if (!step) {
            std::string text = "invalid log step name (" + std::string(name) +
                               "). Expected values are: accept, request, connect, response, close";
            for (const StepName& row : kRules) text.append(", ").append(row.name);
            return parser.alert(parser.arg_word(0), text);
        }
        proxy.log_steps |= 1U << static_cast<unsigned>(step->origin);
    }
}

class DoLog final : public model::Action {
  public:
    DoLog(LogOrigin origin, std::string profile, base::Place place)
        : origin_(origin), profile_name_(std::move(profile)), place_(place) {}
    model::Verdict run(model::RuleContext& context) const override {
        if (context.log_writer) context.log_writer->write_log(origin_, profile_);
        return model::Verdict::next;
    }
    /// Looks the profile up once all sections are read.
    void resolve(config::Finalizing& finalizing) const {
        if (profile_name_.empty()) return;
        profile_ = finalizing.config.find_log_profile(profile_name_);
        if (!profile_)
            finalizing.alert_in_file(place_, "do-log action: profile " + quoted(profile_name_) + " is invalid.");
    }

  private:
    LogOrigin origin_;
    std::string profile_name_;
    base::Place place_;
    mutable const LogProfile* profile_ = nullptr;  // set while the configuration is read
};

LogOrigin origin_of(std::uint16_t rule_set) {
    switch (rule_set) {
        case kHttpRequest:
            return LogOrigin::http_req;
        case kHttpResponse:
            return LogOrigin::http_res;
        case kHttpAfterResponse:
            return LogOrigin::http_after_res;
        case kTcpConnection:
            return LogOrigin::tcp_req_conn;
        case kTcpSession:
            return LogOrigin::tcp_req_sess;
        case kTcpContent:
            return LogOrigin::tcp_req_cont;
        default:
            return LogOrigin::tcp_res_cont;
    }
}

std::unique_ptr<model::Action> parse_do_log(Parser& parser) {
    const auto words = parser.option_words();
    std::string profile;
    for (std::size_t at = 1; at < words.size(); at += 2) {
        if (words[at].text != "profile") {
            parser.complain(words[at], "expects 'profile' or nothing, got " + quoted(words[at].text));
            return nullptr;
        }
        if (at + 1 == words.size()) {
            parser.complain(words[at], "action 'do-log': 'profile' expects argument");
            return nullptr;
        }
        profile = words[at + 1].text;
    }
    return std::make_unique<DoLog>(origin_of(parser.rule_set), std::move(profile), words[0].place);
}

/// Targets and rules that name a profile.
void find_log_profiles(config::Finalizing& finalizing) {
    const auto resolve = [&](std::vector<model::LogTarget>& targets, const std::string& where) {
        for (model::LogTarget& target : targets) {
            if (target.profile_name.empty()) continue;
            target.profile = finalizing.config.find_log_profile(target.profile_name);
            if (!target.profile)
                finalizing.alert(target.place, where + " in file " + quoted(*target.place.file) + " at line " +
                                                   std::to_string(target.place.line) + " unknown log-profile " +
                                                   quoted(target.profile_name) + ".");
        }
    };
    resolve(finalizing.config.global.logs, "global log directive declared");
    for (const auto& section : finalizing.config.log_forwards)
        resolve(section->logs, "log directive declared in log-forward section " + quoted(section->name));
    for (const auto& app : finalizing.config.fcgi_apps)
        resolve(app->logs, "log directive declared in fcgi-app section " + quoted(app->name));
    for (const auto& proxy : finalizing.config.proxies) {
        resolve(proxy->logs, "log directive declared in proxy section " + quoted(proxy->name));
        for (const model::LogTarget& target : proxy->logs) {
            if (!target.profile) continue;
            const auto looks = [&](const model::LogStep& step) {
                if ((step.format && log::prints_server_side(*step.format)) ||
                    (step.structured_data && log::prints_server_side(*step.structured_data)))
                    proxy->log_server_side = true;
            };
            for (const auto& [origin, step] : target.profile->steps) looks(step);
            if (target.profile->any) looks(*target.profile->any);
        }
        for (const model::RuleSet* rules :
             {&proxy->http_request, &proxy->http_response, &proxy->http_after_response, &proxy->tcp_request_connection,
              &proxy->tcp_request_session, &proxy->tcp_request_content, &proxy->tcp_response_content})
            for (const model::Rule& rule : *rules)
                if (const auto* log = dynamic_cast<const DoLog*>(rule.action.get())) log->resolve(finalizing);
    }
}

/// Targets that are rings take the ring's format, which says how lines stand in it.
void find_rings(config::Finalizing& finalizing) {
    const auto resolve = [&](std::vector<model::LogTarget>& targets, const std::string& where) {
        for (model::LogTarget& target : targets) {
            if (target.ring.empty()) continue;
            const auto& rings = finalizing.config.rings;
            const auto found =
                std::find_if(rings.begin(), rings.end(), [&](const auto& ring) { return ring->name == target.ring; });
            if (found == rings.end()) {
                if (target.ring == "buf0") {
                    target.format = model::LogFormatKind::timed;
                    continue;
                }
                // HAProxy does not look after those of log-forward sections.
                const auto severity =
                    where.find("log-forward") == std::string::npos ? base::Severity::alert : base::Severity::warning;
                finalizing.diagnostics.general(severity, target.place,
                                               where + " in file " + quoted(*target.place.file) + " at line " +
                                                   std::to_string(target.place.line) + " uses unknown ring named " +
                                                   quoted(target.ring) + ".");
                continue;
            }
            const model::LogRing& ring = **found;
            if (ring.format != model::LogFormatKind::unspecified) target.format = ring.format;
            const std::uint32_t longest = ring.max_length ? ring.max_length : 1024;
            target.max_length = std::min<std::uint16_t>(
                target.max_length, static_cast<std::uint16_t>(std::min<std::uint32_t>(longest, 65535)));
        }
    };
    resolve(finalizing.config.global.logs, "global log directive declared");
    for (const auto& proxy : finalizing.config.proxies)
        resolve(proxy->logs, "log directive declared in proxy section " + quoted(proxy->name));
    for (const auto& section : finalizing.config.log_forwards)
        resolve(section->logs, "log directive declared in log-forward section " + quoted(section->name));
    for (const auto& app : finalizing.config.fcgi_apps)
        resolve(app->logs, "log directive declared in fcgi-app section " + quoted(app->name));
}

constexpr config::Pass kPasses[] = {{"find log profiles", 51, find_log_profiles}, {"find rings", 52, find_rings}};
const base::Table<config::Pass> kPassesRegistered{kPasses};

// clang-format off
constexpr ActionRow kActions[] = {
    {.name = "do-log", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_do_log, .since = "3.1"},
};
static_assert(base::well_formed(kActions));
const base::Table<ActionRow> kActionsRegistered{kActions};

constexpr Keyword kTable[] = {
    {.name = "log-steps", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_log_steps, .form = "log-steps: invalid arguments, expects 'all' or a composition of logging steps separated by commas.", .since = "3.1", .misplaced = Misplaced::own},
    {.name = "log-tag", .sections = kLogProfile, .arity = {1}, .support = Support::done, .parse = set_profile_tag, .form = "expects a tag for use in syslog.", .since = "3.1"},
    {.name = "on accept", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on any", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on close", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on connect", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on error", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on http-after-res", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on http-req", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on http-res", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on quic-init", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.4"},
    {.name = "on request", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on response", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on tcp-req-conn", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on tcp-req-cont", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on tcp-req-sess", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
    {.name = "on tcp-res-cont", .sections = kLogProfile, .support = Support::done, .parse = on_step, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
