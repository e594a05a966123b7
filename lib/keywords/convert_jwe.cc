#include "http/auth.h"
#include "keywords/jwe.h"
#include "keywords/sample_support.h"
#include "keywords/setters.h"
#include "model/config.h"
#include "net/tls_store.h"
#include "sample/variable.h"

/// Converters that decrypt JSON Web Tokens, and the words of `global` that say by which algorithms (manual 3.1, 7.3.1).
/// What cannot be decrypted is "not found".
namespace cfgproxy::keywords {
namespace {

const model::Config* config_of(const Context& context) { return context.live ? context.live->config() : nullptr; }

JweAllowed allowed(const Context& context) {
    const model::Config* config = config_of(context);
    const model::Global defaults;
    const model::Global& global = config ? config->global : defaults;
    return {global.jwe_algorithms, global.jwe_encodings};
}

bool decrypt(const Context& context, const JweKey& key, Value& value) {
    const auto content = decrypt_jwe(value.text, key, allowed(context), *context.arena);
    if (content) value.set_bytes(*content);
    return content.has_value();
}

// --- by a secret --------------------------------------------------------------------------------------------------

bool convert_by_secret(const Context& context, Arguments args, Value& value) {
    std::string_view text, secret;
    if (!text_of(context, args[0], text)) return false;
    if (args[0].kind != Argument::Kind::variable)
        secret = text;  // it was decoded when it was read
    else if (!http::decode_base64(text, *context.arena, secret))
        return false;
    return decrypt(context, {.secret = secret}, value);
}

base::Result<void> prepare_secret(std::vector<Argument>& args) {
    if (sample::prepare_variable(args[0]).ok()) return {};
    base::Arena arena;
    std::string_view bytes;
    if (!http::decode_base64(args[0].text, arena, bytes))
        return base::Error{
            "failed to parse secret: argument needs to be base64 encoded, and can either be a string or a variable"};
    args[0].text = std::string(bytes);
    return {};
}

// --- by a JSON Web Key --------------------------------------------------------------------------------------------

/// A key that is written down is read once.
struct HeldKey {
    base::Arena arena;
    JsonWebKey key;
};

bool convert_by_jwk(const Context& context, Arguments args, Value& value) {
    if (const auto* held = static_cast<const HeldKey*>(args[0].object.get()))
        return decrypt(context, held->key.use(), value);
    std::string_view text;
    if (!text_of(context, args[0], text)) return false;
    const auto key = read_json_web_key(text, *context.arena);
    return key && decrypt(context, key->use(), value);
}

base::Result<void> prepare_jwk(std::vector<Argument>& args) {
    if (sample::prepare_variable(args[0]).ok()) return {};
    auto held = std::make_shared<HeldKey>();
    auto key = read_json_web_key(args[0].text, held->arena);
    if (!key) return base::Error{key.error()};
    held->key = std::move(*key);
    args[0].object = std::move(held);
    return {};
}

// --- by a certificate's private key -------------------------------------------------------------------------------

bool convert_by_certificate(const Context& context, Arguments args, Value& value) {
    std::string_view name;
    const model::Config* config = config_of(context);
    if (!config || !config->tls_store || !text_of(context, args[0], name)) return false;
    const auto certificate = config->tls_store->token_certificate(name);
    if (!certificate || !certificate->key()) return false;
    const int kind = EVP_PKEY_base_id(certificate->key());
    return decrypt(context, {.key = certificate->key(), .rsa = kind == EVP_PKEY_RSA, .ec = kind == EVP_PKEY_EC}, value);
}

/// That there is such a certificate is looked at once all are loaded (config/finalize).
base::Result<void> prepare_certificate(std::vector<Argument>& args) {
    static_cast<void>(sample::prepare_variable(args[0]).ok());
    return {};
}

constexpr Converter kTable[] = {
    {.name = "jwt_decrypt_cert",
     .args = "string",
     .in = Type::bin,
     .out = Type::bin,
     .support = Support::done,
     .run = convert_by_certificate,
     .prepare = prepare_certificate,
     .since = "3.4"},
    {.name = "jwt_decrypt_jwk",
     .args = "string",
     .in = Type::bin,
     .out = Type::bin,
     .support = Support::done,
     .run = convert_by_jwk,
     .prepare = prepare_jwk,
     .since = "3.4"},
    {.name = "jwt_decrypt_secret",
     .args = "string",
     .in = Type::bin,
     .out = Type::bin,
     .support = Support::done,
     .run = convert_by_secret,
     .prepare = prepare_secret,
     .since = "3.4"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

// --- which algorithms ---------------------------------------------------------------------------------------------

/// "ALL:!RSA1_5": from left to right, beginning with none. HAProxy takes the bits of names that it does not manage
/// (PBES2) too; they never decrypt anything.
template <const auto& kNames, std::uint32_t model::Global::*kMember>
void set_list(Parser& parser) {
    std::uint32_t mask = 0;
    for (std::string_view name : base::split(parser.arg(0), ':')) {
        const bool off = name.starts_with('!');
        if (off) name.remove_prefix(1);
        const auto found = std::find(std::begin(kNames), std::end(kNames), name);
        if (name == "ALL") {
            mask = ~0u;
        } else if (found != std::end(kNames)) {
            const auto bit = 1u << (found - std::begin(kNames));
            mask = off ? mask & ~bit : mask | bit;
        } else if (!name.starts_with("PBES2-")) {
            return parser.alert(parser.arg_word(0), "Unknown algorithm/encoding " + std::string(name));
        }
    }
    parser.config().global.*kMember = mask;
}

// clang-format off
constexpr Keyword kWords[] = {
    {.name = "jwt.decrypt_alg_list", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_list<kJweAlgorithms, &model::Global::jwe_algorithms>, .since = "3.4"},
    {.name = "jwt.decrypt_enc_list", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_list<kJweEncodings, &model::Global::jwe_encodings>, .since = "3.4"},
};
// clang-format on
static_assert(base::well_formed(kWords));
const base::Table<Keyword> kRegisteredWords{kWords};

}  // namespace
}  // namespace cfgproxy::keywords
