// Options of `bind` and `server` lines that concern TLS (manual 2.6, sections 5.1 and 5.2), and `ssl-default-*`. What
// both kinds of lines have is written once, for a Side.
#include <cstdlib>

#include "config/tls_versions.h"
#include "keywords/alpn.h"
#include "keywords/setters.h"
#include "model/tls.h"

namespace cfgproxy::keywords {
namespace {

using config::kTlsVersions;
using config::version_behind;
using config::version_named;
using model::TlsOptions;
using net::TlsSettings;
using net::TlsVersion;

struct BindSide {
    static TlsOptions& options(Parser& parser) { return parser.bind->tls; }
    static void complain(Parser& parser, const std::string& text) {
        parser.complain(parser.option_words().back(), text);
    }
    static constexpr std::string_view kOption = "bind option";
    static constexpr std::string_view kVerifyMethods = "'none', 'optional', and 'required'";
    static constexpr bool kMayVerifyOptionally = true;
};
struct ServerSide {
    static TlsOptions& options(Parser& parser) { return parser.server->tls.edit(); }
    static void complain(Parser& parser, const std::string& text) {
        parser.complain(parser.option_words().back(), text);
    }
    static constexpr std::string_view kOption = "server option";
    static constexpr std::string_view kVerifyMethods = "'none' and 'required'";
    static constexpr bool kMayVerifyOptionally = false;
};

/// Says "'NAME' : TEXT".
template <class Side>
void complain(Parser& parser, const std::string& text) {
    Side::complain(parser, quoted(parser.option_arg(0)) + " : " + text);
}

template <class Side>
bool lacks_value(Parser& parser, std::string_view what) {
    if (!parser.option_arg(1).empty()) return false;
    complain<Side>(parser, "missing " + std::string(what));
    return true;
}

/// What HAProxy misses in front of an empty argument, by option.
struct Missing {
    static constexpr std::string_view kCiphers = "cipher suite", kCurves = "curve suite", kCurve = "named curve",
                                      kSigalgs = "signature algorithm list", kCa = "CAfile path", kCrl = "CRLfile path",
                                      kHost = "hostname to verify against", kSni = "SNI";
};

template <class Side, std::string TlsSettings::*Member, const std::string_view& What>
void set_setting(Parser& parser) {
    if (!lacks_value<Side>(parser, What)) Side::options(parser).settings.*Member = parser.option_arg(1);
}

template <class Side, bool TlsOptions::*Member, bool Value>
void set_flag(Parser& parser) {
    Side::options(parser).*Member = Value;
}

template <class Side, auto Member, bool Value>
void set_settings_flag(Parser& parser) {
    Side::options(parser).settings.*Member = Value;
}

std::string with_base(std::string_view path, const std::string& base) {
    if (path.starts_with('/') || path.starts_with('@') || base.empty()) return std::string(path);
    return base + "/" + std::string(path);
}

template <class Side, std::string TlsOptions::*Member, const std::string_view& What>
void set_ca_path(Parser& parser) {
    if (lacks_value<Side>(parser, What)) return;
    Side::options(parser).*Member = with_base(parser.option_arg(1), parser.global().ca_base);
}

template <class Side>
void read_alpn(Parser& parser, std::string& wire) {
    if (lacks_value<Side>(parser, "the comma-delimited ALPN protocol suite")) return;
    std::string error;
    wire = protocol_list(parser.option_arg(1), error);
    if (!error.empty()) complain<Side>(parser, error);
}

template <class Side>
void set_alpn(Parser& parser) {
    Side::options(parser).alpn_given = true;
    read_alpn<Side>(parser, Side::options(parser).settings.alpn);
}

void set_check_alpn(Parser& parser) { read_alpn<ServerSide>(parser, parser.server->tls.edit().check_alpn); }

void set_no_ssl(Parser& parser) {
    TlsOptions& tls = parser.server->tls.edit();
    tls.on_by_default = parser.full_server && parser.proxy().default_server.tls->on;
    tls.on = false;
    tls.denied = true;
}

void set_ssl(Parser& parser) {
    TlsOptions& tls = parser.server->tls.edit();
    tls.on = true;
    tls.denied = tls.on_by_default = false;
}

void set_no_alpn(Parser& parser) {
    parser.bind->tls.alpn_given = true;
    parser.bind->tls.settings.alpn.clear();
}

template <class Side>
void check_npn(Parser& parser) {
    lacks_value<Side>(parser, "the comma-delimited NPN protocol suite");
}

/// kTLS is never used: `off` asks for what is, and `on` for more than there is.
template <class Side>
void set_ktls(Parser& parser) {
    const std::string name = quoted(parser.option_arg(0));
    const std::string_view value = parser.option_arg(1);
    const std::string form = name + " expects \"on\" or \"off\" as an argument";
    if (value.empty()) return Side::complain(parser, form + ".");
    if (!parser.global().experimental)
        return Side::complain(parser, name +
                                          " directive is experimental, must be allowed via a global "
                                          "'expose-experimental-directives'");
    if (base::iequal(value, "on"))
        return parser.refuse_pending(
            parser.option_words().back(), Side::kOption, "ktls on",
            "nothing is lost but speed: without it, or with 'ktls off', TLS is done by the process itself");
    if (!base::iequal(value, "off")) Side::complain(parser, form + ", got " + quoted(value) + ".");
}

// --- versions ------------------------------------------------------------------------------------------------

template <class Side, TlsVersion TlsSettings::*Member>
void set_version(Parser& parser) {
    if (lacks_value<Side>(parser, "the ssl/tls version")) return;
    const TlsVersion version = version_named(parser.option_arg(1));
    if (version == TlsVersion::any)
        return Side::complain(parser, quoted(parser.option_arg(1)) + " : unknown ssl/tls version");
    Side::options(parser).settings.*Member = version;
}

template <class Side, TlsVersion Version>
void force_version(Parser& parser) {
    Side::options(parser).settings.min = Side::options(parser).settings.max = Version;
}

template <class Side, TlsVersion Version>
void leave_version_out(Parser& parser) {
    Side::options(parser).settings.off |= static_cast<std::uint8_t>(1 << static_cast<int>(Version));
}

// --- trust ---------------------------------------------------------------------------------------------------

template <class Side>
void set_verify(Parser& parser) {
    if (lacks_value<Side>(parser, "verify method")) return;
    const std::string_view method = parser.option_arg(1);
    TlsOptions& options = Side::options(parser);
    options.verify_given = true;
    if (method == "none")
        options.settings.verify = net::TlsVerify::none;
    else if (method == "required")
        options.settings.verify = net::TlsVerify::required;
    else if (method == "optional" && Side::kMayVerifyOptionally)
        options.settings.verify = net::TlsVerify::optional;
    else
        complain<Side>(parser, "unknown verify method " + quoted(method) + ", only " +
                                   std::string(Side::kVerifyMethods) + " are supported");
}

/// crt-ignore-err and ca-ignore-err: `all`, or numbers of OpenSSL's verification errors.
template <std::vector<int> TlsSettings::*Member>
void set_ignored_errors(Parser& parser) {
    if (lacks_value<BindSide>(parser, "error IDs list")) return;
    std::vector<int>& ignored = parser.bind->tls.settings.*Member;
    constexpr int kLast = 63;
    if (parser.option_arg(1) == "all") {
        for (int error = 1; error <= kLast; ++error) ignored.push_back(error);
        return;
    }
    for (const std::string_view piece : base::split(parser.option_arg(1), ',')) {
        const auto number = config::leading_number(piece);
        if (number <= 0 || number > kLast)
            return complain<BindSide>(parser, "ID '" + std::to_string(number) +
                                                  "' out of range (1..63) in error IDs list " +
                                                  quoted(parser.option_arg(1)));
        ignored.push_back(static_cast<int>(number));
    }
}

// --- certificates --------------------------------------------------------------------------------------------

template <bool IsDefault>
void add_certificate(Parser& parser) {
    if (lacks_value<BindSide>(parser, "certificate location")) return;
    parser.bind->tls.certificates.push_back(
        {.path = with_base(parser.option_arg(1), parser.global().crt_base), .is_default = IsDefault});
}

void add_certificate_list(Parser& parser) {
    if (lacks_value<BindSide>(parser, "certificate location")) return;
    parser.bind->tls.certificates.push_back(
        {.kind = model::CertificateSource::Kind::list, .path = std::string(parser.option_arg(1))});
}

void set_ticket_keys(Parser& parser) {
    if (!lacks_value<BindSide>(parser, "TLS ticket keys file path"))
        parser.bind->tls.ticket_keys = parser.option_arg(1);
}

void set_signer(Parser& parser) {
    if (lacks_value<BindSide>(parser, "CAfile path")) return;
    parser.bind->tls.ca_sign_file = with_base(parser.option_arg(1), parser.global().ca_base);
}

void set_signer_passphrase(Parser& parser) {
    if (!lacks_value<BindSide>(parser, "CAkey password")) parser.bind->tls.ca_sign_pass = parser.option_arg(1);
}

template <bool Value>
void set_strict_sni(Parser& parser) {
    parser.bind->tls.strict_sni = Value;
}

template <std::optional<bool> TlsOptions::*Member, bool Value>
void set_choice(Parser& parser) {
    parser.server->tls.edit().*Member = Value;
}

void set_server_certificate(Parser& parser) {
    if (lacks_value<ServerSide>(parser, "certificate file path")) return;
    parser.server->tls.edit().certificate = with_base(parser.option_arg(1), parser.global().crt_base);
}

void set_sni(Parser& parser) {
    if (lacks_value<ServerSide>(parser, "sni expression")) return;
    std::string error;
    auto expression = parser.expression(parser.option_words()[1], error);
    if (!expression)
        return parser.complain(parser.option_words()[1], "error detected while parsing sni expression : " + error);
    parser.server->tls.edit().sni = parser.keep<const sample::Expression>(std::move(expression));
}

void set_verify_host(Parser& parser) {
    if (!lacks_value<ServerSide>(parser, Missing::kHost))
        parser.server->tls.edit().settings.verify_host = parser.option_arg(1);
}

void set_check_sni(Parser& parser) {
    if (!lacks_value<ServerSide>(parser, Missing::kSni)) parser.server->tls.edit().check_sni = parser.option_arg(1);
}

// clang-format off
constexpr BindOption kBindTable[] = {
    {.name = "allow-0rtt", .support = Support::done, .parse = set_settings_flag<BindSide, &TlsSettings::early_data, true>, .since = "1.8"},
    {.name = "alpn", .arguments = 1, .support = Support::done, .parse = set_alpn<BindSide>, .since = "1.5"},
    {.name = "ca-file", .arguments = 1, .support = Support::done, .parse = set_ca_path<BindSide, &TlsOptions::ca_file, Missing::kCa>, .since = "1.5"},
    {.name = "ca-ignore-err", .arguments = 1, .support = Support::done, .parse = set_ignored_errors<&TlsSettings::ignored_ca_errors>, .since = "1.5"},
    {.name = "ca-sign-file", .arguments = 1, .support = Support::done, .parse = set_signer, .since = "1.6"},
    {.name = "ca-sign-pass", .arguments = 1, .support = Support::done, .parse = set_signer_passphrase, .since = "1.6"},
    {.name = "ca-verify-file", .arguments = 1, .support = Support::done, .parse = set_ca_path<BindSide, &TlsOptions::ca_verify_file, Missing::kCa>, .since = "2.2"},
    {.name = "ciphers", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::ciphers, Missing::kCiphers>, .since = "1.5"},
    {.name = "ciphersuites", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::ciphersuites, Missing::kCiphers>, .since = "1.9"},
    {.name = "client-sigalgs", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::client_sigalgs, Missing::kSigalgs>, .since = "2.8"},
    {.name = "crl-file", .arguments = 1, .support = Support::done, .parse = set_ca_path<BindSide, &TlsOptions::crl_file, Missing::kCrl>, .since = "1.5"},
    {.name = "crt", .arguments = 1, .support = Support::done, .parse = add_certificate<false>, .since = "1.5"},
    {.name = "crt-ignore-err", .arguments = 1, .support = Support::done, .parse = set_ignored_errors<&TlsSettings::ignored_errors>, .since = "1.5"},
    {.name = "crt-list", .arguments = 1, .support = Support::done, .parse = add_certificate_list, .since = "1.5"},
    {.name = "crt-watch", .support = Support::done, .parse = set_flag<BindSide, &TlsOptions::watches, true>},
    {.name = "curves", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::curves, Missing::kCurves>, .since = "1.8"},
    {.name = "default-crt", .arguments = 1, .support = Support::done, .parse = add_certificate<true>, .since = "3.0"},
    {.name = "ecdhe", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::ecdhe, Missing::kCurve>, .since = "1.5"},
    {.name = "force-sslv3", .support = Support::done, .parse = force_version<BindSide, TlsVersion::ssl3>, .since = "1.5"},
    {.name = "force-tlsv10", .support = Support::done, .parse = force_version<BindSide, TlsVersion::tls10>, .since = "1.5"},
    {.name = "force-tlsv11", .support = Support::done, .parse = force_version<BindSide, TlsVersion::tls11>, .since = "1.5"},
    {.name = "force-tlsv12", .support = Support::done, .parse = force_version<BindSide, TlsVersion::tls12>, .since = "1.5"},
    {.name = "force-tlsv13", .support = Support::done, .parse = force_version<BindSide, TlsVersion::tls13>, .since = "1.8"},
    {.name = "generate-certificates", .support = Support::done, .parse = set_flag<BindSide, &TlsOptions::generates, true>, .since = "1.6"},
    {.name = "ktls", .arguments = 1, .support = Support::done, .parse = set_ktls<BindSide>, .since = "3.3"},
    {.name = "no-alpn", .support = Support::done, .parse = set_no_alpn, .since = "2.8"},
    {.name = "no-ca-names", .support = Support::done, .parse = set_settings_flag<BindSide, &TlsSettings::send_ca_names, false>, .since = "1.8"},
    {.name = "no-sslv3", .support = Support::done, .parse = leave_version_out<BindSide, TlsVersion::ssl3>, .since = "1.5"},
    {.name = "no-strict-sni", .support = Support::done, .parse = set_strict_sni<false>, .since = "3.2"},
    {.name = "no-tls-tickets", .support = Support::done, .parse = set_settings_flag<BindSide, &TlsSettings::tickets, false>, .since = "1.5"},
    {.name = "no-tlsv10", .support = Support::done, .parse = leave_version_out<BindSide, TlsVersion::tls10>, .since = "1.5"},
    {.name = "no-tlsv11", .support = Support::done, .parse = leave_version_out<BindSide, TlsVersion::tls11>, .since = "1.5"},
    {.name = "no-tlsv12", .support = Support::done, .parse = leave_version_out<BindSide, TlsVersion::tls12>, .since = "1.5"},
    {.name = "no-tlsv13", .support = Support::done, .parse = leave_version_out<BindSide, TlsVersion::tls13>, .since = "1.8"},
    {.name = "npn", .arguments = 1, .support = Support::advisory, .parse = check_npn<BindSide>, .since = "1.5"},
    {.name = "prefer-client-ciphers", .support = Support::done, .parse = set_settings_flag<BindSide, &TlsSettings::prefer_client_ciphers, true>, .since = "1.8"},
    {.name = "sigalgs", .arguments = 1, .support = Support::done, .parse = set_setting<BindSide, &TlsSettings::sigalgs, Missing::kSigalgs>, .since = "2.8"},
    {.name = "ssl", .support = Support::done, .parse = set_flag<BindSide, &TlsOptions::on, true>, .since = "1.5"},
    {.name = "ssl-max-ver", .arguments = 1, .support = Support::done, .parse = set_version<BindSide, &TlsSettings::max>, .since = "1.8"},
    {.name = "ssl-min-ver", .arguments = 1, .support = Support::done, .parse = set_version<BindSide, &TlsSettings::min>, .since = "1.8"},
    {.name = "strict-sni", .support = Support::done, .parse = set_strict_sni<true>, .since = "1.5"},
    {.name = "tls-ticket-keys", .arguments = 1, .support = Support::done, .parse = set_ticket_keys, .since = "1.6"},
    {.name = "tls-tickets", .support = Support::done, .parse = set_settings_flag<BindSide, &TlsSettings::tickets, true>, .since = "3.2"},
    {.name = "verify", .arguments = 1, .support = Support::done, .parse = set_verify<BindSide>, .since = "1.5"},
};
constexpr ServerOption kServerTable[] = {
    {.name = "allow-0rtt", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::early_data, true>, .since = "1.8"},
    {.name = "alpn", .arguments = 1, .support = Support::done, .parse = set_alpn<ServerSide>, .since = "1.9"},
    {.name = "ca-file", .arguments = 1, .support = Support::done, .parse = set_ca_path<ServerSide, &TlsOptions::ca_file, Missing::kCa>, .since = "1.5"},
    {.name = "check-alpn", .arguments = 1, .support = Support::done, .parse = set_check_alpn, .since = "2.0"},
    {.name = "check-sni", .arguments = 1, .support = Support::done, .parse = set_check_sni, .since = "1.8"},
    {.name = "check-sni-auto", .support = Support::done, .parse = set_choice<&TlsOptions::check_sni_auto, true>, .at_run_time = false, .since = "3.3"},
    {.name = "check-ssl", .support = Support::done, .parse = set_flag<ServerSide, &TlsOptions::check, true>, .since = "1.5"},
    {.name = "ciphers", .arguments = 1, .support = Support::done, .parse = set_setting<ServerSide, &TlsSettings::ciphers, Missing::kCiphers>, .since = "1.5"},
    {.name = "ciphersuites", .arguments = 1, .support = Support::done, .parse = set_setting<ServerSide, &TlsSettings::ciphersuites, Missing::kCiphers>, .since = "1.9"},
    {.name = "client-sigalgs", .arguments = 1, .support = Support::done, .parse = set_setting<ServerSide, &TlsSettings::client_sigalgs, Missing::kSigalgs>, .since = "2.9"},
    {.name = "crl-file", .arguments = 1, .support = Support::done, .parse = set_ca_path<ServerSide, &TlsOptions::crl_file, Missing::kCrl>, .since = "1.5"},
    {.name = "crt", .arguments = 1, .support = Support::done, .parse = set_server_certificate, .since = "1.5"},
    {.name = "curves", .arguments = 1, .support = Support::done, .parse = set_setting<ServerSide, &TlsSettings::curves, Missing::kCurves>, .since = "2.9"},
    {.name = "force-sslv3", .support = Support::done, .parse = force_version<ServerSide, TlsVersion::ssl3>, .since = "1.5"},
    {.name = "force-tlsv10", .support = Support::done, .parse = force_version<ServerSide, TlsVersion::tls10>, .since = "1.5"},
    {.name = "force-tlsv11", .support = Support::done, .parse = force_version<ServerSide, TlsVersion::tls11>, .since = "1.5"},
    {.name = "force-tlsv12", .support = Support::done, .parse = force_version<ServerSide, TlsVersion::tls12>, .since = "1.5"},
    {.name = "force-tlsv13", .support = Support::done, .parse = force_version<ServerSide, TlsVersion::tls13>, .since = "1.8"},
    {.name = "ktls", .arguments = 1, .support = Support::done, .parse = set_ktls<ServerSide>, .since = "3.3"},
    {.name = "no-check-sni-auto", .support = Support::done, .parse = set_choice<&TlsOptions::check_sni_auto, false>, .since = "3.3"},
    {.name = "no-check-ssl", .support = Support::done, .parse = set_flag<ServerSide, &TlsOptions::no_check, true>, .at_run_time = false, .since = "1.8"},
    {.name = "no-renegotiate", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::renegotiates, false>, .since = "3.3"},
    {.name = "no-sni-auto", .support = Support::done, .parse = set_choice<&TlsOptions::sni_auto, false>, .since = "3.3"},
    {.name = "no-ssl", .support = Support::done, .parse = set_no_ssl, .at_run_time = false, .since = "1.8"},
    {.name = "no-ssl-reuse", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::reuse_sessions, false>, .since = "1.6"},
    {.name = "no-sslv3", .support = Support::done, .parse = leave_version_out<ServerSide, TlsVersion::ssl3>, .on_default_server = false, .since = "1.5"},
    {.name = "no-tls-tickets", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::tickets, false>, .since = "1.5"},
    {.name = "no-tlsv10", .support = Support::done, .parse = leave_version_out<ServerSide, TlsVersion::tls10>, .on_default_server = false, .since = "1.5"},
    {.name = "no-tlsv11", .support = Support::done, .parse = leave_version_out<ServerSide, TlsVersion::tls11>, .on_default_server = false, .since = "1.5"},
    {.name = "no-tlsv12", .support = Support::done, .parse = leave_version_out<ServerSide, TlsVersion::tls12>, .on_default_server = false, .since = "1.5"},
    {.name = "no-tlsv13", .support = Support::done, .parse = leave_version_out<ServerSide, TlsVersion::tls13>, .on_default_server = false, .since = "1.8"},
    {.name = "npn", .arguments = 1, .support = Support::advisory, .parse = check_npn<ServerSide>, .since = "1.9"},
    {.name = "renegotiate", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::renegotiates, true>, .since = "3.3"},
    {.name = "sigalgs", .arguments = 1, .support = Support::done, .parse = set_setting<ServerSide, &TlsSettings::sigalgs, Missing::kSigalgs>, .since = "2.9"},
    {.name = "sni", .arguments = 1, .support = Support::done, .parse = set_sni, .since = "1.6"},
    {.name = "sni-auto", .support = Support::done, .parse = set_choice<&TlsOptions::sni_auto, true>, .at_run_time = false, .since = "3.3"},
    {.name = "ssl", .support = Support::done, .parse = set_ssl, .since = "1.5"},
    {.name = "ssl-max-ver", .arguments = 1, .support = Support::done, .parse = set_version<ServerSide, &TlsSettings::max>, .since = "1.8"},
    {.name = "ssl-min-ver", .arguments = 1, .support = Support::done, .parse = set_version<ServerSide, &TlsSettings::min>, .since = "1.8"},
    {.name = "ssl-reuse", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::reuse_sessions, true>, .at_run_time = false, .since = "1.8"},
    {.name = "tls-tickets", .support = Support::done, .parse = set_settings_flag<ServerSide, &TlsSettings::tickets, true>, .since = "1.8"},
    {.name = "verify", .arguments = 1, .support = Support::done, .parse = set_verify<ServerSide>, .since = "1.5"},
    {.name = "verifyhost", .arguments = 1, .support = Support::done, .parse = set_verify_host, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kBindTable) && base::well_formed(kServerTable));
const base::Table<BindOption> kBindRegistered{kBindTable};
const base::Table<ServerOption> kServerRegistered{kServerTable};

}  // namespace
}  // namespace cfgproxy::keywords
