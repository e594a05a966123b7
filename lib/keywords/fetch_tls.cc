#include <fmt/format.h>

#include <iterator>
#include <string>

#include "keywords/sample_support.h"
#include "net/tls.h"
#include "net/tls_facts.h"
#include "sample/checkpoint.h"

/// TLS on both sides: the session, the certificates, what the client offered (manual 7.3.4).
namespace cfgproxy::keywords {
namespace {

using net::Fact;
using net::NameOf;
using net::Tls;

enum class End : std::uint8_t { client, server };

/// Null where there is none; with `shaken`, while its handshake is under way, too.
template <End end>
const Tls* tls_of(const Context& context, bool shaken = true) {
    const Tls* tls = end == End::client ? context.client_tls : context.live ? context.live->server_tls() : nullptr;
    return tls && shaken && !tls->established() ? nullptr : tls;
}

Found found(Value& out, Fact fact) { return fact ? found_text(out, *fact) : Found::no; }
Found found_binary(Value& out, Fact fact) { return fact ? found_bytes(out, *fact) : Found::no; }
/// Nothing is not a text.
Found found_unless_empty(Value& out, std::string_view text) { return text.empty() ? Found::no : found_text(out, text); }

// --- the session ---------------------------------------------------------------------------------------------

template <End end>
Found fetch_is_tls(const Context& context, Arguments, Cursor&, Value& out) {
    return found_bool(out, tls_of<end>(context, false) != nullptr);
}

template <End end>
Found fetch_is_resumed(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return found_bool(out, tls && tls->resumed());
}

template <End end, auto text>
Found fetch_text(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls ? found_unless_empty(out, (tls->*text)()) : Found::no;
}

/// Known from the first message on: logs of failed handshakes tell it.
template <End end>
Found fetch_asked_name(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context, false);
    return tls ? found_unless_empty(out, tls->server_name()) : Found::no;
}

template <End end, auto bits>
Found fetch_bits(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    const int number = tls ? bits(*tls) : 0;
    return number ? found_int(out, number) : Found::no;
}

template <End end>
Found fetch_group(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls ? found(out, net::key_exchange_group(*tls)) : Found::no;
}

template <End end>
Found fetch_session_id(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls ? found_binary(out, net::session_id(*tls)) : Found::no;
}

template <End end, auto fact>
Found fetch_bytes(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls ? found_binary(out, fact(*tls, *context.arena)) : Found::no;
}

template <End end>
Found fetch_error(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context, false);
    return tls ? found_int(out, static_cast<std::int64_t>(tls->error())) : Found::no;
}

template <End end>
Found fetch_error_text(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context, false);
    return tls ? found(out, net::error_text(*tls, *context.arena)) : Found::no;
}

template <End end, net::TlsSecrets::Label label>
Found fetch_secret(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls && tls->secrets ? found_unless_empty(out, tls->secrets->of[label]) : Found::no;
}

Found fetch_has_name(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = context.client_tls;
    return found_bool(out, tls && !tls->server_name().empty());
}

/// Early data waits for the end of the handshake.
Found fetch_no_early_data(const Context& context, Arguments, Cursor&, Value& out) {
    return context.client_tls ? found_bool(out, false) : Found::no;
}

Found fetch_early_data_seen(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context);
    return tls ? found_bool(out, net::early_data_taken(*tls)) : Found::no;
}

Found fetch_certificate_name(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context, false);
    return tls ? found(out, net::certificate_name(*tls)) : Found::no;
}

/// Of NPN, which came before ALPN and is gone; and of ssl_ocsp_*, which are found only in the line that HAProxy logs
/// of a response that it has fetched.
Found fetch_nothing(const Context&, Arguments, Cursor&, Value&) { return Found::no; }

// --- certificates --------------------------------------------------------------------------------------------

/// Whose: the client's (c), the one that clients see (f), the server's (s).
struct OfClient {
    static const x509_st* find(const Context& context) {
        const Tls* tls = tls_of<End::client>(context, false);
        return tls ? net::peer_certificate(*tls) : nullptr;
    }
};
struct OfFrontend {
    static const x509_st* find(const Context& context) {
        const Tls* tls = tls_of<End::client>(context, false);
        return tls ? net::own_certificate(*tls) : nullptr;
    }
};
struct OfServer {
    static const x509_st* find(const Context& context) {
        const Tls* tls = tls_of<End::server>(context, false);
        return tls ? net::peer_certificate(*tls) : nullptr;
    }
};
struct OfRoot {
    static const x509_st* find(const Context& context) {
        const Tls* tls = tls_of<End::client>(context);
        return tls ? net::verified_root(*tls) : nullptr;
    }
};

