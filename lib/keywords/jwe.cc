#include "keywords/jwe.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstring>

#include "keywords/sample_support.h"
#include "sample/json.h"

namespace cfgproxy::keywords {

namespace {

using Bytes = std::string_view;

struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Pointer = std::unique_ptr<T, Free>;

constexpr std::size_t kTag = 16;

const unsigned char* raw(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
int length(Bytes bytes) { return static_cast<int>(bytes.size()); }
unsigned char* room(base::Arena& arena, std::size_t size) {
    return reinterpret_cast<unsigned char*>(arena.bytes(size));
}
Bytes view(const unsigned char* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

/// The parts between the dots: exactly five.
bool split(Bytes token, Bytes (&parts)[5]) {
    for (int i = 0; i < 4; ++i) {
        const std::size_t dot = token.find('.');
        if (dot == token.npos) return false;
        parts[i] = token.substr(0, dot);
        token.remove_prefix(dot + 1);
    }
    parts[4] = token;
    return token.find('.') == token.npos;
}

struct Token {
    Bytes header;  ///< as it stands in the token: it is authenticated so
    Bytes json;
    Bytes wrapped_key, iv, text, tag;
    JweAlgorithm algorithm{};
    JweEncoding encoding{};
    base::Arena& arena;

    bool field(std::string_view path, Bytes& text_of) const {
        const sample::JsonValue value = sample::find_json(json, path);
        return value.kind == sample::JsonValue::Kind::text && sample::unescape_json(value.token, arena, text_of);
    }
    bool decoded_field(std::string_view path, Bytes& bytes) const {
        Bytes text_of;
        return field(path, text_of) && decode_base64_url(text_of, arena, bytes);
    }
};

template <class Names>
int index_of(const Names& names, std::string_view name, std::uint32_t allowed) {
    const auto found = std::find(std::begin(names), std::end(names), name);
    const auto index = static_cast<int>(found - std::begin(names));
    return found != std::end(names) && (allowed >> index & 1) ? index : -1;
}

bool read_token(Bytes written, const JweAllowed& allowed, Token& token) {
    Bytes parts[5], algorithm, encoding;
    if (!split(written, parts)) return false;
    token.header = parts[0];
    Bytes* const decoded[] = {&token.json, &token.wrapped_key, &token.iv, &token.text, &token.tag};
    for (int i = 0; i < 5; ++i)
        if (!decode_base64_url(parts[i], token.arena, *decoded[i])) return false;
    if (!token.field("$.alg", algorithm) || !token.field("$.enc", encoding)) return false;
    const int alg = index_of(kJweAlgorithms, algorithm, allowed.algorithms);
    const int enc = index_of(kJweEncodings, encoding, allowed.encodings);
    token.algorithm = static_cast<JweAlgorithm>(alg);
    token.encoding = static_cast<JweEncoding>(enc);
    return alg >= 0 && enc >= 0;
}

/// AES in GCM or CBC mode; `tag` counts for GCM.
bool decrypt_aes(const EVP_CIPHER* kind, Bytes key, Bytes iv, Bytes extra, Bytes tag, Bytes text, base::Arena& arena,
                 Bytes& out) {
    const bool gcm = EVP_CIPHER_mode(kind) == EVP_CIPH_GCM_MODE;
    if (length(key) < EVP_CIPHER_key_length(kind) || iv.empty()) return false;
    if (!gcm && length(iv) != EVP_CIPHER_iv_length(kind)) return false;
    if (gcm && tag.size() != kTag) return false;  // a shorter one would be easier to guess
    Pointer<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    unsigned char* const to = room(arena, text.size() + 2 * kTag);
    int size = 0, rest = 0, ignored = 0;
    bool good = cipher && EVP_DecryptInit_ex(cipher.get(), kind, nullptr, nullptr, nullptr) == 1;
    if (good && gcm) good = EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_IVLEN, length(iv), nullptr) == 1;
    good = good && EVP_DecryptInit_ex(cipher.get(), nullptr, nullptr, raw(key), raw(iv)) == 1;
    if (good && gcm && !extra.empty())
        good = EVP_DecryptUpdate(cipher.get(), nullptr, &ignored, raw(extra), length(extra)) == 1;
    good = good && EVP_DecryptUpdate(cipher.get(), to, &size, raw(text), length(text)) == 1;
    if (good && gcm)
        good = EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag),
                                   const_cast<char*>(tag.data())) == 1;
    good = good && EVP_DecryptFinal_ex(cipher.get(), to + size, &rest) == 1;
    if (good) out = view(to, static_cast<std::size_t>(size + rest));
    return good;
}

// --- the key of the content ---------------------------------------------------------------------------------------

/// AES Key Wrap (RFC 3394).
bool unwrap(Bytes wrapped, Bytes secret, int bits, base::Arena& arena, Bytes& key) {
    const EVP_CIPHER* kind = bits == 128 ? EVP_aes_128_wrap() : bits == 192 ? EVP_aes_192_wrap() : EVP_aes_256_wrap();
    if (wrapped.empty() || length(secret) < bits / 8) return false;
    Pointer<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    if (!cipher) return false;
    EVP_CIPHER_CTX_set_flags(cipher.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    unsigned char* const to = room(arena, wrapped.size() + kTag);
    int size = 0, rest = 0;
    if (EVP_DecryptInit_ex(cipher.get(), kind, nullptr, raw(secret), nullptr) != 1 ||
        EVP_DecryptUpdate(cipher.get(), to, &size, raw(wrapped), length(wrapped)) != 1 ||
        EVP_DecryptFinal_ex(cipher.get(), to + size, &rest) != 1)
        return false;
    key = view(to, static_cast<std::size_t>(size + rest));
    return true;
}

bool unwrap_gcm(const Token& token, Bytes secret, int bits, Bytes& key) {
    const EVP_CIPHER* kind = bits == 128 ? EVP_aes_128_gcm() : bits == 192 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
    Bytes iv, tag;
    return !token.wrapped_key.empty() && token.decoded_field("$.iv", iv) && token.decoded_field("$.tag", tag) &&
           decrypt_aes(kind, secret, iv, {}, tag, token.wrapped_key, token.arena, key);
}

bool unwrap_rsa(const Token& token, EVP_PKEY* private_key, Bytes& key) {
    if (token.wrapped_key.empty()) return false;
    const bool old = token.algorithm == JweAlgorithm::rsa1_5;
    const EVP_MD* digest = token.algorithm == JweAlgorithm::rsa_oaep_256 ? EVP_sha256() : EVP_sha1();
    Pointer<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(private_key, nullptr));
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), old ? RSA_PKCS1_PADDING : RSA_PKCS1_OAEP_PADDING) != 1)
        return false;
    if (!old && (EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), digest) != 1 ||
                 EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest) != 1))
        return false;
    constexpr std::size_t kLongestKey = 64;
    std::size_t size = std::max<std::size_t>(static_cast<std::size_t>(EVP_PKEY_size(private_key)), kLongestKey);
    unsigned char* const to = room(token.arena, size);
    if (EVP_PKEY_decrypt(context.get(), to, &size, raw(token.wrapped_key), token.wrapped_key.size()) != 1) {
        if (!old) return false;
        // RFC 7516 section 11.5: who tries paddings must not learn from the time it takes which of them are right.
        size = kLongestKey;
        if (RAND_bytes(to, static_cast<int>(size)) != 1) return false;
    }
    key = view(to, size);
    return true;
}

