#pragma once
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"

/// Encrypted JSON Web Tokens in their compact form: RFC 7516, with the algorithms of RFC 7518.
namespace cfgproxy::keywords {

/// `alg`: how the key of the content comes to the reader (RFC 7518 section 4.1).
enum class JweAlgorithm : std::uint8_t {
    rsa1_5,
    rsa_oaep,
    rsa_oaep_256,
    a128kw,
    a192kw,
    a256kw,
    dir,
    ecdh_es,
    ecdh_es_a128kw,
    ecdh_es_a192kw,
    ecdh_es_a256kw,
    a128gcmkw,
    a192gcmkw,
    a256gcmkw,
};
inline constexpr std::string_view kJweAlgorithms[] = {
    "RSA1_5",  "RSA-OAEP",       "RSA-OAEP-256",   "A128KW",         "A192KW",    "A256KW",    "dir",
    "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW",
};
/// `enc`: how the content is encrypted (section 5.1).
enum class JweEncoding : std::uint8_t { a128cbc_hs256, a192cbc_hs384, a256cbc_hs512, a128gcm, a192gcm, a256gcm };
inline constexpr std::string_view kJweEncodings[] = {"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512",
                                                     "A128GCM",       "A192GCM",       "A256GCM"};

/// Which of them may be used, as bits: `jwt.decrypt_alg_list`, `jwt.decrypt_enc_list`.
struct JweAllowed {
    std::uint32_t algorithms = 0, encodings = 0;
};

struct PKeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PKeyPointer = std::unique_ptr<EVP_PKEY, PKeyFree>;

/// What a token is decrypted with: a secret, or a private key.
struct JweKey {
    std::optional<std::string_view> secret;
    EVP_PKEY* key = nullptr;  ///< not owned
    bool rsa = false, ec = false;
};

/// A JSON Web Key (RFC 7517) of kind oct, RSA or EC. Its secret lives in the arena.
struct JsonWebKey {
    std::optional<std::string_view> secret;
    PKeyPointer key;
    bool rsa = false;
    JweKey use() const { return {secret, key.get(), rsa, key && !rsa}; }
};
/// The key of kind EC that `json` describes, with its private half if that is there; null if it is none.
PKeyPointer ec_key(std::string_view json, base::Arena& arena);
base::Result<JsonWebKey> read_json_web_key(std::string_view json, base::Arena& arena);

/// The content of `token`, in the arena; nothing if it is no such token, its algorithms are not among those that are
/// allowed, the key is of another kind, or anything in it is not as it was written. Tells nobody which.
std::optional<std::string_view> decrypt_jwe(std::string_view token, const JweKey& key, const JweAllowed& allowed,
                                            base::Arena& arena);

}  // namespace cfgproxy::keywords
