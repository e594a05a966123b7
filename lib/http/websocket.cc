#include "http/websocket.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/text.h"

namespace cfgproxy::http {
namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string_view encode(const unsigned char* bytes, int size, base::Arena& arena) {
    char* text = arena.bytes(static_cast<std::size_t>(4 * ((size + 2) / 3) + 1));
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text), bytes, size);
    return {text, static_cast<std::size_t>(length)};
}

}  // namespace

bool is_websocket(const Request& request) {
    if (!(request.connection & kUpgrade)) return false;
    const Header* upgrade = request.headers.find(Known::upgrade);
    return upgrade && base::iequal(upgrade->value, "websocket");
}

std::string_view make_websocket_key(base::Arena& arena) {
    unsigned char random[16];
    if (RAND_bytes(random, sizeof random) != 1) std::memset(random, 0, sizeof random);
    return encode(random, sizeof random, arena);
}

std::string_view websocket_accept(std::string_view key, base::Arena& arena) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const std::string_view text = arena.concat(key, kMagic);
    if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr) != 1) return {};
    return encode(digest, static_cast<int>(size), arena);
}

}  // namespace cfgproxy::http
