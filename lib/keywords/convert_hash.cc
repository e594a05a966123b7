#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hash.h"
#include "http/auth.h"
#include "keywords/sample_support.h"
#include "sample/variable.h"

/// Hashes and digests of bytes (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

std::int64_t seed_of(Arguments args) { return has(args, 0) ? args[0].number : 0; }

/// 32 bits without sign; an argument other than 0 asks for full avalanche.
template <std::uint32_t (*hash)(std::string_view)>
bool convert_hash(const Context&, Arguments args, Value& value) {
    const std::uint32_t result = hash(value.text);
    value.set_int(seed_of(args) ? base::full_hash(result) : result);
    return true;
}

bool convert_xxh32(const Context&, Arguments args, Value& value) {
    value.set_int(base::hash_xxh32(value.text, static_cast<std::uint32_t>(seed_of(args))));
    return true;
}

bool convert_xxh64(const Context&, Arguments args, Value& value) {
    const auto seed = static_cast<std::uint64_t>(seed_of(args));
    value.set_int(static_cast<std::int64_t>(base::hash_xxh64(value.text, seed)));
    return true;
}

bool convert_xxh3(const Context&, Arguments args, Value& value) {
    const auto seed = static_cast<std::uint64_t>(seed_of(args));
    value.set_int(static_cast<std::int64_t>(base::hash_xxh3(value.text, seed)));
    return true;
}

bool digest(const Context& context, const EVP_MD* algorithm, Value& value) {
    auto* to = reinterpret_cast<unsigned char*>(context.arena->bytes(EVP_MAX_MD_SIZE));
    unsigned size = 0;
    if (EVP_Digest(value.text.data(), value.text.size(), to, &size, algorithm, nullptr) != 1) return false;
    value.set_bytes({reinterpret_cast<char*>(to), size});
    return true;
}

bool convert_sha1(const Context& context, Arguments, Value& value) { return digest(context, EVP_sha1(), value); }

const EVP_MD* sha2_of(std::int64_t bits) {
    switch (bits) {
        case 224:
            return EVP_sha224();
        case 256:
            return EVP_sha256();
        case 384:
            return EVP_sha384();
        case 512:
            return EVP_sha512();
        default:
            return nullptr;
    }
}

bool convert_sha2(const Context& context, Arguments args, Value& value) {
    return digest(context, sha2_of(has(args, 0) ? args[0].number : 256), value);
}

base::Result<void> prepare_sha2(std::vector<Argument>& args) {
    if (!args.empty() && !sha2_of(args[0].number))
        return base::Error{"Unsupported number of bits: '" + std::to_string(args[0].number) + "'"};
    return {};
}

/// Looked up once: OpenSSL's search by name takes locks.
const EVP_MD* algorithm_of(const Argument& arg) { return static_cast<const EVP_MD*>(arg.target); }

base::Result<void> prepare_digest(std::vector<Argument>& args) {
    args[0].target = EVP_get_digestbyname(args[0].text.c_str());
    if (!args[0].target) return base::Error{"algorithm must be a valid OpenSSL message digest name."};
    return {};
}

bool convert_digest(const Context& context, Arguments args, Value& value) {
    return digest(context, algorithm_of(args[0]), value);
}

/// The key is base64, written down or in a variable.
base::Result<void> prepare_hmac(std::vector<Argument>& args) {
    if (auto result = prepare_digest(args); !result) return result;
    if (args[1].text.empty() || sample::prepare_variable(args[1]).ok()) return {};
    base::Arena arena;
    std::string_view key;
    if (!http::decode_base64(args[1].text, arena, key))
        return base::Error{
            "failed to parse key : argument needs to be base64 encoded, and can either be a string or a variable"};
    args[1].text = std::string(key);
    return {};
}

