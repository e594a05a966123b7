#pragma once
#include <atomic>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct stack_st_X509;
struct x509_st;

namespace cfgproxy::net {

class Certificate;

/// What is stapled to handshakes with the certificates of one certificate ID (RFC 6960, section 4.1.1): the last good
/// response of their issuer. Shared by those certificates; any thread.
class OcspStaple {
  public:
    /// `id`: DER. `path`: the first certificate that had it.
    OcspStaple(std::string id, std::string path) : id(std::move(id)), path(std::move(path)) {}
    ~OcspStaple();
    OcspStaple(const OcspStaple&) = delete;
    OcspStaple& operator=(const OcspStaple&) = delete;

    const std::string id, path;
    /// DER; null: none yet, or it has expired by `now`.
    std::shared_ptr<const std::string> fresh(std::time_t now) const;
    std::shared_ptr<const std::string> response() const;  ///< expired or not
    std::time_t expires() const;
    void set(std::string response, std::time_t expires);

    // What `ocsp-update` needs and tells. Thread 0.
    std::string uri;
    x509_st* issuer = nullptr;  ///< owned, as is the chain
    stack_st_X509* chain = nullptr;
    struct Update {
        std::atomic<bool> wanted{false};  ///< set by loaders of configurations too
        bool once = false, running = false, scheduled = false;
        std::time_t next = 0, last = 0;
        std::uint32_t successes = 0, failures = 0, failures_in_a_row = 0;
        int status = 0;  ///< as in ocsp_update_texts
    } update;

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::string> response_;
    std::time_t expires_ = 0;
};

/// The certificate ID, DER, of a certificate whose issuer is known; empty otherwise.
std::string ocsp_id_of(const Certificate& certificate);
/// Where its issuer answers OCSP; empty: it does not say.
std::string ocsp_uri_of(const Certificate& certificate);

struct OcspFacts {
    std::string id;           ///< DER
    std::time_t expires = 0;  ///< five minutes before its issuer's "next update"
};
/// Looks whether a response (DER) says good or revoked of one certificate, and for some time still. `expected`: an ID
/// that it must be about; empty: any. Errors in HAProxy's words, without a dot.
base::Result<OcspFacts> read_ocsp_response(const std::string& response, const std::string& expected = {});
/// Whether the response was signed for `staple`'s issuer.
base::Result<void> verify_ocsp_response(const std::string& response, const OcspStaple& staple);
/// The request (DER) that asks for `id`.
std::string ocsp_request_for(const std::string& id);

/// As `openssl ocsp -resp_text` prints it, a blank in each empty line: one would end an answer of the command line.
std::string ocsp_response_text(const std::string& response);
/// Four lines about an ID, without a last line end.
std::string ocsp_id_text(const std::string& id);

/// All that there are, by ID. Those that nobody holds any more vanish. Any thread.
class OcspStaples {
  public:
    /// Those of certificates in use: a new configuration finds what was fetched for the one before it.
    static OcspStaples& of_process();
    std::shared_ptr<OcspStaple> find(const std::string& id) const;
    std::shared_ptr<OcspStaple> find_or_make(const std::string& id, const std::string& path);
    std::vector<std::shared_ptr<OcspStaple>> all() const;  ///< ordered by ID

  private:
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::weak_ptr<OcspStaple>> staples_;
};

}  // namespace cfgproxy::net
