// Words of `global` that concern TLS (manual 2.6, sections 3.1 and 3.2).
#include "keywords/setters.h"
#include "keywords/tls_versions.h"

namespace cfgproxy::keywords {
namespace {

using model::Global;
using model::TlsDefaults;
using net::TlsVersion;

/// `ssl-default-bind-ciphers` and its kin.
template <TlsDefaults Global::*Side, std::string TlsDefaults::*Member>
void set_default(Parser& parser) {
    (parser.global().*Side).*Member = parser.arg(0);
}

std::string unknown_option(Parser& parser, std::string_view option) {
    return "unknown option " + quoted(option) + " on global statement " + quoted(parser.words()[0].text) + ".";
}

/// Words as bind and server lines have them: "ssl-min-ver TLSv1.2 no-tls-tickets".
template <TlsDefaults Global::*Side, bool ForBind>
void set_default_options(Parser& parser) {
    TlsDefaults& defaults = parser.global().*Side;
    for (std::size_t i = 0; i < parser.args().size(); ++i) {
        const std::string_view option = parser.arg(i);
        if (option == "no-tls-tickets") {
            defaults.tickets = false;
        } else if (ForBind && option == "prefer-client-ciphers") {
            defaults.prefer_client_ciphers = true;
        } else if (option == "ssl-min-ver" || option == "ssl-max-ver") {
            const TlsVersion version = version_named(parser.arg(++i));
            if (version == TlsVersion::any)
                return parser.alert(parser.arg_word(i),
                                    (parser.arg(i).empty() ? quoted(option) + " : missing the ssl/tls version"
                                                           : quoted(parser.arg(i)) + " : unknown ssl/tls version") +
                                        " on global statement " + quoted(parser.words()[0].text) + ".");
            (option == "ssl-min-ver" ? defaults.min : defaults.max) = version;
        } else if (const TlsVersion version = version_behind("no-", option); version != TlsVersion::any) {
            defaults.off |= static_cast<std::uint8_t>(1 << static_cast<int>(version));
        } else if (const TlsVersion forced = version_behind("force-", option); forced != TlsVersion::any) {
            defaults.min = defaults.max = forced;
        } else {
            return parser.alert(parser.arg_word(i), unknown_option(parser, option));
        }
    }
}

void set_server_verify(Parser& parser) {
    if (parser.arg(0) == "none")
        parser.global().verify_servers = net::TlsVerify::none;
    else if (parser.arg(0) == "required")
        parser.global().verify_servers = net::TlsVerify::required;
    else
        parser.alert(parser.arg_word(0), "'ssl-server-verify' expects 'none' or 'required' as argument.");
}

void set_cache_size(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0) return parser.alert(parser.arg_word(0), "'tune.ssl.cachesize' expects a positive numeric value.");
    assign_number(parser.global().tls_cache_sessions, number);
}

void set_lifetime(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::s);
    if (time.status != config::Duration::Status::ok)
        return parser.alert(parser.arg_word(0),
                            describe_time_problem(time, parser.arg(0), "tune.ssl.lifetime", config::TimeUnit::s));
    assign_number(parser.global().tls_session_seconds, time.value);
}

void set_hello_room(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0)
        return parser.alert(parser.arg_word(0),
                            "'" + std::string(parser.keyword().name) + "' expects a positive numeric value.");
    assign_number(parser.global().tls_hello_room, number);
}

void set_keep_secrets(Parser& parser) {
    const std::string_view word = parser.arg(0);
    if (word != "on" && word != "off")
        return parser.alert(parser.arg_word(0),
                            "'tune.ssl.keylog' expects either 'on' or 'off' but got '" + std::string(word) + "'.");
    parser.global().tls_keep_secrets = word == "on";
}

void set_security_level(Parser& parser) {
    const auto level = base::parse_int(parser.arg(0));
    if (!level || *level < 0 || *level > 5)
        return parser.alert(parser.arg_word(0), "'ssl-security-level' expects a security level between 0 and 5");
    parser.global().tls_security_level = static_cast<std::int32_t>(*level);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "ssl-default-bind-ciphers", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_bind, &TlsDefaults::ciphers>, .form = "global statement 'ssl-default-bind-ciphers' expects a cipher suite as an argument.", .since = "1.5"},
    {.name = "ssl-default-bind-ciphersuites", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_bind, &TlsDefaults::ciphersuites>, .form = "global statement 'ssl-default-bind-ciphersuites' expects a cipher suite as an argument.", .since = "1.9"},
    {.name = "ssl-default-bind-client-sigalgs", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_bind, &TlsDefaults::client_sigalgs>, .form = "global statement 'ssl-default-bind-client-sigalgs' expects signature algorithms as an argument.", .since = "2.8"},
    {.name = "ssl-default-bind-curves", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_bind, &TlsDefaults::curves>, .form = "global statement 'ssl-default-bind-curves' expects a curves suite as an argument.", .since = "2.2"},
    {.name = "ssl-default-bind-options", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_default_options<&Global::tls_bind, true>, .form = "global statement 'ssl-default-bind-options' expects an option as an argument.", .since = "1.6"},
    {.name = "ssl-default-bind-sigalgs", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_bind, &TlsDefaults::sigalgs>, .form = "global statement 'ssl-default-bind-sigalgs' expects signature algorithms as an argument.", .since = "2.8"},
    {.name = "ssl-default-server-ciphers", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_server, &TlsDefaults::ciphers>, .form = "global statement 'ssl-default-server-ciphers' expects a cipher suite as an argument.", .since = "1.5"},
    {.name = "ssl-default-server-ciphersuites", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_server, &TlsDefaults::ciphersuites>, .form = "global statement 'ssl-default-server-ciphersuites' expects a cipher suite as an argument.", .since = "1.9"},
    {.name = "ssl-default-server-client-sigalgs", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_server, &TlsDefaults::client_sigalgs>, .form = "global statement 'ssl-default-server-client-sigalgs' expects signature algorithms as an argument.", .since = "2.9"},
    {.name = "ssl-default-server-curves", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_server, &TlsDefaults::curves>, .form = "global statement 'ssl-default-server-curves' expects a curves suite as an argument.", .since = "2.9"},
    {.name = "ssl-default-server-options", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_default_options<&Global::tls_server, false>, .form = "global statement 'ssl-default-server-options' expects an option as an argument.", .since = "1.6"},
    {.name = "ssl-default-server-sigalgs", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_default<&Global::tls_server, &TlsDefaults::sigalgs>, .form = "global statement 'ssl-default-server-sigalgs' expects signature algorithms as an argument.", .since = "2.9"},
    {.name = "ssl-dh-param-file", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text<&Global::dh_params_file>, .form = "expects a file path as an argument.", .since = "1.6"},
    {.name = "ssl-security-level", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_security_level, .form = "expects a security level between 0 and 5", .since = "3.0"},
    {.name = "ssl-server-verify", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_server_verify, .form = "expects 'none' or 'required' as argument.", .since = "1.5"},
    {.name = "tune.ssl.cachesize", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_cache_size, .since = "1.5"},
    {.name = "tune.ssl.capture-buffer-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_hello_room, .since = "2.5"},
    {.name = "tune.ssl.capture-cipherlist-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_hello_room, .since = "1.8"},
    {.name = "tune.ssl.keylog", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_keep_secrets, .since = "2.2"},
    {.name = "tune.ssl.lifetime", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_lifetime, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