bool convert_hmac(const Context& context, Arguments args, Value& value) {
    std::string_view key = args[1].text;
    if (args[1].kind == Argument::Kind::variable) {
        const Value* variable = sample::find_variable(context, args[1]);
        Value text = variable ? *variable : Value{};
        if (!variable || !sample::cast(text, Type::str, *context.arena) ||
            !http::decode_base64(text.text, *context.arena, key))
            return false;
    }
    auto* to = reinterpret_cast<unsigned char*>(context.arena->bytes(EVP_MAX_MD_SIZE));
    unsigned size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.text.data());
    if (!HMAC(algorithm_of(args[0]), key.data() ? key.data() : "", static_cast<int>(key.size()), bytes,
              value.text.size(), to, &size))
        return false;
    value.set_bytes({reinterpret_cast<char*>(to), size});
    return true;
}

/// Takes the same time wherever the difference is.
bool convert_secure_memcmp(const Context& context, Arguments args, Value& value) {
    const Value* variable = sample::find_variable(context, args[0]);
    Value other = variable ? *variable : Value{};
    if (!variable || !sample::cast(other, Type::bin, *context.arena)) return false;
    value.set_bool(value.text.size() == other.text.size() &&
                   CRYPTO_memcmp(value.text.data(), other.text.data(), other.text.size()) == 0);
    return true;
}

base::Result<void> prepare_secure_memcmp(std::vector<Argument>& args) {
    if (!sample::prepare_variable(args[0]).ok())
        return base::Error{"failed to register variable name '" + args[0].text + "'"};
    return {};
}

constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;
constexpr auto kBin = Type::bin;
constexpr std::string_view kOption = "[integer]";

constexpr Converter kTable[] = {
    {.name = "crc32",
     .args = kOption,
     .in = kBin,
     .out = kInt,
     .support = kDone,
     .run = convert_hash<base::hash_crc32>,
     .since = "1.6"},
    {.name = "crc32c",
     .args = kOption,
     .in = kBin,
     .out = kInt,
     .support = kDone,
     .run = convert_hash<base::hash_crc32c>,
     .since = "1.9"},
    {.name = "digest",
     .args = "string",
     .in = kBin,
     .out = kBin,
     .support = kDone,
     .run = convert_digest,
     .prepare = prepare_digest,
     .since = "2.2"},
    {.name = "djb2",
     .args = kOption,
     .in = kBin,
     .out = kInt,
     .support = kDone,
     .run = convert_hash<base::hash_djb2>,
     .since = "1.6"},
    {.name = "hmac",
     .args = "string,string",
     .in = kBin,
     .out = kBin,
     .support = kDone,
     .run = convert_hmac,
     .prepare = prepare_hmac,
     .since = "2.2"},
    {.name = "sdbm",
     .args = kOption,
     .in = kBin,
     .out = kInt,
     .support = kDone,
     .run = convert_hash<base::hash_sdbm>,
     .since = "1.6"},
    {.name = "secure_memcmp",
     .args = "string",
     .in = kBin,
     .out = Type::boolean,
     .support = kDone,
     .run = convert_secure_memcmp,
     .prepare = prepare_secure_memcmp,
     .since = "2.2"},
    {.name = "sha1", .in = kBin, .out = kBin, .support = kDone, .run = convert_sha1, .since = "1.8"},
    {.name = "sha2",
     .args = kOption,
     .in = kBin,
     .out = kBin,
     .support = kDone,
     .run = convert_sha2,
     .prepare = prepare_sha2,
     .since = "2.1"},
    {.name = "wt6",
     .args = kOption,
     .in = kBin,
     .out = kInt,
     .support = kDone,
     .run = convert_hash<base::hash_wt6>,
     .since = "1.6"},
    {.name = "xxh3", .args = kOption, .in = kBin, .out = kInt, .support = kDone, .run = convert_xxh3, .since = "2.4"},
    {.name = "xxh32", .args = kOption, .in = kBin, .out = kInt, .support = kDone, .run = convert_xxh32, .since = "1.8"},
    {.name = "xxh64", .args = kOption, .in = kBin, .out = kInt, .support = kDone, .run = convert_xxh64, .since = "1.8"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