template <class Whose, auto fact>
Found fetch_certificate_text(const Context& context, Arguments, Cursor&, Value& out) {
    const x509_st* certificate = Whose::find(context);
    return certificate ? found(out, fact(*certificate, *context.arena)) : Found::no;
}

template <class Whose, auto fact>
Found fetch_certificate_bytes(const Context& context, Arguments, Cursor&, Value& out) {
    const x509_st* certificate = Whose::find(context);
    return certificate ? found_binary(out, fact(*certificate, *context.arena)) : Found::no;
}

template <class Whose>
Found fetch_certificate_version(const Context& context, Arguments, Cursor&, Value& out) {
    const x509_st* certificate = Whose::find(context);
    return certificate ? found_int(out, net::certificate_version(*certificate)) : Found::no;
}

template <class Whose, NameOf whose>
Found fetch_name(const Context& context, Arguments args, Cursor&, Value& out) {
    const x509_st* certificate = Whose::find(context);
    if (!certificate) return Found::no;
    net::NameQuery query;
    if (has(args, 0)) query.entry = args[0].text;
    if (has(args, 1)) query.position = static_cast<int>(args[1].number);
    if (has(args, 2)) query.rfc2253 = !args[2].text.empty();
    return found(out, net::distinguished_name(*certificate, whose, query, *context.arena));
}

base::Result<void> prepare_name(std::vector<Argument>& args) {
    if (args.size() < 3 || args[2].text.empty() || args[2].text == "rfc2253") return {};
    return base::Error{"only rfc2253 or a zero length string are currently supported as third argument"};
}

template <End end>
Found fetch_chain(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<end>(context);
    return tls ? found_binary(out, net::peer_chain_der(*tls, *context.arena)) : Found::no;
}

Found fetch_client_certificate_used(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context, false);
    return tls ? found_bool(out, net::peer_certificate(*tls) != nullptr) : Found::no;
}

Found fetch_client_certificate_shown(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context);
    return tls ? found_bool(out, tls->verification.done) : Found::no;
}

Found fetch_verify_result(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context);
    return tls ? found_int(out, net::verify_result(*tls)) : Found::no;
}

template <int net::TlsVerification::*member>
Found fetch_verification(const Context& context, Arguments, Cursor&, Value& out) {
    const Tls* tls = tls_of<End::client>(context, false);
    return tls ? found_int(out, tls->verification.*member) : Found::no;
}

// --- what the client offered ---------------------------------------------------------------------------------

/// Numbers that clients put in so that servers get used to unknown ones (RFC 8701): 0x0a0a, 0x1a1a, ... 0xfafa.
bool is_grease(std::string_view number) { return number[0] == number[1] && (number[0] & 0x0f) == 0x0a; }

/// The list; without GREASE if the argument says so.
template <std::string net::TlsHello::*list>
Fact offered(const Context& context, Arguments args) {
    if (!context.client_tls || !context.client_tls->hello) return {};
    const std::string& all = (*context.client_tls->hello).*list;
    if (!has(args, 0) || !args[0].number) return all;
    char* const start = context.arena->bytes(all.size());
    char* to = start;
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
        if (is_grease(std::string_view(all).substr(i, 2))) continue;
        *to++ = all[i];
        *to++ = all[i + 1];
    }
    return std::string_view(start, static_cast<std::size_t>(to - start));
}

template <std::string net::TlsHello::*list>
Found fetch_offered(const Context& context, Arguments args, Cursor&, Value& out) {
    return found_binary(out, offered<list>(context, args));
}

Found fetch_ciphers_hex(const Context& context, Arguments args, Cursor&, Value& out) {
    const Fact list = offered<&net::TlsHello::ciphers>(context, args);
    if (!list) return Found::no;
    char* digits = context.arena->bytes(2 * list->size());
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto byte = static_cast<std::uint8_t>((*list)[i]);
        digits[2 * i] = kDigits[byte >> 4];
        digits[2 * i + 1] = kDigits[byte & 15];
    }
    return found_bytes(out, {digits, 2 * list->size()});
}

Found fetch_ciphers_text(const Context& context, Arguments args, Cursor&, Value& out) {
    const Fact list = offered<&net::TlsHello::ciphers>(context, args);
    if (!list) return Found::no;
    std::string text;
    for (std::size_t i = 0; i + 1 < list->size(); i += 2) {
        const std::string_view number = list->substr(i, 2);
        const std::string_view name = net::cipher_name(*context.client_tls, number).value_or("(NONE)");
        if (i > 0) text += ',';
        if (name == "(NONE)")
            fmt::format_to(std::back_inserter(text), "UNKNOWN({:02x}{:02x})", static_cast<std::uint8_t>(number[0]),
                           static_cast<std::uint8_t>(number[1]));
        else
            text += name;
    }
    return found_text(out, context.arena->copy(text));
}

