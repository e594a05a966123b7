#pragma once
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "net/tls_context.h"

namespace cfgproxy::net {

/// Signs certificates for names that no certificate of a `bind` line bears (`generate-certificates`, `ca-sign-file`),
/// for the key of the line's default certificate. Keeps those that were asked for last. Any thread.
class SigningMaker final : public CertificateMaker {
  public:
    /// `pem`: the authority's certificate, its chain and key, which `passphrase` may open. `room`: how many are kept.
    /// The error is HAProxy's.
    static base::Result<std::shared_ptr<SigningMaker>> of(const std::string& path, const std::string& pem,
                                                          const std::string& passphrase, std::size_t room);
    ~SigningMaker() override;
    std::shared_ptr<const CertificateSet::Entry> make(const TlsContext& context, std::string_view name) override;

  private:
    using Made = std::shared_ptr<const CertificateSet::Entry>;
    SigningMaker() = default;
    Made sign(const std::string& name, const Certificate& like);

    std::shared_ptr<const Certificate> authority_;  ///< without key
    evp_pkey_st* key_ = nullptr;
    std::size_t room_ = 0;
    std::atomic<std::uint32_t> serial_{0};
    std::mutex mutex_;
    std::list<std::pair<std::string, Made>> made_;  ///< the newest first
    std::unordered_map<std::string_view, decltype(made_)::iterator> by_name_;
};

}  // namespace cfgproxy::net
