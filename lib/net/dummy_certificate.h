#pragma once
#include <string>

#include "base/result.h"
#include "net/certificate_files.h"

namespace cfgproxy::net {

/// A key and a certificate signed by it, as one PEM text: `generate-dummy` of crt-store (manual 3.4, section 12.7).
/// Like HAProxy's it calls itself "expired", and it is. The error is HAProxy's. Any thread.
base::Result<std::string> make_dummy_pem(const CertificateFiles::Dummy& dummy);

/// The private key that stands encrypted in `pem`, in clear; empty: it is not this passphrase.
std::string decrypt_key(const std::string& pem, const std::string& passphrase);

}  // namespace cfgproxy::net
