#include "net/tls_tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/file.h"
#include "base/text.h"
#include "net/base64.h"
#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::net {
namespace {

using base::Error;

// What a key consists of: 16 bytes of name, then HMAC key and AES key of the same size each.
constexpr std::size_t kName = 16, kSmall = 48, kLarge = 80;
// How long a key of ours encrypts; for as long again it decrypts.
constexpr std::uint64_t kRotationSeconds = 12 * 3600;

std::string random_key(std::size_t size) {
    std::string key(size, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(size));
    return key;
}

std::uint64_t now_seconds() { return static_cast<std::uint64_t>(std::time(nullptr)); }

/// OpenSSL's wish for the cipher and MAC of a ticket (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int encrypt) {
    TicketKeys& keys = *Tls::of(ssl)->context().settings().ticket_keys;
    bool renew = false;
    const std::string key = encrypt ? keys.current() : keys.find({reinterpret_cast<const char*>(name), kName}, renew);
    if (key.empty()) return 0;
    const std::size_t half = (key.size() - kName) / 2;
    const EVP_CIPHER* algorithm = half == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
    auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(key.data()));
    if (encrypt) {
        std::memcpy(name, key.data(), kName);
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(algorithm)) != 1) return -1;
    }
    char digest[] = "sha256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes + kName, half),
                                     OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return -1;
    const int done = encrypt ? EVP_EncryptInit_ex(cipher, algorithm, nullptr, bytes + kName + half, iv)
                             : EVP_DecryptInit_ex(cipher, algorithm, nullptr, bytes + kName + half, iv);
    if (done != 1) return -1;
    return renew ? 2 : 1;
}

}  // namespace

base::Result<std::shared_ptr<TicketKeys>> TicketKeys::from_file(const std::string& path) {
    auto text = base::read_file(path);
    if (!text) return Error{"unable to load ssl tickets keys file"};
    std::shared_ptr<TicketKeys> made(new TicketKeys);
    made->file_ = path;
    std::size_t count = 0;
    for (std::string_view line : base::split(*text, '\n')) {
        line = base::trim(line);
        if (line.empty()) continue;
        std::string key;
        const std::size_t number = count + 1;
        if (!decode_base64(line, key)) return Error{"unable to decode base64 key on line " + std::to_string(number)};
        if (key.size() != kSmall && key.size() != kLarge)
            return Error{"wrong sized key on line " + std::to_string(number)};
        if (count > 0 && key.size() != made->key_size_)
            return Error{"wrong sized key on line " + std::to_string(number)};
        made->key_size_ = key.size();
        made->keys_[count++ % made->keys_.size()] = std::move(key);
    }
    if (count < made->keys_.size())
        return Error{"please supply at least " + std::to_string(made->keys_.size()) + " keys in the tls-tickets-file"};
    made->next_ = count % made->keys_.size();
    return made;
}

std::shared_ptr<TicketKeys> TicketKeys::named(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<TicketKeys>> all;
    const std::lock_guard lock(mutex);
    std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<TicketKeys>& slot = all[name];
    if (auto known = slot.lock()) return known;
    std::shared_ptr<TicketKeys> made(new TicketKeys);
    for (std::string& key : made->keys_) key = random_key(made->key_size_);
    made->made_seconds_ = now_seconds();
    slot = made;
    return made;
}

std::vector<std::string> TicketKeys::shown() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < keys_.size(); ++i) all.push_back(encode_base64(keys_[(next_ + i) % keys_.size()]));
    return all;
}

bool TicketKeys::push(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (key.size() != key_size_) return false;
    keys_[next_] = key;
    next_ = (next_ + 1) % keys_.size();
    return true;
}

void TicketKeys::rotate() {
    const std::uint64_t now = now_seconds();
    if (made_seconds_ == 0 || now - made_seconds_ < kRotationSeconds) return;
    keys_[next_] = random_key(key_size_);
    next_ = (next_ + 1) % keys_.size();
    made_seconds_ = now;
}

std::string TicketKeys::current() {
    const std::lock_guard lock(mutex_);
    rotate();
    return keys_[(next_ + 1) % keys_.size()];
}

