#include "sample/auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

namespace cfgproxy::sample {
namespace {

using Digest = std::array<unsigned char, 32>;

/// Passwords that were found right, by the digest of what was compared. A thread's own.
struct Remembered {
    std::array<Digest, 256> slots{};
    crypt_data scratch{};
};

Remembered& remembered() {
    thread_local auto own = std::make_unique<Remembered>();
    return *own;
}

Digest digest_of(std::string_view password, std::string_view given) {
    std::string both;
    both.reserve(password.size() + given.size() + 1);
    both.append(password).push_back('\0');
    both.append(given);
    Digest digest{};
    unsigned size = 0;
    EVP_Digest(both.data(), both.size(), digest.data(), &size, EVP_sha256(), nullptr);
    OPENSSL_cleanse(both.data(), both.size());
    return digest;
}

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

bool check_password(const AuthUser& user, std::string_view given) {
    if (user.insecure) return same(user.password, given);
    Remembered& memory = remembered();
    const Digest digest = digest_of(user.password, given);
    Digest& slot = memory.slots[digest[0]];
    if (slot == digest) return true;
    const std::string clear(given), salt(user.password);
    // libxcrypt's form: null when it cannot, where crypt_r answers with a text that looks like a hash.
    const char* made = crypt_rn(clear.c_str(), salt.c_str(), &memory.scratch, sizeof memory.scratch);
    const bool right = made && same(made, user.password);
    if (right) slot = digest;
    return right;
}

}  // namespace cfgproxy::sample
