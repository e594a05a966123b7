#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "http/auth.h"
#include "keywords/sample_support.h"
#include "model/config.h"
#include "net/tls_store.h"
#include "sample/variable.h"

/// Ciphers, and signatures of JSON Web Tokens (manual 7.3.1). Whatever needs a key takes it as base64, written down or
/// from a variable; keys of signatures are files.
namespace cfgproxy::keywords {
namespace {

struct Freer {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(FILE* file) const { std::fclose(file); }
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// What a prepared argument stands for: decoded when it was read, or a variable's text decoded now.
bool decoded(const Context& context, const Argument& arg, std::string_view& out) {
    if (arg.kind != Argument::Kind::variable) {
        out = arg.text;
        return true;
    }
    std::string_view text;
    return text_of(context, arg, text) && http::decode_base64(text, *context.arena, out);
}

bool prepare_base64(Argument& arg) {
    if (sample::prepare_variable(arg).ok()) return true;
    base::Arena arena;
    std::string_view bytes;
    if (!http::decode_base64(arg.text, arena, bytes)) return false;
    arg.text = std::string(bytes);
    return true;
}

const EVP_CIPHER* cipher_of(std::int64_t bits, bool gcm) {
    switch (bits) {
        case 128:
            return gcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
        case 192:
            return gcm ? EVP_aes_192_gcm() : EVP_aes_192_cbc();
        case 256:
            return gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
        default:
            return nullptr;
    }
}

/// Bits, nonce, key, with GCM the tag, and text that is authenticated but not encrypted.
template <bool gcm>
base::Result<void> prepare_aes(std::vector<Argument>& args) {
    if (!cipher_of(args[0].number, gcm)) return base::Error{"key size must be 128, 192 or 256 (bits)."};
    constexpr const char* kNames[] = {"", "nonce", "key", gcm ? "aead_tag" : "aad", "aad"};
    for (std::size_t i = 1; i < args.size(); ++i)
        if (!prepare_base64(args[i]))
            return base::Error{std::string("failed to parse ") + kNames[i] +
                               " : argument needs to be base64 encoded, and can either be a string or a variable"};
    return {};
}

/// Encryption writes the tag: it must be a variable.
base::Result<void> prepare_gcm_encryption(std::vector<Argument>& args) {
    if (!sample::prepare_variable(args[3]).ok())
        return base::Error{"failed to parse aead_tag : argument needs to be a variable"};
    const Argument tag = args[3];
    args[3].text.clear();
    auto result = prepare_aes<true>(args);
    args[3] = tag;
    return result;
}

template <bool gcm, bool encrypt>
bool convert_aes(const Context& context, Arguments args, Value& value) {
    constexpr std::size_t kIv = 16, kTag = 16;
    std::string_view nonce, key, tag, extra;
    if (!decoded(context, args[1], nonce) || !decoded(context, args[2], key)) return false;
    if (has(args, gcm ? 4 : 3) && !decoded(context, args[gcm ? 4 : 3], extra)) return false;
    if (gcm && !encrypt && !decoded(context, args[3], tag)) return false;
    if (key.size() < static_cast<std::size_t>(args[0].number / 8)) return false;
    unsigned char iv[kIv] = {};
    if (!gcm) std::memcpy(iv, nonce.data(), std::min(nonce.size(), kIv));
    std::unique_ptr<EVP_CIPHER_CTX, Freer> cipher(EVP_CIPHER_CTX_new());
    auto* to = reinterpret_cast<unsigned char*>(context.arena->bytes(value.text.size() + 2 * kIv));
    int size = 0, rest = 0, ignored = 0;
    bool good =
        cipher && EVP_CipherInit_ex(cipher.get(), cipher_of(args[0].number, gcm), nullptr, nullptr, nullptr, encrypt);
    if (good && gcm)
        good = EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr) > 0;
    good =
        good && EVP_CipherInit_ex(cipher.get(), nullptr, nullptr, bytes_of(key), gcm ? bytes_of(nonce) : iv, encrypt);
    if (good && gcm && !extra.empty())
        good = EVP_CipherUpdate(cipher.get(), nullptr, &ignored, bytes_of(extra), static_cast<int>(extra.size()));
    good = good && EVP_CipherUpdate(cipher.get(), to, &size, bytes_of(value.text), static_cast<int>(value.text.size()));
    if (good && gcm && !encrypt)
        good = EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                                   const_cast<char*>(tag.data())) > 0;
    good = good && EVP_CipherFinal_ex(cipher.get(), to + size, &rest) > 0;
    if (good && gcm && encrypt) {
        unsigned char made[kTag], text[kTag * 2];
        good = EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTag, made) > 0;
        const int length = EVP_EncodeBlock(text, made, kTag);
        good = good &&
               sample::set_variable(context, static_cast<sample::Scope>(args[3].number), args[3].text,
                                    Value::of_text({reinterpret_cast<char*>(text), static_cast<std::size_t>(length)}));
    }
    if (!good) {
        ERR_clear_error();
        return false;
    }
    value.set_bytes({reinterpret_cast<char*>(to), static_cast<std::size_t>(size + rest)});
    return true;
}

