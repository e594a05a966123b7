// JSON Web Keys as OpenSSL has them: RFC 7517, RFC 7518 section 6.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "keywords/jwe.h"
#include "keywords/sample_support.h"
#include "sample/json.h"

namespace cfgproxy::keywords {
namespace {

struct Free {
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    void operator()(EC_POINT* point) const { EC_POINT_free(point); }
};
template <class T>
using Pointer = std::unique_ptr<T, Free>;

/// The text at `path`; false if there is none.
bool text_at(std::string_view json, std::string_view path, base::Arena& arena, std::string_view& text) {
    const sample::JsonValue value = sample::find_json(json, path);
    return value.kind == sample::JsonValue::Kind::text && sample::unescape_json(value.token, arena, text);
}

Pointer<BIGNUM> number_at(std::string_view json, std::string_view path, base::Arena& arena) {
    std::string_view text, bytes;
    if (!text_at(json, path, arena, text) || !decode_base64_url(text, arena, bytes)) return nullptr;
    return Pointer<BIGNUM>(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

PKeyPointer make_key(const char* kind, OSSL_PARAM_BLD* builder) {
    EVP_PKEY* key = nullptr;
    Pointer<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
    Pointer<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1)
        ERR_clear_error();
    return PKeyPointer(key);
}

/// All of the numbers must be there.
PKeyPointer rsa_key(std::string_view json, base::Arena& arena) {
    struct Field {
        const char* path;
        const char* name;
    };
    static constexpr Field kFields[] = {
        {"$.n", OSSL_PKEY_PARAM_RSA_N},          {"$.e", OSSL_PKEY_PARAM_RSA_E},
        {"$.d", OSSL_PKEY_PARAM_RSA_D},          {"$.p", OSSL_PKEY_PARAM_RSA_FACTOR1},
        {"$.q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"$.dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {"$.dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"$.qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    Pointer<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    Pointer<BIGNUM> numbers[std::size(kFields)];  // the builder does not copy them
    for (std::size_t i = 0; i < std::size(kFields); ++i) {
        numbers[i] = number_at(json, kFields[i].path, arena);
        if (!numbers[i] || !OSSL_PARAM_BLD_push_BN(builder.get(), kFields[i].name, numbers[i].get())) return nullptr;
    }
    return make_key("RSA", builder.get());
}

/// "P-256" and its like, and OpenSSL's own names.
int curve_of(const std::string& name) {
    const int nid = EC_curve_nist2nid(name.c_str());
    return nid != NID_undef ? nid : OBJ_sn2nid(name.c_str());
}

}  // namespace

PKeyPointer ec_key(std::string_view json, base::Arena& arena) {
    std::string_view curve_text;
    auto x = number_at(json, "$.x", arena), y = number_at(json, "$.y", arena);
    if (!x || !y || !text_at(json, "$.crv", arena, curve_text)) return nullptr;
    const bool is_private = sample::find_json(json, "$.d").kind != sample::JsonValue::Kind::none;
    auto d = number_at(json, "$.d", arena);
    if (is_private && !d) return nullptr;
    const std::string curve(curve_text);
    Pointer<EC_GROUP> group(EC_GROUP_new_by_curve_name(curve_of(curve)));
    Pointer<EC_POINT> point(group ? EC_POINT_new(group.get()) : nullptr);
    unsigned char bytes[1 + 2 * 66];  // the widest curve has 521 bits
    // A point that does not lie on the curve is refused here: it could be made to give the private key away.
    const std::size_t size =
        point && EC_POINT_set_affine_coordinates(group.get(), point.get(), x.get(), y.get(), nullptr) == 1
            ? EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof bytes, nullptr)
            : 0;
    Pointer<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (size == 0 ||
        !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size()) ||
        !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, bytes, size) ||
        (d && !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d.get()))) {
        ERR_clear_error();
        return nullptr;
    }
    return make_key("EC", builder.get());
}

base::Result<JsonWebKey> read_json_web_key(std::string_view json, base::Arena& arena) {
    std::string_view kind, text, secret;
    if (!text_at(json, "$.kty", arena, kind)) return base::Error{"Missing key type (expected 'oct', 'RSA' or 'EC')"};
    if (kind == "oct") {
        if (!text_at(json, "$.k", arena, text)) return base::Error{"Missing 'k' field in JWK"};
        if (!decode_base64_url(text, arena, secret)) return base::Error{"Failed to parse 'k' field in JWK"};
        return JsonWebKey{.secret = secret, .key = nullptr};
    }
    if (kind != "RSA" && kind != "EC") return base::Error{"Unmanaged key type (expected 'oct', 'RSA' or 'EC'"};
    PKeyPointer key = kind == "RSA" ? rsa_key(json, arena) : ec_key(json, arena);
    if (!key) return base::Error{"Failed to parse " + std::string(kind) + " JWK"};
    return JsonWebKey{.secret = {}, .key = std::move(key), .rsa = kind == "RSA"};
}

}  // namespace cfgproxy::keywords
