#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "net/certificate_set.h"

using namespace cfgproxy;

namespace {

std::shared_ptr<const net::Certificate> make_certificate() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* leaf = X509_new();
    X509_set_pubkey(leaf, key);
    return net::Certificate::adopt("a", leaf, key);
}

}  // namespace

// Names and filters of any bytes, one a line; the last line is the name that a client asks for. What is found must be
// covered by a filter of its line, and by none that excludes it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto certificate = make_certificate();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    net::CertificateSet set;
    std::string_view asked;
    std::vector<std::string> filters;
    for (const std::string_view line : base::split(text, '\n')) {
        if (line.empty()) {
            if (!filters.empty()) set.add(certificate, filters);
            filters.clear();
        } else {
            filters.emplace_back(line);
        }
        asked = line;
    }
    if (!filters.empty()) set.add(certificate, filters);
    const net::CertificateSet::Entry* found = set.find(asked).for_client(true, true);
    if (!found) return 0;
    std::string name = base::lower(asked);
    if (name.ends_with('.')) name.pop_back();
    bool exact = false, wild = false, excluded = false;
    for (const auto& filter : net::CertificateSet::filters_of(*found)) {
        exact |= !filter.excludes && !filter.wildcard && filter.text == name;
        excluded |= filter.excludes && filter.text == name;
        wild |= !filter.excludes && filter.wildcard && name.find('.') != name.npos &&
                name.substr(name.find('.')) == filter.text;
    }
    if (!exact && !(wild && !excluded)) std::abort();
    return 0;
}
