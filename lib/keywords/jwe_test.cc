// Encrypted tokens: read with the right key as they are, and not at all once a letter is another one.
#include <catch2/catch.hpp>

#include "http/auth.h"
#include "keywords/jwe.h"

using namespace cfgproxy;
using namespace cfgproxy::keywords;

namespace {

constexpr JweAllowed kAll{~0u, ~0u};
constexpr std::string_view kWrapped =
    "eyJhbGciOiJBMjU2R0NNS1ciLCJlbmMiOiJBMjU2R0NNIiwiaXYiOiIxblRsTUtWN1dDSFZDRlVPIiwidGFnIjoiQW"
    "dfYUVCczFVdnZDZ0FWRzA2S2U3QSJ9.x83_ZP05LtlW1ZM0IJUEM_1N7OvyHyHG_0sSeEcrg50.uZKuslLqwj-XxbA"
    "r.KfSnEhyX6i5zlphCQX6O.3mhIPBgPQL2vRzjmjtjSHg";
constexpr std::string_view kWrappedSecret = "XCaSQsJGFGupdbSb19qTfTacEqNSRyK5TueAb+tsolQ=";
constexpr std::string_view kDirect =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..j6Ls-x2TIjB2HoE-k_6HzQ.ywGCpFmmfTQwpwi34j"
    "d3Gw.YqCyeNvZ6KL0UFt4wenOrw";
constexpr std::string_view kDirectSecret = "XCaSQsJGFGupdbSb19qTfTacEqNSRyK5TueAb+tsolQ=";
constexpr std::string_view kAgreed =
    "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkExMjhHQ00iLCJlcGsiOnsia3R5IjoiRUMiLCJjcnYiOiJQLT"
    "I1NiIsIngiOiJqLTNsWUlZYWtCaDVVSjVvcUtjcHlFRjlGN1BSVUFnX1RRaElaYXpxNmowIiwieSI6Ijc5N0Q2MDRu"
    "N09xd2NWOElDWkFqaTZrMHRpN1QwMS1XbUZudGI2T3p4U0kifX0.eANZ6zYXZbY1i3nvXAclwuzLm5T2qDsd.X74xI"
    "y31oyMsBL46.a-UyldNic1KsrYcI4n-E6-NBwI0.MoiQp2oj0xFi-P81iMIkQA";
constexpr std::string_view kAgreedKey =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"D6P1Dq6JlhwGI20TSzhi4Ymj39z3LXyH4xQO4rUXeck\",\"y\":\"vXbvDQKjV"
    "vb_aj3lYlfk4i88AkMQLme_1uIewGBjNWo\",\"d\":\"mjcjGD4NK5mTR-vLC24VMyKjpQi5xOU5eZYc8hnYSyE\"}";

std::string read(std::string_view token, const JweKey& key, const JweAllowed& allowed = kAll) {
    base::Arena arena;
    const auto content = decrypt_jwe(token, key, allowed, arena);
    return content ? std::string(*content) : "-";
}

/// How many letters may be others without that anybody notices. The last one of a part holds bits that count for
/// nothing.
int unnoticed(std::string_view token, const JweKey& key) {
    int count = 0;
    for (std::size_t i = 0; i + 1 < token.size(); ++i) {
        if (token[i] == '.' || token[i + 1] == '.') continue;
        std::string other(token);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        count += read(other, key) != "-";
    }
    return count;
}

}  // namespace

TEST_CASE("tokens encrypted with a secret") {
    base::Arena arena;
    std::string_view secret, direct;
    REQUIRE(http::decode_base64(kWrappedSecret, arena, secret));
    REQUIRE(http::decode_base64(kDirectSecret, arena, direct));
    CHECK(read(kWrapped, {.secret = secret}) == "hello A256GCMKW");
    CHECK(read(kDirect, {.secret = direct}) == "hello dir");
    CHECK(read(kWrapped, {.secret = "0123456789abcdef0123456789abcdef"}) == "-");
    CHECK(read(kWrapped, {}) == "-");
    CHECK(unnoticed(kWrapped, {.secret = secret}) == 0);
    CHECK(unnoticed(kDirect, {.secret = direct}) == 0);
    CHECK(read(kWrapped, {.secret = secret}, {0, ~0u}) == "-");
    CHECK(read(kWrapped, {.secret = secret}, {~0u, 1u << static_cast<int>(JweEncoding::a128gcm)}) == "-");
    CHECK(read(std::string(kWrapped) + ".", {.secret = secret}) == "-");
    CHECK(read("", {.secret = secret}) == "-");
    CHECK(read("....", {.secret = secret}) == "-");
}

TEST_CASE("tokens whose key both sides agree on, and JSON Web Keys") {
    base::Arena arena;
    const auto key = read_json_web_key(kAgreedKey, arena);
    REQUIRE(key);
    CHECK(read(kAgreed, key->use()) == "hello ECDH-ES+A128KW");
    CHECK(unnoticed(kAgreed, key->use()) == 0);
    JweKey as_rsa = key->use();
    std::swap(as_rsa.rsa, as_rsa.ec);
    CHECK(read(kAgreed, as_rsa) == "-");
    CHECK(read_json_web_key("{}", arena).error() == "Missing key type (expected 'oct', 'RSA' or 'EC')");
    CHECK(read_json_web_key(R"({"kty":"oct"})", arena).error() == "Missing 'k' field in JWK");
    CHECK(read_json_web_key(R"({"kty":"RSA","n":"AQAB"})", arena).error() == "Failed to parse RSA JWK");
    CHECK(read_json_web_key(R"({"kty":"EC","crv":"P-0","x":"AQ","y":"AQ"})", arena).error() ==
          "Failed to parse EC JWK");
    CHECK(!read_json_web_key(R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})", arena));  // not on the curve
    CHECK(read_json_web_key(R"({"kty":"oct","k":"YWJj"})", arena)->secret == "abc");
}
