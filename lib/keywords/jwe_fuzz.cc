// Any header, key and content of an encrypted token, put together as tokens are, and any JSON Web Key: nothing breaks,
// the same comes out again, and a token with a letter too many is none.
#include <cstdlib>
#include <string>

#include "keywords/jwe.h"

using namespace cfgproxy;
using namespace cfgproxy::keywords;

namespace {

std::string base64_url(std::string_view bytes) {
    constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) text += kLetters[bits >> (count - 6) & 63];
    }
    if (count) text += kLetters[bits << (6 - count) & 63];
    return text;
}

/// What stands in front of the next byte 0x1e.
std::string_view take(std::string_view& rest) {
    const std::size_t end = rest.find('\x1e');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return part;
}

std::string decrypt(const std::string& token, const JweKey& key) {
    base::Arena arena;
    const auto content = decrypt_jwe(token, key, {~0u, ~0u}, arena);
    return content ? "+" + std::string(*content) : "-";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    base::Arena arena;
    const auto key = read_json_web_key(take(rest), arena);
    std::string token = base64_url(take(rest));
    for (int i = 0; i < 4; ++i) token += "." + base64_url(take(rest));
    const JweKey secret{.secret = std::string_view("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")};
    for (const JweKey& use : {key ? key->use() : secret, secret}) {
        const std::string first = decrypt(token, use);
        if (first != decrypt(token, use)) std::abort();
        if (decrypt(token + "!", use) != "-") std::abort();
    }
    return 0;
}
