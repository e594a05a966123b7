#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct x509_st;
struct evp_pkey_st;
struct stack_st_X509;

namespace cfgproxy::net {

/// A certificate with its private key and chain, as a `crt` file holds them (HAProxy's manual, section 5.1 "crt").
/// Frozen once made, shared by threads; a changed file makes a new one.
class Certificate {
  public:
    /// The pieces that may lie in files of their own beside the `crt` file; empty: none.
    struct Parts {
        std::string pem;     ///< certificate, chain and, unless `key` has it, private key, in any order
        std::string key;     ///< `.key`: the private key
        std::string issuer;  ///< `.issuer`: completes a chain of one
        std::string ocsp;    ///< `.ocsp`: DER response to staple
        std::string sctl;    ///< `.sctl`: signed certificate timestamps
    };
    /// `path` is what it is called in messages and on the statistics socket. Fails with what is missing or wrong.
    static base::Result<std::shared_ptr<const Certificate>> make(std::string path, const Parts& parts);

    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate();

    const std::string& path() const { return path_; }
    /// DNS names of the subject alternative names, or the common name where there are none; lower case, may begin with
    /// "*.".
    const std::vector<std::string>& names() const { return names_; }
    enum class Key : std::uint8_t { rsa, dsa, ecdsa, other };
    Key key_type() const { return key_type_; }
    x509_st* leaf() const { return leaf_; }
    evp_pkey_st* key() const { return key_; }
    stack_st_X509* chain() const { return chain_; }  ///< without the leaf; null: none
    const std::string& ocsp() const { return ocsp_; }
    const std::string& sctl() const { return sctl_; }

  private:
    Certificate() = default;
    void read_names();

    std::string path_;
    std::vector<std::string> names_;
    x509_st* leaf_ = nullptr;
    evp_pkey_st* key_ = nullptr;
    stack_st_X509* chain_ = nullptr;
    Key key_type_ = Key::other;
    std::string ocsp_, sctl_;
};

/// The newest entry of OpenSSL's error queue in its words, the queue emptied; "unknown error" if there is none.
std::string take_openssl_error();

}  // namespace cfgproxy::net
