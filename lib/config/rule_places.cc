// Which data the rules of a statement can look at (manual 2.6 section 7.3), for warnings about conditions that never
// hold.
#include "config/rule_places.h"

#include <algorithm>

namespace cfgproxy::config {
namespace {

using namespace sample;

constexpr std::uint16_t kConnection = kInternal | kClient,
                        kRequest = kConnection | kRequestData | kRequestHead | kRequestBody | kTransaction,
                        kResponse = kConnection | kServer | kResponseData | kResponseHead | kResponseBody |
                                    kTransaction | kResponseFacts;

/// The point at which rules are run, and what there is to look at. The name is HAProxy's, "frontend " or "backend " in
/// front of it.
struct Place {
    std::string_view word, second;  ///< of the statement; no second: any
    std::string_view name;
    std::uint16_t available;
    enum class Side : std::uint8_t { frontend, backend } side;  ///< which one counts in a section that is both
    bool named = false;                                         ///< the message tells the ruleset
};
constexpr auto kFront = Place::Side::frontend, kBack = Place::Side::backend;
constexpr Place kPlaces[] = {
    {"tcp-request", "connection", "tcp-request connection rule", kConnection, kFront, true},
    {"tcp-request", "session", "tcp-request session rule", kConnection, kFront, true},
    {"tcp-request", "content", "tcp-request content rule", kRequest, kFront, true},
    {"tcp-response", "content", "tcp-response content rule", kResponse, kBack, true},
    {"http-request", {}, "http-request header rule", kRequest, kFront},
    {"redirect", {}, "http-request header rule", kRequest, kFront},
    {"stats", {}, "http-request header rule", kRequest, kFront},
    {"http-response", {}, "http-response header rule", kResponse, kBack},
    {"http-after-response", {}, "http-response header rule", kResponse, kBack},
    {"use_backend", {}, "use-backend rule", kRequest, kFront},
    {"use-server", {}, "use-server, balance or stick-match rule", kRequest, kBack},
    {"force-persist", {}, "tcp-request content rule", kRequest, kBack},
    {"ignore-persist", {}, "tcp-request content rule", kRequest, kBack},
    {"stick", "store-response", "stick-store rule", kResponse, kBack},
    {"stick", {}, "use-server, balance or stick-match rule", kRequest, kBack},
};

const Place* place_of(std::string_view word, std::string_view second) {
    const auto* place = std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Place& row) {
        return row.word == word && (row.second.empty() || row.second == second);
    });
    return place == std::end(kPlaces) ? nullptr : place;
}

bool is_available(const AclLine& line, const Place& place) {
    if (!line.expression) return true;
    const Fetch& fetch = *line.expression->fetch;
    // The handshake comes after the connection.
    if (place.second == "connection" && fetch.name.starts_with("ssl_")) return false;
    return (fetch.needs & place.available) != 0;
}

/// The name of the fetch or derivative as the line writes it.
std::string_view keyword_of(const AclLine& line) {
    const std::string_view text = line.expression->text;
    return text.substr(0, text.find_first_of("(,"));
}

std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string complaint_about(const Acl& acl, const Place& place, std::string_view where) {
    const auto wrong = std::find_if(acl.lines.begin(), acl.lines.end(),
                                    [&](const AclLine& line) { return !is_available(line, place); });
    if (wrong == acl.lines.end()) return {};
    const bool never = std::none_of(acl.lines.begin(), acl.lines.end(),
                                    [&](const AclLine& line) { return is_available(line, place); });
    std::string text = acl.name.empty() ? "anonymous acl" : "acl " + quote(acl.name);
    text += never ? " will never match" : " involves";
    if (place.named && never) text += " in " + quote(std::string(place.word) + " " + std::string(place.second));
    if (never && acl.name.empty())
        text += " because it uses keyword " + quote(keyword_of(*wrong)) + " which is";
    else if (never)
        text += " because it only involves keywords that are";
    else
        text += (place.named ? " keyword " : " keywords ") + quote(keyword_of(*wrong)) + " which is";
    return text + " incompatible with " + quote(where);
}

}  // namespace

std::string misplaced_condition(const sample::Condition& condition, std::string_view word, std::string_view second,
                                const model::Proxy& proxy) {
    const Place* place = place_of(word, second);
    if (!place) return {};
    // Servers are chosen, and cookies obeyed, in backends, whatever section the line stands in.
    const bool of_backend = word == "use-server" || word.ends_with("-persist") || word == "stick";
    const bool backend = of_backend || (place->side == kBack ? proxy.is_backend() : !proxy.is_frontend());
    const std::string where = (backend ? "backend " : "frontend ") + std::string(place->name);
    std::string partly;
    for (const auto& terms : condition.any_of)
        for (const auto& term : terms) {
            if (!term.acl) continue;
            std::string text = complaint_about(*term.acl, *place, where);
            if (text.find(" never match") != text.npos) return text;
            if (partly.empty()) partly = std::move(text);
        }
    return partly;
}

}  // namespace cfgproxy::config