/// What jwt_verify answers.
enum Verdict : std::int64_t {
    kWrong = 0,
    kGood = 1,
    kUnknownAlgorithm = -1,
    kUnmanaged = -2,
    kInvalidToken = -3,
    kUnknownKey = -5,
    kKeyNotMeant = -7  ///< a certificate without `jwt on`
};

/// "HS256", "RS384"...: the letter in front and what is hashed. Plain "none" has neither.
struct Algorithm {
    char family = 0;  ///< H, R, E, P, N; 0: unknown
    const EVP_MD* digest = nullptr;
};

Algorithm algorithm_of(std::string_view name) {
    if (name == "none") return {'N', nullptr};
    if (name.size() != 5 || std::string_view("HREP").find(name[0]) == std::string_view::npos) return {};
    const std::string_view size = name.substr(1);
    const EVP_MD* digest = size == "S256"   ? EVP_sha256()
                           : size == "S384" ? EVP_sha384()
                           : size == "S512" ? EVP_sha512()
                                            : nullptr;
    return digest ? Algorithm{name[0], digest} : Algorithm{};
}

std::shared_ptr<void> load_key(const std::string& path, bool of_certificate) {
    std::unique_ptr<FILE, Freer> file(std::fopen(path.c_str(), "r"));
    if (!file) return nullptr;
    EVP_PKEY* key = PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr);
    if (!key && of_certificate) {
        std::rewind(file.get());
        std::unique_ptr<X509, Freer> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
        if (certificate) key = X509_get_pubkey(certificate.get());
    }
    ERR_clear_error();
    return key ? std::shared_ptr<void>(key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }) : nullptr;
}

template <bool of_certificate>
base::Result<void> prepare_verify(std::vector<Argument>& args) {
    const bool variable_algorithm = sample::prepare_variable(args[0]).ok();
    const bool variable_key = sample::prepare_variable(args[1]).ok();
    const Algorithm algorithm = variable_algorithm ? Algorithm{} : algorithm_of(args[0].text);
    if (!variable_algorithm && !algorithm.family) return base::Error{"unknown JWT algorithm: " + args[0].text};
    if (variable_key || (algorithm.family == 'H' && !of_certificate)) return {};
    args[1].object = load_key(args[1].text, of_certificate);
    // The certificate may be one of a crt-store, which is not read yet.
    if (!args[1].object && !variable_algorithm && !of_certificate)
        return base::Error{"failed to load public key or certificate '" + args[1].text + "'"};
    return {};
}

/// R and S one behind the other, as tokens have them, to what OpenSSL reads.
bool to_asn1(const Context& context, std::string_view& signature) {
    if (signature.size() % 2) return false;
    const auto half = static_cast<int>(signature.size() / 2);
    std::unique_ptr<ECDSA_SIG, Freer> pair(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(bytes_of(signature), half, nullptr);
    BIGNUM* s = BN_bin2bn(bytes_of(signature) + half, half, nullptr);
    if (!pair || !r || !s || !ECDSA_SIG_set0(pair.get(), r, s)) {
        BN_free(r);
        BN_free(s);
        return false;
    }
    const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
    if (size <= 0) return false;
    auto* to = reinterpret_cast<unsigned char*>(context.arena->bytes(static_cast<std::size_t>(size)));
    signature = {reinterpret_cast<char*>(to), static_cast<std::size_t>(size)};
    return i2d_ECDSA_SIG(pair.get(), &to) == size;
}

Verdict verify_mac(const Algorithm& algorithm, std::string_view key, std::string_view text,
                   std::string_view signature) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!HMAC(algorithm.digest, key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), made, &size))
        return kWrong;
    return size == signature.size() && CRYPTO_memcmp(made, signature.data(), size) == 0 ? kGood : kWrong;
}

