#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_session_st;

namespace cfgproxy::net {

/// The keys that session tickets are encrypted with: of a `tls-ticket-keys` file, or made here. Three of them: the
/// newest is not used yet, so that others that share the file learn it first; the second encrypts; all decrypt
/// (manual, section 5.1). Shared by the `bind` lines that name the file; any thread.
class TicketKeys {
  public:
    /// Of a file, one key in base64 a line, the last three count. The error is HAProxy's.
    static base::Result<std::shared_ptr<TicketKeys>> from_file(const std::string& path);
    /// Keys of our own making, a new one every some hours. Those of one `name` stay the same as long as anybody holds
    /// them: a new configuration takes over those of the line before it.
    static std::shared_ptr<TicketKeys> named(const std::string& name);

    const std::string& file() const { return file_; }
    std::size_t key_size() const { return key_size_; }  ///< 48: AES-128, 80: AES-256
    /// The keys in base64, in the order in which they are shown: oldest first.
    std::vector<std::string> shown() const;
    /// Adds one (48 or 80 bytes as the others) and drops the oldest. False if the size is another.
    bool push(std::string_view key);

    /// Which one to encrypt with.
    std::string current();
    /// The key whose name (16 bytes) a ticket bears; empty: unknown. `renew`: another one is to be used from now on.
    std::string find(std::string_view name, bool& renew) const;

    /// Installs them in a context.
    static void install(ssl_ctx_st* context);
    std::uint32_t id = 0;  ///< "#0" on the command line; of those with a file

  private:
    TicketKeys() = default;
    void rotate();
    std::string file_;
    std::size_t key_size_ = 80;
    mutable std::mutex mutex_;
    std::array<std::string, 3> keys_;  ///< [next_ - 2] encrypts, [next_ - 1] is the newest
    std::size_t next_ = 0;
    std::uint64_t made_seconds_ = 0;  ///< 0: of a file
};

/// Sessions of clients that are not kept in tickets, for all `bind` lines (tune.ssl.cachesize). One per process; what a
/// configuration before this one has kept may be resumed. Any thread.
class SessionCache {
  public:
    static SessionCache& of_process();
    void set_limit(std::size_t sessions);
    void put(std::string_view id, std::string session, std::uint64_t until);
    /// Empty: not there, or too old.
    std::string get(std::string_view id, std::uint64_t now);
    void remove(std::string_view id);

    static void install(ssl_ctx_st* context);
    std::uint64_t lookups() const;
    std::uint64_t misses() const;

  private:
    struct Shard {
        std::mutex mutex;
        struct Kept {
            std::string session;
            std::uint64_t until = 0;
        };
        std::map<std::string, Kept, std::less<>> sessions;
        std::vector<std::string> order;  ///< a ring: the oldest at `at`
        std::size_t at = 0;
        std::uint64_t lookups = 0, misses = 0;
    };
    static constexpr std::size_t kShards = 16;
    Shard& shard_of(std::string_view id);
    std::array<Shard, kShards> shards_;
    std::size_t limit_ = 20000 / kShards;
};

}  // namespace cfgproxy::net
