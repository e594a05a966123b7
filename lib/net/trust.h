#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct x509_store_st;
struct x509_st;
struct X509_crl_st;

namespace cfgproxy::net {

/// Certificates of authorities, or their revocation lists: the content of a `ca-file` or `crl-file`. Frozen once made
/// and shared by threads, though OpenSSL sorts it while it looks.
class Trust {
  public:
    /// What a PEM text holds, and before it all of `old` (null: nothing). Fails if there is nothing, or what cannot be
    /// read.
    static base::Result<std::shared_ptr<const Trust>> from_pem(const std::string& pem, const Trust* old = nullptr);
    /// A file; or those of a folder that end in .pem, .crt, .cer or .crl. "@system-ca": the machine's own. The error is
    /// the reason only. What cannot be read in a folder is left out.
    static base::Result<std::shared_ptr<const Trust>> from_path(const std::string& path);
    /// All of several (nulls are skipped). With `check_revocation` certificates are refused that no list in it covers.
    static std::shared_ptr<const Trust> all_of(std::initializer_list<const Trust*> parts, bool check_revocation);

    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;
    ~Trust();

    x509_store_st* store() const { return store_; }
    /// In the order in which the command line numbers them; null where it is of the other kind.
    std::vector<x509_st*> certificates() const;
    std::vector<X509_crl_st*> revocation_lists() const;
    std::size_t size() const;

  private:
    Trust();
    bool add(const std::string& pem);
    void add(const Trust& other);
    x509_store_st* store_;
};

}  // namespace cfgproxy::net