Found fetch_ciphers_hash(const Context& context, Arguments, Cursor&, Value& out) {
    if (!context.client_tls || !context.client_tls->hello) return Found::no;
    return found_int(out, static_cast<std::int64_t>(context.client_tls->hello->ciphers_hash));
}

Found fetch_hello_version(const Context& context, Arguments, Cursor&, Value& out) {
    if (!context.client_tls || !context.client_tls->hello) return Found::no;
    return found_int(out, context.client_tls->hello->version);
}

constexpr auto kDone = Support::done;
constexpr End kFc = End::client, kBc = End::server;
using Hello = net::TlsHello;
using Secrets = net::TlsSecrets;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "ssl_bc", .out = Type::boolean, .needs = sample::kServerConnection, .support = kDone, .run = fetch_is_tls<kBc>, .since = "1.5"},
    {.name = "ssl_bc_alg_keysize", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bits<kBc, net::algorithm_bits>, .since = "1.5"},
    {.name = "ssl_bc_alpn", .needs = sample::kServerConnection, .support = kDone, .run = fetch_text<kBc, &Tls::protocol>, .since = "1.9"},
    {.name = "ssl_bc_cipher", .needs = sample::kServerConnection, .support = kDone, .run = fetch_text<kBc, &Tls::cipher>, .since = "1.5"},
    {.name = "ssl_bc_client_early_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::client_early>, .since = "3.0"},
    {.name = "ssl_bc_client_handshake_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::client_handshake>, .since = "3.0"},
    {.name = "ssl_bc_client_random", .out = Type::bin, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bytes<kBc, net::client_random>, .since = "2.0"},
    {.name = "ssl_bc_client_traffic_secret_0", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::client_traffic>, .since = "3.0"},
    {.name = "ssl_bc_curve", .needs = sample::kServerConnection, .support = kDone, .run = fetch_group<kBc>, .since = "2.9"},
    {.name = "ssl_bc_early_exporter_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::early_exporter>, .since = "3.0"},
    {.name = "ssl_bc_err", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_error<kBc>, .since = "2.5"},
    {.name = "ssl_bc_err_str", .needs = sample::kServerConnection, .support = kDone, .run = fetch_error_text<kBc>, .since = "2.5"},
    {.name = "ssl_bc_exporter_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::exporter>, .since = "3.0"},
    {.name = "ssl_bc_is_resumed", .out = Type::boolean, .needs = sample::kServerConnection, .support = kDone, .run = fetch_is_resumed<kBc>, .since = "1.9"},
    {.name = "ssl_bc_npn", .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "1.9"},
    {.name = "ssl_bc_protocol", .needs = sample::kServerConnection, .support = kDone, .run = fetch_text<kBc, &Tls::version>, .since = "1.5"},
    {.name = "ssl_bc_server_handshake_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::server_handshake>, .since = "3.0"},
    {.name = "ssl_bc_server_random", .out = Type::bin, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bytes<kBc, net::server_random>, .since = "2.0"},
    {.name = "ssl_bc_server_traffic_secret_0", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kBc, Secrets::server_traffic>, .since = "3.0"},
    {.name = "ssl_bc_session_id", .out = Type::bin, .needs = sample::kServerConnection, .support = kDone, .run = fetch_session_id<kBc>, .since = "1.5"},
    {.name = "ssl_bc_session_key", .out = Type::bin, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bytes<kBc, net::master_key>, .since = "1.9"},
    {.name = "ssl_bc_sni", .needs = sample::kServerConnection, .support = kDone, .run = fetch_asked_name<kBc>, .since = "3.3"},
    {.name = "ssl_bc_unique_id", .out = Type::bin, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bytes<kBc, net::unique_id>, .since = "1.5"},
    {.name = "ssl_bc_use_keysize", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_bits<kBc, net::cipher_bits>, .since = "1.5"},
    {.name = "ssl_c_ca_err", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_verification<&net::TlsVerification::ca_error>, .since = "1.5"},
    {.name = "ssl_c_ca_err_depth", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_verification<&net::TlsVerification::ca_depth>, .since = "1.5"},
    {.name = "ssl_c_chain_der", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_chain<kFc>, .since = "2.3"},
    {.name = "ssl_c_der", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfClient, net::certificate_der>, .since = "1.6"},
    {.name = "ssl_c_err", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_verification<&net::TlsVerification::error>, .since = "1.5"},
    {.name = "ssl_c_i_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfClient, NameOf::issuer>, .prepare = prepare_name, .since = "1.5"},
    {.name = "ssl_c_key_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfClient, net::certificate_key_algorithm>, .since = "1.5"},
    {.name = "ssl_c_notafter", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfClient, net::certificate_not_after>, .since = "1.5"},
    {.name = "ssl_c_notbefore", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfClient, net::certificate_not_before>, .since = "1.5"},
    {.name = "ssl_c_r_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfRoot, NameOf::subject>, .prepare = prepare_name, .since = "2.8"},
    {.name = "ssl_c_s_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfClient, NameOf::subject>, .prepare = prepare_name, .since = "1.5"},
    {.name = "ssl_c_san", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfClient, net::certificate_alt_names>, .since = "3.1"},
    {.name = "ssl_c_serial", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfClient, net::certificate_serial>, .since = "1.5"},
    {.name = "ssl_c_sha1", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfClient, net::certificate_sha1>, .since = "1.5"},
    {.name = "ssl_c_sig_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfClient, net::certificate_signature_algorithm>, .since = "1.5"},
    {.name = "ssl_c_used", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_client_certificate_used, .since = "1.5"},
    {.name = "ssl_c_verify", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_verify_result, .since = "1.5"},
    {.name = "ssl_c_version", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_version<OfClient>, .since = "1.5"},
    {.name = "ssl_f_der", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfFrontend, net::certificate_der>, .since = "1.6"},
    {.name = "ssl_f_i_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfFrontend, NameOf::issuer>, .prepare = prepare_name, .since = "1.5"},
    {.name = "ssl_f_key_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfFrontend, net::certificate_key_algorithm>, .since = "1.5"},
    {.name = "ssl_f_notafter", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfFrontend, net::certificate_not_after>, .since = "1.5"},
    {.name = "ssl_f_notbefore", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfFrontend, net::certificate_not_before>, .since = "1.5"},
    {.name = "ssl_f_s_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfFrontend, NameOf::subject>, .prepare = prepare_name, .since = "1.5"},
    {.name = "ssl_f_serial", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfFrontend, net::certificate_serial>, .since = "1.5"},
    {.name = "ssl_f_sha1", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfFrontend, net::certificate_sha1>, .since = "1.5"},
    {.name = "ssl_f_sig_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfFrontend, net::certificate_signature_algorithm>, .since = "1.5"},
    {.name = "ssl_f_version", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_version<OfFrontend>, .since = "1.5"},
    {.name = "ssl_fc", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_is_tls<kFc>, .since = "1.5"},
    {.name = "ssl_fc_alg_keysize", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_bits<kFc, net::algorithm_bits>, .since = "1.5"},
    {.name = "ssl_fc_alpn", .needs = sample::kSession, .support = kDone, .run = fetch_text<kFc, &Tls::protocol>, .since = "1.5"},
    {.name = "ssl_fc_cipher", .needs = sample::kSession, .support = kDone, .run = fetch_text<kFc, &Tls::cipher>, .since = "1.5"},
    {.name = "ssl_fc_cipherlist_bin", .args = "[integer]", .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::ciphers>, .since = "1.8"},
    {.name = "ssl_fc_cipherlist_hex", .args = "[integer]", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_ciphers_hex, .since = "1.8"},
    {.name = "ssl_fc_cipherlist_str", .args = "[integer]", .needs = sample::kSession, .support = kDone, .run = fetch_ciphers_text, .since = "1.8"},
    {.name = "ssl_fc_cipherlist_xxh", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_ciphers_hash, .since = "1.8"},
    {.name = "ssl_fc_client_early_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::client_early>, .since = "2.2"},
    {.name = "ssl_fc_client_handshake_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::client_handshake>, .since = "2.2"},
    {.name = "ssl_fc_client_random", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_bytes<kFc, net::client_random>, .since = "2.0"},
    {.name = "ssl_fc_client_traffic_secret_0", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::client_traffic>, .since = "2.2"},
    {.name = "ssl_fc_crtname", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_name, .since = "3.4"},
    {.name = "ssl_fc_curve", .needs = sample::kSession, .support = kDone, .run = fetch_group<kFc>, .since = "2.9"},
    {.name = "ssl_fc_early_exporter_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::early_exporter>, .since = "2.2"},
    {.name = "ssl_fc_early_rcvd", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_early_data_seen, .since = "3.3"},
    {.name = "ssl_fc_ecformats_bin", .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::point_formats>, .since = "2.5"},
    {.name = "ssl_fc_eclist_bin", .args = "[integer]", .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::groups>, .since = "2.5"},
    {.name = "ssl_fc_err", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_error<kFc>, .since = "2.5"},
    {.name = "ssl_fc_err_str", .needs = sample::kSession, .support = kDone, .run = fetch_error_text<kFc>, .since = "2.5"},
    {.name = "ssl_fc_exporter_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::exporter>, .since = "2.2"},
    {.name = "ssl_fc_extlist_bin", .args = "[integer]", .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::extensions>, .since = "2.5"},
    {.name = "ssl_fc_has_crt", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_client_certificate_shown, .since = "1.5"},
    {.name = "ssl_fc_has_early", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_no_early_data, .since = "1.8"},
    {.name = "ssl_fc_has_sni", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_has_name, .since = "1.5"},
    {.name = "ssl_fc_is_resumed", .out = Type::boolean, .needs = sample::kSession, .support = kDone, .run = fetch_is_resumed<kFc>, .since = "1.6"},
    {.name = "ssl_fc_npn", .needs = sample::kSession, .support = kDone, .run = fetch_nothing, .since = "1.5"},
    {.name = "ssl_fc_protocol", .needs = sample::kSession, .support = kDone, .run = fetch_text<kFc, &Tls::version>, .since = "1.5"},
    {.name = "ssl_fc_protocol_hello_id", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_hello_version, .since = "2.5"},
    {.name = "ssl_fc_server_handshake_traffic_secret", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::server_handshake>, .since = "2.2"},
    {.name = "ssl_fc_server_random", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_bytes<kFc, net::server_random>, .since = "2.0"},
    {.name = "ssl_fc_server_traffic_secret_0", .needs = sample::kSession, .support = kDone, .run = fetch_secret<kFc, Secrets::server_traffic>, .since = "2.2"},
    {.name = "ssl_fc_session_id", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_session_id<kFc>, .since = "1.5"},
    {.name = "ssl_fc_session_key", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_bytes<kFc, net::master_key>, .since = "1.9"},
    {.name = "ssl_fc_sigalgs_bin", .args = "[integer]", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::signatures>, .since = "3.1"},
    {.name = "ssl_fc_sni", .needs = sample::kSession, .support = kDone, .run = fetch_asked_name<kFc>, .since = "1.5"},
    {.name = "ssl_fc_supported_versions_bin", .args = "[integer]", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_offered<&Hello::versions>, .since = "3.1"},
    {.name = "ssl_fc_unique_id", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_bytes<kFc, net::unique_id>, .since = "1.5"},
    {.name = "ssl_fc_use_keysize", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_bits<kFc, net::cipher_bits>, .since = "1.5"},
    {.name = "ssl_ocsp_certid", .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_ocsp_certname", .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_ocsp_fail_cnt", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_ocsp_status", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_ocsp_status_str", .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_ocsp_success_cnt", .out = Type::sint, .needs = sample::kServerConnection, .support = kDone, .run = fetch_nothing, .since = "2.8", .until = "3.3"},
    {.name = "ssl_s_chain_der", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_chain<kBc>, .since = "2.3"},
    {.name = "ssl_s_der", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfServer, net::certificate_der>, .since = "2.2"},
    {.name = "ssl_s_i_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfServer, NameOf::issuer>, .prepare = prepare_name, .since = "2.2"},
    {.name = "ssl_s_key_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfServer, net::certificate_key_algorithm>, .since = "2.2"},
    {.name = "ssl_s_notafter", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfServer, net::certificate_not_after>, .since = "2.2"},
    {.name = "ssl_s_notbefore", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfServer, net::certificate_not_before>, .since = "2.2"},
    {.name = "ssl_s_s_dn", .args = "[string,integer,string]", .needs = sample::kSession, .support = kDone, .run = fetch_name<OfServer, NameOf::subject>, .prepare = prepare_name, .since = "2.2"},
    {.name = "ssl_s_serial", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfServer, net::certificate_serial>, .since = "2.2"},
    {.name = "ssl_s_sha1", .out = Type::bin, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_bytes<OfServer, net::certificate_sha1>, .since = "2.2"},
    {.name = "ssl_s_sig_alg", .needs = sample::kSession, .support = kDone, .run = fetch_certificate_text<OfServer, net::certificate_signature_algorithm>, .since = "2.2"},
    {.name = "ssl_s_version", .out = Type::sint, .needs = sample::kSession, .support = kDone, .run = fetch_certificate_version<OfServer>, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
