#include "config/rule_places.h"

#include <algorithm>

#include "sample/checkpoint.h"

namespace cfgproxy::config {
namespace {

using namespace sample;

enum class Use : std::uint8_t { all, values, conditions };

/// When a statement's rule is evaluated: a checkpoint if its section is a frontend, and one if it is a backend; none
/// where the statement is ignored.
struct RulePlace {
    std::string_view word, second, third;  ///< of the statement; none: any. The last one: how the word begins
    std::uint32_t front, back;
    Use use = Use::all;
    bool named = false;  ///< warnings tell the ruleset
};
// The first row that fits counts. Tables are written to, and captures made, as if always on one side; what is done to
// the connection is judged as if HTTP rules did it, and timeouts are not judged at all.
constexpr RulePlace kPlaces[] = {
    {"tcp-request", {}, "set-src", kFrontRequest, kBackRequest, Use::values},
    {"tcp-request", {}, "set-dst", kFrontRequest, kBackRequest, Use::values},
    {"tcp-request", {}, "set-mark", kFrontRequest, kBackRequest, Use::values},
    {"tcp-request", {}, "set-tos", kFrontRequest, kBackRequest, Use::values},
    {"http-request", "set-timeout", {}, 0, 0, Use::values},
    {"http-response", "set-timeout", {}, 0, 0, Use::values},
    {"tcp-request", "connection", {}, kFrontTcpConnection, kFrontTcpConnection, Use::all, true},
    {"tcp-request", "session", {}, kFrontTcpSession, kFrontTcpSession, Use::all, true},
    {"tcp-request", "content", "sc-", kFrontTcpContent, kFrontTcpContent, Use::values},
    {"tcp-request", "content", {}, kFrontTcpContent, kBackTcpContent, Use::all, true},
    {"tcp-response", "content", "sc-", kBackTcpResponse, kBackTcpResponse, Use::values},
    {"tcp-response", "content", {}, kFrontTcpResponse, kBackTcpResponse, Use::all, true},
    {"http-request", "capture", {}, kFrontRequest, kFrontRequest, Use::values},
    {"http-request", "sc-", {}, kFrontRequest, kFrontRequest, Use::values},
    {"http-request", {}, {}, kFrontRequest, kBackRequest},
    {"http-response", "capture", {}, kFrontResponse, kFrontResponse, Use::values},
    {"http-response", "sc-", {}, kBackResponse, kBackResponse, Use::values},
    {"http-response", {}, {}, kFrontResponse, kBackResponse},
    {"http-after-response", {}, {}, kFrontResponse, kBackResponse},
    {"redirect", {}, {}, kFrontRequest, kBackRequest},
    {"stats", {}, {}, kFrontRequest, kBackRequest},
    {"unique-id-format", {}, {}, kFrontRequest, kBackRequest},
    {"set-param", {}, {}, kBackRequest, kBackRequest},
    {"use_backend", {}, {}, kFrontRequest, kFrontRequest, Use::values},
    {"use_backend", {}, {}, kFrontUseBackend, kFrontUseBackend},
    {"use-server", {}, {}, kFrontRequest, kFrontRequest, Use::values},
    {"use-server", {}, {}, kBackPickServer, kBackPickServer},
    {"balance", {}, {}, kBackPickServer, kBackPickServer},
    {"force-persist", {}, {}, kBackTcpContent, kBackTcpContent},
    {"ignore-persist", {}, {}, kBackTcpContent, kBackTcpContent},
    {"stick", "store-response", {}, kBackStickStore, kBackStickStore},
    {"stick", {}, {}, kBackPickServer, kBackPickServer},
    {"server", {}, {}, kBackConnect, kBackConnect},
    {"default-server", {}, {}, kBackConnect, kBackConnect},
    {"server-template", {}, {}, kBackConnect, kBackConnect},
    {"tcp-check", {}, {}, kCheckRules, kCheckRules},
    {"http-check", {}, {}, kCheckRules, kCheckRules},
    {"option", "httpchk", {}, kCheckRules, kCheckRules},
    {"log-format", {}, {}, kLogs, 0},
    {"log-format-sd", {}, {}, kLogs, 0},
    {"error-log-format", {}, {}, kLogs, kLogs},
    {"on", {}, {}, kLogs, kLogs},  // of log-profile
};

bool begins(const Site& site, std::size_t at, std::string_view with) {
    return with.empty() || (at < site.words.size() && site.words[at].text.starts_with(with));
}

/// Null: nothing is known of such a statement.
const RulePlace* place_of(const Site& site, Use use) {
    if (site.words.empty()) return nullptr;
    const auto* place = std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const RulePlace& row) {
        return row.word == site.words[0].text && begins(site, 1, row.second) && begins(site, 2, row.third) &&
               (row.use == Use::all || row.use == use);
    });
    return place == std::end(kPlaces) ? nullptr : place;
}

/// The checkpoints at which it is evaluated: two in a section that is both frontend and backend.
std::uint32_t evaluated_at(const RulePlace& place, const model::Proxy* proxy) {
    if (!proxy || (proxy->capabilities & model::kDefaults)) return place.front | place.back;
    return (proxy->is_frontend() ? place.front : 0) | (proxy->is_backend() ? place.back : 0);
}

bool has_value(const AclLine& line, std::uint32_t checkpoints) {
    return !line.expression || (valid_at(line.expression->fetch->needs) & checkpoints);
}

/// The name of the fetch or derivative as the line writes it.
std::string_view keyword_of(const AclLine& line) {
    const std::string_view text = line.expression->text;
    return text.substr(0, text.find_first_of("(,"));
}

std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string complaint_about(const Acl& acl, const Site& site, bool named, std::uint32_t checkpoints) {
    const auto wrong = std::find_if(acl.lines.begin(), acl.lines.end(),
                                    [&](const AclLine& line) { return !has_value(line, checkpoints); });
    if (wrong == acl.lines.end()) return {};
    const bool never = std::none_of(acl.lines.begin(), acl.lines.end(),
                                    [&](const AclLine& line) { return has_value(line, checkpoints); });
    std::string text = acl.name.empty() ? "anonymous acl" : "acl " + quote(acl.name);
    text += never ? " will never match" : " involves";
    if (named && never) text += " in " + quote(std::string(site.words[0].text) + " " + std::string(site.words[1].text));
    if (never && acl.name.empty())
        text += " because it uses keyword " + quote(keyword_of(*wrong)) + " which is";
    else if (never)
        text += " because it only involves keywords that are";
    else
        text += (named ? " keyword " : " keywords ") + quote(keyword_of(*wrong)) + " which is";
    return text + " incompatible with " + quote(checkpoint_name(checkpoints));
}

}  // namespace

std::uint32_t checkpoints_of(const Site& site) {
    const RulePlace* place = place_of(site, Use::values);
    return place ? evaluated_at(*place, site.proxy) : 0;
}

std::string misplaced_condition(const Condition& condition, const Site& site) {
    const RulePlace* place = place_of(site, Use::conditions);
    if (!place) return {};
    const std::uint32_t checkpoints = evaluated_at(*place, site.proxy);
    if (checkpoints == 0) return {};
    std::string partly;
    for (const auto& terms : condition.any_of)
        for (const auto& term : terms) {
            if (!term.acl) continue;
            std::string text = complaint_about(*term.acl, site, place->named, checkpoints);
            if (text.find(" never match") != text.npos) return text;
            if (partly.empty()) partly = std::move(text);
        }
    return partly;
}

}  // namespace cfgproxy::config