void append_counted(std::string& to, Bytes bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(size >> shift);
    to += bytes;
}

/// Concat KDF with SHA-256 (RFC 7518 section 4.6.2): `bits` of key out of what both sides share.
bool derive(const Token& token, Bytes shared, std::string_view name, int bits, Bytes& key) {
    std::string info;
    Bytes apu, apv;
    const auto optional = [&](std::string_view path, Bytes& bytes) {
        return sample::find_json(token.json, path).kind == sample::JsonValue::Kind::none ||
               token.decoded_field(path, bytes);
    };
    if (!optional("$.apu", apu) || !optional("$.apv", apv)) return false;
    append_counted(info, name);
    append_counted(info, apu);
    append_counted(info, apv);
    for (int shift = 24; shift >= 0; shift -= 8) info += static_cast<char>(bits >> shift);
    constexpr std::size_t kHash = 32;
    const auto wanted = static_cast<std::size_t>(bits / 8);
    unsigned char* const to = room(token.arena, wanted + kHash);
    for (std::size_t done = 0; done < wanted; done += kHash) {
        std::string input{0, 0, 0, static_cast<char>(done / kHash + 1)};
        (input += shared) += info;
        if (EVP_Digest(input.data(), input.size(), to + done, nullptr, EVP_sha256(), nullptr) != 1) return false;
    }
    key = view(to, wanted);
    return true;
}

bool agree(const Token& token, EVP_PKEY* private_key, Bytes& shared) {
    const sample::JsonValue epk = sample::find_json(token.json, "$.epk");
    if (epk.kind != sample::JsonValue::Kind::object) return false;
    const PKeyPointer theirs = ec_key(epk.token, token.arena);
    Pointer<EVP_PKEY_CTX> context(theirs ? EVP_PKEY_CTX_new(private_key, nullptr) : nullptr);
    std::size_t size = 0;
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
        EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
        return false;
    unsigned char* const to = room(token.arena, size);
    if (EVP_PKEY_derive(context.get(), to, &size) != 1) return false;
    shared = view(to, size);
    return true;
}

