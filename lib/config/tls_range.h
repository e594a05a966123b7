#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "net/tls_settings.h"

namespace cfgproxy::config {

/// The versions of TLS that a line speaks: all from the lowest to the highest, as OpenSSL is told.
struct TlsRange {
    net::TlsVersion min = net::TlsVersion::any, max = net::TlsVersion::any;  ///< any: none is left
    bool ignores_off = false;            ///< `no-*` do not count beside ssl-min-ver, ssl-max-ver and force-*
    bool is_lowered = false;             ///< the highest is below those that are spoken by default: it is the only one
    std::vector<net::TlsVersion> holes;  ///< left out by `no-*`, but spoken, as those below and above are

    void apply_to(net::TlsSettings& settings) const;
};

/// What `ssl-min-ver`, `ssl-max-ver` and `no-*` come to (manual, sections 5.1 and 5.2). `lowest`: where nothing says
/// how low; any: as low as the library goes.
TlsRange range_of(const net::TlsSettings& settings, net::TlsVersion lowest);

// Warnings about `line` ("bind ':443' at [file:7]"), in HAProxy's words.
std::string exclusions_ignored(std::string_view line);
std::string exclusion_in_vain(std::string_view line, net::TlsVersion hole);
std::string lowered(std::string_view line, net::TlsVersion to);

}  // namespace cfgproxy::config
