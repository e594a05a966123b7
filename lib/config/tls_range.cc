#include "config/tls_range.h"

#include <openssl/opensslconf.h>

#include <algorithm>

#include "config/tls_versions.h"

namespace cfgproxy::config {

using net::TlsVersion;

namespace {

#ifdef OPENSSL_NO_SSL3
constexpr TlsVersion kOldest = TlsVersion::tls10;
#else
constexpr TlsVersion kOldest = TlsVersion::ssl3;
#endif

constexpr std::string_view kAdvice = ". Use only 'ssl-min-ver' and 'ssl-max-ver' to fix.";

}  // namespace

TlsRange range_of(const net::TlsSettings& settings, TlsVersion lowest) {
    TlsRange range;
    const bool is_bounded = settings.min != TlsVersion::any || settings.max != TlsVersion::any;
    const TlsVersion max = settings.max == TlsVersion::any ? TlsVersion::tls13 : settings.max;
    TlsVersion min = settings.min;
    if (min == TlsVersion::any && lowest != TlsVersion::any) {
        range.is_lowered = max < lowest;
        min = range.is_lowered ? max : lowest;
    }
    range.ignores_off = is_bounded && settings.off;
    const unsigned off = is_bounded ? 0 : settings.off;
    TlsVersion hole = TlsVersion::any;
    for (int number = static_cast<int>(std::max(min, kOldest)); number <= static_cast<int>(max); ++number) {
        const auto version = static_cast<TlsVersion>(number);
        if (off & 1u << number) {
            hole = version;
            continue;
        }
        if (range.min == TlsVersion::any)
            range.min = version;
        else if (hole != TlsVersion::any)
            range.holes.push_back(hole);
        range.max = version;
        hole = TlsVersion::any;
    }
    return range;
}

void TlsRange::apply_to(net::TlsSettings& settings) const {
    settings.min = min;
    settings.max = max;
    settings.off = 0;
}

std::string exclusions_ignored(std::string_view line) {
    return "no-sslv3/no-tlsv1x are ignored for " + std::string(line) + std::string(kAdvice);
}

std::string exclusion_in_vain(std::string_view line, TlsVersion hole) {
    return "SSL/TLS versions range not contiguous for " + std::string(line) + ". Hole find for " +
           std::string(name_of(hole)) + std::string(kAdvice);
}

std::string lowered(std::string_view line, TlsVersion to) {
    return "Ambiguous configuration for " + std::string(line) +
           ": the ssl-min-ver value is not configured and the ssl-max-ver value is lower than the default ssl-min-ver "
           "value (TLSv1.2). Setting the ssl-min-ver to " +
           std::string(name_of(to)) + ". Use 'ssl-min-ver' to fix this.";
}

}  // namespace cfgproxy::config