int content_key_bits(JweEncoding encoding) {
    constexpr int kBits[] = {256, 384, 512, 128, 192, 256};
    return kBits[static_cast<int>(encoding)];
}

bool agree_on_key(const Token& token, EVP_PKEY* private_key, Bytes& key) {
    Bytes shared, wrapping;
    if (!agree(token, private_key, shared)) return false;
    if (token.algorithm == JweAlgorithm::ecdh_es)
        return derive(token, shared, kJweEncodings[static_cast<int>(token.encoding)], content_key_bits(token.encoding),
                      key);
    const int bits = 128 + 64 * (static_cast<int>(token.algorithm) - static_cast<int>(JweAlgorithm::ecdh_es_a128kw));
    return derive(token, shared, kJweAlgorithms[static_cast<int>(token.algorithm)], bits, wrapping) &&
           unwrap(token.wrapped_key, wrapping, bits, token.arena, key);
}

bool content_key(const Token& token, const JweKey& use, Bytes& key) {
    const auto bits_from = [&](JweAlgorithm first) {
        return 128 + 64 * (static_cast<int>(token.algorithm) - static_cast<int>(first));
    };
    switch (token.algorithm) {
        case JweAlgorithm::rsa1_5:
        case JweAlgorithm::rsa_oaep:
        case JweAlgorithm::rsa_oaep_256:
            return use.rsa && use.key && unwrap_rsa(token, use.key, key);
        case JweAlgorithm::a128kw:
        case JweAlgorithm::a192kw:
        case JweAlgorithm::a256kw:
            return use.secret &&
                   unwrap(token.wrapped_key, *use.secret, bits_from(JweAlgorithm::a128kw), token.arena, key);
        case JweAlgorithm::dir:
            if (!use.secret || !token.wrapped_key.empty()) return false;
            key = *use.secret;
            return true;
        case JweAlgorithm::a128gcmkw:
        case JweAlgorithm::a192gcmkw:
        case JweAlgorithm::a256gcmkw:
            return use.secret && unwrap_gcm(token, *use.secret, bits_from(JweAlgorithm::a128gcmkw), key);
        default:
            return use.ec && use.key && agree_on_key(token, use.key, key);
    }
}

// --- the content --------------------------------------------------------------------------------------------------

/// RFC 7518 section 5.2: the first half of the key authenticates, the second one decrypts.
bool decrypt_cbc(const Token& token, Bytes key, Bytes& out) {
    struct Kind {
        const EVP_CIPHER* cipher;
        const EVP_MD* digest;
        std::size_t half;
    };
    const Kind kinds[] = {{EVP_aes_128_cbc(), EVP_sha256(), 16},
                          {EVP_aes_192_cbc(), EVP_sha384(), 24},
                          {EVP_aes_256_cbc(), EVP_sha512(), 32}};
    const Kind& kind = kinds[static_cast<int>(token.encoding)];
    if (key.size() < 2 * kind.half) return false;
    std::string input(token.header);
    (input += token.iv) += token.text;
    const std::uint64_t bits = std::uint64_t{token.header.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8) input += static_cast<char>(bits >> shift);
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!HMAC(kind.digest, key.data(), static_cast<int>(kind.half), raw(input), input.size(), made, &size) ||
        token.tag.size() != size / 2 || CRYPTO_memcmp(made, token.tag.data(), size / 2) != 0)
        return false;
    return decrypt_aes(kind.cipher, key.substr(kind.half, kind.half), token.iv, {}, {}, token.text, token.arena, out);
}

bool decrypt_content(const Token& token, Bytes key, Bytes& out) {
    switch (token.encoding) {
        case JweEncoding::a128gcm:
            return decrypt_aes(EVP_aes_128_gcm(), key, token.iv, token.header, token.tag, token.text, token.arena, out);
        case JweEncoding::a192gcm:
            return decrypt_aes(EVP_aes_192_gcm(), key, token.iv, token.header, token.tag, token.text, token.arena, out);
        case JweEncoding::a256gcm:
            return decrypt_aes(EVP_aes_256_gcm(), key, token.iv, token.header, token.tag, token.text, token.arena, out);
        default:
            return decrypt_cbc(token, key, out);
    }
}

}  // namespace

std::optional<std::string_view> decrypt_jwe(std::string_view written, const JweKey& use, const JweAllowed& allowed,
                                            base::Arena& arena) {
    Token token{.header = {}, .json = {}, .wrapped_key = {}, .iv = {}, .text = {}, .tag = {}, .arena = arena};
    Bytes key, content;
    const bool good =
        read_token(written, allowed, token) && content_key(token, use, key) && decrypt_content(token, key, content);
    ERR_clear_error();
    return good ? std::optional(content) : std::nullopt;
}

}  // namespace cfgproxy::keywords
