#pragma once
#include <ctime>
#include <string>
#include <vector>

struct x509_st;
struct X509_crl_st;
struct stack_st_X509;

namespace cfgproxy::net {

class Certificate;

/// What `show ssl cert` and `show ssl ca-file` say of a certificate: lines, from "Serial: " on. `chain` may be null.
std::string certificate_details(const x509_st& certificate, const stack_st_X509* chain = nullptr);
/// What `show ssl crl-file` says of a list.
std::string revocation_details(const X509_crl_st& list);

std::string not_before_text(const x509_st& certificate);  ///< "Jun 10 08:57:45 2021 GMT"
std::string not_after_text(const x509_st& certificate);
std::time_t not_after(const x509_st& certificate);

/// Key, certificate and chain as PEM.
std::string certificate_pem(const Certificate& certificate);

/// OpenSSL's providers in use.
std::vector<std::string> provider_names();

}  // namespace cfgproxy::net
