#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct x509_st;
struct evp_pkey_st;
struct stack_st_X509;

namespace cfgproxy::net {

/// A certificate with its private key and chain, as a `crt` file holds them (HAProxy's manual, section 5.1 "crt").
/// Frozen once made, shared by threads; a changed file makes a new one. One without a key is on its way to being
/// replaced piece by piece (`set ssl cert`) and serves nobody.
class Certificate {
  public:
    /// The pieces that may lie in files of their own beside the `crt` file; empty: none.
    struct Parts {
        std::string pem;     ///< certificate, chain, DH parameters and, unless `key` has it, private key, in any order
        std::string key;     ///< `.key`: the private key
        std::string issuer;  ///< `.issuer`: who signed it, for OCSP
        std::string ocsp;    ///< `.ocsp`: DER response to staple
        std::string sctl;    ///< `.sctl`: signed certificate timestamps
    };
    /// `path` is what it is called in messages and on the statistics socket. Fails with what is missing or wrong.
    static base::Result<std::shared_ptr<const Certificate>> make(std::string path, const Parts& parts);

    enum class Piece : std::uint8_t { pem, key, ocsp, sctl, issuer };
    /// A copy of `old` (null: of nothing) with one piece replaced by `text`; `pem` forgets all the others. The error is
    /// HAProxy's, empty where it says none.
    static base::Result<std::shared_ptr<const Certificate>> with(const Certificate* old, std::string path, Piece piece,
                                                                 const std::string& text);
    /// A copy of `old` with an OCSP response as it lies in a file: DER.
    static std::shared_ptr<const Certificate> with_ocsp(const Certificate& old, std::string der);
    /// A copy of `old` without a chain of its own, with one from `issuers-chain-path`; `file` is where that was found.
    static std::shared_ptr<const Certificate> with_chain(const Certificate& old, const Certificate& chain,
                                                         std::string file);
    /// Certificates only, no key: a file of issuers-chain-path.
    static base::Result<std::shared_ptr<const Certificate>> chain_of(std::string path, const std::string& pem);
    /// One that was made here and now, not read (`generate-certificates`). Takes the references.
    static std::shared_ptr<const Certificate> adopt(std::string path, x509_st* leaf, evp_pkey_st* key);

    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate();

    const std::string& path() const { return path_; }
    /// DNS names of the subject alternative names, then the common names; lower case, may begin with "*.".
    const std::vector<std::string>& names() const { return names_; }
    enum class Key : std::uint8_t { rsa, dsa, ecdsa, other };
    Key key_type() const { return key_type_; }
    x509_st* leaf() const { return leaf_; }
    evp_pkey_st* key() const { return key_; }
    stack_st_X509* chain() const { return chain_; }  ///< without the leaf; null: none
    /// The same in the order of who signed whom and without the root: what is sent (`ssl-skip-self-issued-ca`).
    stack_st_X509* chain_without_root() const;
    evp_pkey_st* dh() const { return dh_; }            ///< DH parameters; null: none
    x509_st* told_issuer() const { return issuer_; }   ///< of the `.issuer` file; null: none
    const std::string& ocsp() const { return ocsp_; }  ///< as loaded; what is stapled may be newer (net/ocsp.h)
    const std::string& sctl() const { return sctl_; }
    const std::string& chain_file() const { return chain_file_; }
    /// Whether the private key belongs to the certificate; false without one.
    bool key_fits() const;
    /// Whether the `.issuer` has signed it.
    bool issuer_fits() const;
    /// Whether its key may have signed that of `other`: by name and identifiers, the signature is not looked at.
    bool has_signed(const Certificate& other) const;
    /// The one that signed it, out of its chain, or as told; null: unknown.
    x509_st* issuer() const;

  private:
    Certificate() = default;
    static std::shared_ptr<Certificate> copy_of(const Certificate* old, std::string path);
    std::string read_pem(const std::string& pem);
    std::string read_key(const std::string& pem);
    std::string read_ocsp(const std::string& base64);
    void clear();
    void describe();

    std::string path_, chain_file_;
    std::vector<std::string> names_;
    x509_st *leaf_ = nullptr, *issuer_ = nullptr;
    evp_pkey_st *key_ = nullptr, *dh_ = nullptr;
    stack_st_X509* chain_ = nullptr;
    mutable std::once_flag rootless_built_;
    mutable stack_st_X509* rootless_ = nullptr;
    Key key_type_ = Key::other;
    std::string ocsp_, sctl_;
};

/// The newest entry of OpenSSL's error queue in its words, the queue emptied; "unknown error" if there is none.
std::string take_openssl_error();

/// Whether it is a list of signed certificate timestamps (RFC 6962, section 3.3), by its lengths.
bool is_sctl(std::string_view bytes);

}  // namespace cfgproxy::net