Verdict verify_signature(const Context& context, const Algorithm& algorithm, EVP_PKEY* key, std::string_view text,
                         std::string_view signature) {
    if (!key) return kUnknownKey;
    if (algorithm.family == 'E' && !to_asn1(context, signature)) return kInvalidToken;
    std::unique_ptr<EVP_MD_CTX, Freer> digest(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    bool good = digest && EVP_DigestVerifyInit(digest.get(), &options, algorithm.digest, nullptr, key) == 1;
    if (good && algorithm.family != 'E')
        good = EVP_PKEY_CTX_set_rsa_padding(options,
                                            algorithm.family == 'P' ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0;
    good = good && EVP_DigestVerifyUpdate(digest.get(), text.data(), text.size()) == 1 &&
           EVP_DigestVerifyFinal(digest.get(), bytes_of(signature), signature.size()) == 1;
    if (!good) ERR_clear_error();
    return good ? kGood : kWrong;
}

/// The public key of a certificate that is stored under a name and meant for tokens (`jwt on`), else that of the file.
Verdict verify_by_certificate(const Context& context, const Algorithm& algorithm, const Argument& argument,
                              std::string_view name, std::string_view text, std::string_view signature) {
    const model::Config* config = context.live ? context.live->config() : nullptr;
    const auto certificate = config && config->tls_store ? config->tls_store->token_certificate(name) : nullptr;
    if (!certificate || !certificate->leaf()) {
        if (config && config->tls_store && config->tls_store->is_kept_from_tokens(name)) return kKeyNotMeant;
        return verify_signature(context, algorithm, static_cast<EVP_PKEY*>(argument.object.get()), text, signature);
    }
    return verify_signature(context, algorithm, X509_get0_pubkey(certificate->leaf()), text, signature);
}

/// Algorithm, then a secret or a file with a public key (a certificate with jwt_verify_cert).
template <bool of_certificate>
bool convert_verify(const Context& context, Arguments args, Value& value) {
    std::string_view name, key;
    if (!text_of(context, args[0], name) || !text_of(context, args[1], key) || name.empty() || key.empty())
        return false;
    const auto answer = [&](Verdict verdict) {
        value.set_int(verdict);
        return true;
    };
    const Algorithm algorithm = algorithm_of(name);
    if (!algorithm.family) return answer(kUnknownAlgorithm);
    const std::string_view token = value.text;
    const std::size_t first = token.find('.'), second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return answer(kInvalidToken);
    const std::string_view text = token.substr(0, second), written = token.substr(second + 1);
    if (algorithm.family == 'N') return answer(written.empty() ? kGood : kWrong);
    std::string_view signature;
    if (written.empty() || !decode_base64_url(written, *context.arena, signature)) return answer(kInvalidToken);
    if (algorithm.family == 'H')
        return answer(of_certificate ? kUnmanaged : verify_mac(algorithm, key, text, signature));
    if constexpr (of_certificate)
        return answer(verify_by_certificate(context, algorithm, args[1], key, text, signature));
    return answer(verify_signature(context, algorithm, static_cast<EVP_PKEY*>(args[1].object.get()), text, signature));
}

constexpr auto kDone = Support::done;
constexpr auto kBin = Type::bin, kInt = Type::sint;
constexpr std::string_view kCbc = "integer,string,string[,string]", kGcm = "integer,string,string,string[,string]";

// clang-format off
constexpr Converter kTable[] = {
    {.name = "aes_cbc_dec", .args = kCbc, .in = kBin, .out = kBin, .support = kDone, .run = convert_aes<false, false>, .prepare = prepare_aes<false>, .since = "3.4"},
    {.name = "aes_cbc_enc", .args = kCbc, .in = kBin, .out = kBin, .support = kDone, .run = convert_aes<false, true>, .prepare = prepare_aes<false>, .since = "3.4"},
    {.name = "aes_gcm_dec", .args = kGcm, .in = kBin, .out = kBin, .support = kDone, .run = convert_aes<true, false>, .prepare = prepare_aes<true>, .since = "2.0"},
    {.name = "aes_gcm_enc", .args = kGcm, .in = kBin, .out = kBin, .support = kDone, .run = convert_aes<true, true>, .prepare = prepare_gcm_encryption, .since = "3.0"},
    {.name = "jwt_verify", .args = "string,string", .in = kBin, .out = kInt, .support = kDone, .run = convert_verify<false>, .prepare = prepare_verify<false>, .since = "2.5"},
    {.name = "jwt_verify_cert", .args = "string,string", .in = kBin, .out = kInt, .support = kDone, .run = convert_verify<true>, .prepare = prepare_verify<true>, .since = "3.3"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