std::string TicketKeys::find(std::string_view name, bool& renew) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const std::string& key = keys_[(next_ + i) % keys_.size()];
        if (std::string_view(key).substr(0, kName) != name) continue;
        renew = i != 1;
        return key;
    }
    return {};
}

void TicketKeys::install(SSL_CTX* context) { SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket_key); }

// --- the cache -----------------------------------------------------------------------------------------------

namespace {

/// Whether everything about the session travels in a ticket, so that there is nothing to keep here.
bool travels(const SSL* ssl) {
    return SSL_version(ssl) == TLS1_3_VERSION && !(SSL_get_options(ssl) & SSL_OP_NO_TICKET);
}

std::string_view id_of(const SSL_SESSION* session) {
    unsigned size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &size);
    return {reinterpret_cast<const char*>(id), size};
}

int keep(SSL* ssl, SSL_SESSION* session) {
    if (travels(ssl)) return 0;
    const int size = i2d_SSL_SESSION(session, nullptr);
    if (size <= 0) return 0;
    std::string bytes(static_cast<std::size_t>(size), '\0');
    auto* to = reinterpret_cast<unsigned char*>(bytes.data());
    i2d_SSL_SESSION(session, &to);
    const auto seconds = static_cast<std::uint64_t>(SSL_SESSION_get_timeout(session));
    SessionCache::of_process().put(id_of(session), std::move(bytes), now_seconds() + seconds);
    return 0;  // OpenSSL's reference stays OpenSSL's
}

SSL_SESSION* give(SSL*, const unsigned char* id, int size, int* copy) {
    *copy = 0;
    const std::string bytes = SessionCache::of_process().get(
        {reinterpret_cast<const char*>(id), static_cast<std::size_t>(size)}, now_seconds());
    if (bytes.empty()) return nullptr;
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    return d2i_SSL_SESSION(nullptr, &from, static_cast<long>(bytes.size()));
}

void forget(SSL_CTX*, SSL_SESSION* session) { SessionCache::of_process().remove(id_of(session)); }

}  // namespace

SessionCache& SessionCache::of_process() {
    static SessionCache cache;
    return cache;
}

void SessionCache::set_limit(std::size_t sessions) {
    for (Shard& shard : shards_) shard.mutex.lock();
    limit_ = sessions ? std::max<std::size_t>(1, sessions / kShards) : 0;
    for (Shard& shard : shards_) shard.mutex.unlock();
}

SessionCache::Shard& SessionCache::shard_of(std::string_view id) {
    return shards_[id.empty() ? 0 : static_cast<std::uint8_t>(id.front()) % kShards];
}

void SessionCache::put(std::string_view id, std::string session, std::uint64_t until) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    if (limit_ == 0) return;
    if (shard.order.size() < limit_) {
        shard.order.emplace_back(id);
    } else {
        shard.at %= shard.order.size();
        shard.sessions.erase(shard.order[shard.at]);
        shard.order[shard.at++] = id;
    }
    shard.sessions[std::string(id)] = {std::move(session), until};
}

std::string SessionCache::get(std::string_view id, std::uint64_t now) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    ++shard.lookups;
    const auto kept = shard.sessions.find(id);
    if (kept != shard.sessions.end() && kept->second.until >= now) return kept->second.session;
    ++shard.misses;
    return {};
}

void SessionCache::remove(std::string_view id) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    const auto kept = shard.sessions.find(id);
    if (kept != shard.sessions.end()) shard.sessions.erase(kept);  // its place in the ring goes when its turn comes
}

std::uint64_t SessionCache::lookups() const {
    std::uint64_t sum = 0;
    for (const Shard& shard : shards_) sum += shard.lookups;
    return sum;
}

std::uint64_t SessionCache::misses() const {
    std::uint64_t sum = 0;
    for (const Shard& shard : shards_) sum += shard.misses;
    return sum;
}

void SessionCache::install(SSL_CTX* context) {
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_sess_set_new_cb(context, keep);
    SSL_CTX_sess_set_get_cb(context, give);
    SSL_CTX_sess_set_remove_cb(context, forget);
}

}  // namespace cfgproxy::net
