#pragma once
#include <cstdint>
#include <string>

namespace cfgproxy::net {

enum class OcspUpdate : std::uint8_t { by_default, on, off };

/// Where the pieces of a certificate come from, and what was said of it: a `load` line of crt-store, or words in a line
/// of a crt-list. Paths are complete; empty: not given.
struct CertificateFiles {
    enum class Given : std::uint8_t { nothing, in_list, in_store } given = Given::nothing;
    std::string crt, key, ocsp, issuer, sctl;
    OcspUpdate ocsp_update = OcspUpdate::by_default;
    bool jwt = false;
    /// `generate-dummy`: the certificate is made rather than read.
    struct Dummy {
        bool on = false;
        std::string key_type, curves;
        std::uint32_t bits = 0;
    } dummy;
};

}  // namespace cfgproxy::net
