// The sections `crt-store` and `acme` (manual 3.4 sections 3.11 and 12.8): read and checked, not executed yet.
#include <strings.h>

#include <algorithm>

#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
    for (std::string_view one : all)
        if (text == one) return true;
    return false;
}

/// `load crt FILE [alias NAME] [key FILE]...`: pairs of words, `crt` among them.
void check_load(Parser& parser) {
    static constexpr std::string_view kParameters[] = {"acme",    "alias",          "bits",        "crt", "curves",
                                                       "domains", "generate-dummy", "issuer",      "jwt", "key",
                                                       "keytype", "ocsp",           "ocsp-update", "sctl"};
    const auto words = parser.words();
    bool has_certificate = false;
    for (std::size_t i = 1; i < words.size(); i += 2) {
        const std::string_view name = words[i].text;
        if (std::find(std::begin(kParameters), std::end(kParameters), name) == std::end(kParameters))
            return parser.alert(words[i], "'load " + std::string(name) + "' in section 'crt-store': unknown keyword " +
                                              quoted(name) + ".");
        if (i + 1 == words.size())
            return parser.alert(words[i], "'load " + std::string(name) + "' in section 'crt-store': missing argument.");
        const std::string_view value = words[i + 1].text;
        has_certificate |= name == "crt";
        if (is_one_of(name, {"ocsp-update", "jwt", "generate-dummy"}) && !is_one_of(value, {"on", "off"}))
            return parser.alert(words[i + 1], "'load " + std::string(name) +
                                                  "' in section 'crt-store': expects 'on' or 'off' (got " +
                                                  quoted(value) + ").");
    }
    if (!has_certificate)
        parser.alert(words.back(), "'load' in section 'crt-store': mandatory 'crt' parameter not found.");
}

std::string of_acme(Parser& parser) { return "keyword " + quoted(parser.keyword().name) + " in 'acme' section "; }

void check_switch(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"on", "off"}))
        parser.alert_tight(parser.arg_word(0), of_acme(parser) + "requires either the 'on' or 'off' parameter");
}

void check_key_type(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"RSA", "ECDSA"}))
        parser.alert_tight(parser.arg_word(0), of_acme(parser) + "requires either 'RSA' or 'ECDSA' argument");
}

void check_bits(Parser& parser) {
    if (!base::parse_uint(parser.arg(0)))
        parser.alert(parser.arg_word(0),
                     "cannot parse 'bits' value " + quoted(parser.arg(0)) + ", an integer is expected.");
}

void check_challenge(Parser& parser) {
    const std::string name(parser.arg(0));
    for (const char* known : {"http-01", "dns-01", "dns-persist-01"})
        if (strcasecmp(name.c_str(), known) == 0) return;
    parser.alert_tight(parser.arg_word(0),
                       "keyword 'challenge' in 'acme' must be one of the following: http-01, dns-01, dns-persist-01");
}

void check_mac(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"HS256", "HS384", "HS512"}))
        parser.alert_tight(parser.arg_word(0),
                           "keyword 'eab-mac-alg' in 'acme' must be one of the following: HS256, HS384, HS512");
}

void check_ready(Parser& parser) {
    const auto parts = base::split(parser.arg(0), ',');
    for (std::string_view part : parts) {
        if (!is_one_of(part, {"cli", "dns", "delay", "none"}))
            return parser.alert_tight(parser.arg_word(0), of_acme(parser) +
                                                              "requires parameter separated by commas: "
                                                              "'cli', 'dns' or 'none'");
        if (part == "none" && parts.size() > 1)
            return parser.alert_tight(parser.arg_word(0),
                                      "keyword 'challenge-ready' in 'acme' can't combine 'none' "
                                      "with other keywords.");
    }
}

void check_time(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::s);
    if (time.status != config::Duration::Status::ok)
        parser.alert_tight(parser.arg_word(0),
                           describe_time_problem(time, parser.arg(0), parser.keyword().name, config::TimeUnit::s));
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "account-key", .sections = kAcme, .arity = {1, 1}, .form = "requires a filename argument", .since = "3.2"},
    {.name = "acme-vars", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.3"},
    {.name = "bits", .sections = kAcme, .arity = {1, 1}, .parse = check_bits, .form = "requires an argument", .since = "3.2"},
    {.name = "challenge", .sections = kAcme, .arity = {1, 1}, .parse = check_challenge, .form = "requires an argument", .since = "3.2"},
    {.name = "challenge-ready", .sections = kAcme, .arity = {1, 1}, .parse = check_ready, .form = "requires an argument", .since = "3.4"},
    {.name = "contact", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "crt-base", .sections = kCrtStore, .arity = {1, 1}, .form = "requires an argument.", .since = "3.0"},
    {.name = "curves", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "directory", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "dns-delay", .sections = kAcme, .arity = {1, 1}, .parse = check_time, .form = "requires an argument", .since = "3.4"},
    {.name = "dns-timeout", .sections = kAcme, .arity = {1, 1}, .parse = check_time, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-key-id", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-mac-alg", .sections = kAcme, .arity = {1, 1}, .parse = check_mac, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-mac-key", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "key-base", .sections = kCrtStore, .arity = {1, 1}, .form = "requires an argument.", .since = "3.0"},
    {.name = "keytype", .sections = kAcme, .arity = {1, 1}, .parse = check_key_type, .form = "requires an argument", .since = "3.2"},
    {.name = "load", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load acme", .sections = kCrtStore, .parse = check_load, .since = "3.2"},
    {.name = "load alias", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load bits", .sections = kCrtStore, .parse = check_load, .since = "3.3"},
    {.name = "load crt", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load curves", .sections = kCrtStore, .parse = check_load, .since = "3.3"},
    {.name = "load domains", .sections = kCrtStore, .parse = check_load, .since = "3.2"},
    {.name = "load generate-dummy", .sections = kCrtStore, .parse = check_load, .since = "3.4"},
    {.name = "load issuer", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load jwt", .sections = kCrtStore, .parse = check_load, .since = "3.3"},
    {.name = "load key", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load keytype", .sections = kCrtStore, .parse = check_load, .since = "3.3"},
    {.name = "load ocsp", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load ocsp-update", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "load sctl", .sections = kCrtStore, .parse = check_load, .since = "3.0"},
    {.name = "map", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "profile", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "provider-name", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.3"},
    {.name = "reuse-key", .sections = kAcme, .arity = {1, 1}, .parse = check_switch, .form = "requires an argument", .since = "3.3"},
    {.name = "trace", .sections = kTraces, .arity = {1}, .form = "expects a source and its settings.", .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
