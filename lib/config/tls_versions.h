#pragma once
#include <string_view>

#include "net/tls_settings.h"

namespace cfgproxy::config {

/// How versions of TLS are written: behind "no-" and "force-", and behind ssl-min-ver.
struct TlsVersionName {
    std::string_view option, name;
    net::TlsVersion version;
};
constexpr TlsVersionName kTlsVersions[] = {{"sslv3", "SSLv3", net::TlsVersion::ssl3},
                                           {"tlsv10", "TLSv1.0", net::TlsVersion::tls10},
                                           {"tlsv11", "TLSv1.1", net::TlsVersion::tls11},
                                           {"tlsv12", "TLSv1.2", net::TlsVersion::tls12},
                                           {"tlsv13", "TLSv1.3", net::TlsVersion::tls13}};

/// "TLSv1.2"; `any` if there is no such version.
constexpr net::TlsVersion version_named(std::string_view name) {
    for (const TlsVersionName& row : kTlsVersions)
        if (row.name == name) return row.version;
    return net::TlsVersion::any;
}
/// The reverse; empty for `any`.
constexpr std::string_view name_of(net::TlsVersion version) {
    for (const TlsVersionName& row : kTlsVersions)
        if (row.version == version) return row.name;
    return {};
}
/// "no-tlsv12" with prefix "no-"; `any` if `option` is none such.
constexpr net::TlsVersion version_behind(std::string_view prefix, std::string_view option) {
    if (!option.starts_with(prefix)) return net::TlsVersion::any;
    for (const TlsVersionName& row : kTlsVersions)
        if (row.option == option.substr(prefix.size())) return row.version;
    return net::TlsVersion::any;
}

}  // namespace cfgproxy::config
