// Words of `global` that concern TLS (manual 2.6, sections 3.1 and 3.2).
#include <algorithm>
#include <utility>

#include "config/tls_versions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using config::kTlsVersions;
using config::version_behind;
using config::version_named;
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
        if (option == "no-tls-tickets" || option == "tls-tickets") {
            defaults.tickets = option == "tls-tickets";
        } else if (ForBind && (option == "strict-sni" || option == "no-strict-sni")) {
            defaults.strict_sni = option == "strict-sni";
        } else if (ForBind && option == "prefer-client-ciphers") {
            defaults.prefer_client_ciphers = true;
        } else if (!ForBind && (option == "renegotiate" || option == "no-renegotiate")) {
            defaults.renegotiates = option == "renegotiate";
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

/// `ssl-load-extra-files none`, `all`, or kinds of files: only those.
void set_extra_files(Parser& parser) {
    model::CertificateRules& rules = parser.global().certificates;
    const auto set_all = [&rules](bool value) {
        rules.bundle = rules.sctl = rules.ocsp = rules.issuer = rules.key = value;
    };
    constexpr std::pair<std::string_view, bool model::CertificateRules::*> kKinds[] = {
        {"bundle", &model::CertificateRules::bundle},
        {"issuer", &model::CertificateRules::issuer},
        {"key", &model::CertificateRules::key},
        {"ocsp", &model::CertificateRules::ocsp},
        {"sctl", &model::CertificateRules::sctl}};
    set_all(false);
    for (std::size_t i = 0; i < parser.args().size(); ++i) {
        const std::string_view word = parser.arg(i);
        const auto* kind =
            std::find_if(std::begin(kKinds), std::end(kKinds), [word](const auto& one) { return one.first == word; });
        if (kind != std::end(kKinds)) {
            rules.*kind->second = true;
        } else if ((word == "none" || word == "all") && parser.args().size() == 1) {
            set_all(word == "all");
        } else if (word == "none" || word == "all") {
            return parser.alert(parser.arg_word(i),
                                "'ssl-load-extra-files' " + quoted(word) + " only accepted as single parameter.");
        } else {
            return parser.alert(parser.arg_word(i), "'ssl-load-extra-files' unknown parameter " + quoted(word) + ".");
        }
    }
}

void set_drop_extension(Parser& parser) { parser.global().certificates.drop_extension = true; }

void set_chains(Parser& parser) {
    std::string& chains = parser.global().certificates.chains;
    if (!chains.empty())
        return parser.alert(parser.arg_word(0), "'issuers-chain-path' already set to " + quoted(parser.arg(0)) + ".");
    chains = parser.arg(0);
}

template <bool model::OcspSettings::*Member>
void set_ocsp_switch(Parser& parser) {
    const std::string_view word = parser.arg(0);
    if (word != "on" && word != "off")
        return parser.alert(parser.arg_word(0), quoted(parser.keyword().name) + " : expecting <on|off>");
    parser.global().ocsp.*Member = word == "on";
}

template <bool IsMinimum>
void set_ocsp_delay(Parser& parser) {
    model::OcspSettings& ocsp = parser.global().ocsp;
    const std::string name = quoted(parser.keyword().name);
    const auto seconds = config::leading_number(parser.arg(0));
    if (seconds < 0) return parser.alert(parser.arg_word(0), name + " expects a positive numeric value.");
    if (IsMinimum && seconds > ocsp.max_seconds)
        return parser.alert(parser.arg_word(0), name + " can not be higher than tune.ssl.ocsp-update.maxdelay.");
    if (!IsMinimum && seconds < ocsp.min_seconds)
        return parser.alert(parser.arg_word(0), name + " can not be lower than tune.ssl.ocsp-update.mindelay.");
    assign_number(IsMinimum ? ocsp.min_seconds : ocsp.max_seconds, seconds);
}

void set_ocsp_proxy(Parser& parser) { parser.global().ocsp.proxy = parser.arg(0); }

void set_passphrase_command(Parser& parser) {
    auto& command = parser.global().certificates.passphrase_command;
    if (parser.args().empty())
        return parser.alert(
            parser.words()[0],
            "global statement 'ssl-passphrase-cmd' expects a command line to a passphrase-providing tool "
            "(script/binary...) and its arguments.");
    command.clear();
    for (const config::Word& word : parser.args()) command.emplace_back(word.text);
}

/// `noktls`: it is never used.
void forbid_ktls(Parser&) {}

void set_skip_self_issued(Parser& parser) { parser.global().certificates.skip_self_issued = true; }

void set_dh_bits(Parser& parser) {
    const auto bits = config::leading_number(parser.arg(0));
    if (bits < 1024) return parser.alert(parser.arg_word(0), "'tune.ssl.default-dh-param' expects a value >= 1024.");
    assign_number(parser.global().tls_dh_bits, bits);
}

void set_generated(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0)
        return parser.alert(parser.arg_word(0), "'tune.ssl.ssl-ctx-cache-size' expects a positive numeric value.");
    assign_number(parser.global().tls_generated, number);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "issuers-chain-path", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_chains, .form = "expects a directory path as an argument.", .since = "2.2"},
    {.name = "key-base", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text_once<&Global::key_base>, .form = "expects a directory path as an argument.", .since = "3.0"},
    {.name = "noktls", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = forbid_ktls, .since = "3.3"},
    {.name = "ocsp-update.disable", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_switch<&model::OcspSettings::disabled>, .since = "3.0"},
    {.name = "ocsp-update.httpproxy", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_proxy, .since = "3.0"},
    {.name = "ocsp-update.maxdelay", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_delay<false>, .since = "3.0"},
    {.name = "ocsp-update.mindelay", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_delay<true>, .since = "3.0"},
    {.name = "ocsp-update.mode", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_switch<&model::OcspSettings::on>, .since = "3.0"},
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
    {.name = "ssl-load-extra-del-ext", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_drop_extension, .since = "2.3"},
    {.name = "ssl-load-extra-files", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_extra_files, .form = "expects a parameter.", .since = "2.2"},
    {.name = "ssl-passphrase-cmd", .sections = kGlobal, .support = Support::done, .parse = set_passphrase_command, .since = "3.3"},
    {.name = "ssl-security-level", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_security_level, .form = "expects a security level between 0 and 5", .since = "3.0"},
    {.name = "ssl-server-verify", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_server_verify, .form = "expects 'none' or 'required' as argument.", .since = "1.5"},
    {.name = "ssl-skip-self-issued-ca", .sections = kGlobal, .support = Support::done, .parse = set_skip_self_issued, .since = "2.2"},
    {.name = "tune.ssl.cachesize", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_cache_size, .since = "1.5"},
    {.name = "tune.ssl.capture-buffer-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_hello_room, .since = "2.5"},
    {.name = "tune.ssl.capture-cipherlist-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_hello_room, .since = "1.8"},
    {.name = "tune.ssl.default-dh-param", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_dh_bits, .since = "1.5"},
    {.name = "tune.ssl.keylog", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_keep_secrets, .since = "2.2"},
    {.name = "tune.ssl.lifetime", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_lifetime, .since = "1.5"},
    {.name = "tune.ssl.ocsp-update.maxdelay", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_delay<false>, .since = "2.8"},
    {.name = "tune.ssl.ocsp-update.mindelay", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_ocsp_delay<true>, .since = "2.8"},
    {.name = "tune.ssl.ssl-ctx-cache-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_generated, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
