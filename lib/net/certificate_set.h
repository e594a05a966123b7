#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/certificate.h"
#include "net/ocsp.h"

namespace cfgproxy::net {

class TlsLine;

/// The certificates of a `bind` line: which one a client gets by the name it asks for. Immutable once built.
///
/// For each kind of key the first one in the order of the file that bears the name counts, an exact name before a
/// wildcard (manual, section 5.1 "crt" and "crt-list"). Clients that know ECDSA get that kind.
class CertificateSet {
  public:
    struct Entry {
        std::shared_ptr<const Certificate> certificate;
        std::shared_ptr<const TlsLine> line;  ///< settings of its own (crt-list); null: those of the bind line
        std::shared_ptr<OcspStaple> staple;   ///< null: nothing to staple
        bool early_data = false;              ///< `allow-0rtt` on the line
        bool has_default = false;             ///< also for clients that ask for no known name
        std::vector<std::string> filters;     ///< as written; empty: the certificate's own names
    };
    CertificateSet() = default;
    CertificateSet(const CertificateSet&) = delete;
    CertificateSet& operator=(const CertificateSet&) = delete;

    /// `filters`: names, "*.name", "!name" to be left out of what a wildcard of the line covers, "*" for clients that
    /// ask for no known name; none: the certificate's own names. `is_default`: also for such clients (`default-crt`).
    /// The first one of the set is for these too.
    void add(std::shared_ptr<const Certificate> certificate, const std::vector<std::string>& filters = {},
             bool is_default = false);
    void add(Entry entry);

    struct Choice {
        const Entry* rsa = nullptr;
        const Entry* ecdsa = nullptr;
        const Entry* other = nullptr;  ///< DSA, Ed25519
        explicit operator bool() const { return rsa || ecdsa || other; }
        /// The one for a client that can check signatures of these kinds; null: none at all.
        const Entry* for_client(bool knows_rsa, bool knows_ecdsa) const;
    };
    /// `name` in any case, without a final dot. Nothing when no certificate bears it.
    Choice find(std::string_view name) const;
    /// For clients that ask for no known name. Nothing when the set is empty.
    const Choice& fallback() const { return defaults_; }
    const std::vector<std::unique_ptr<Entry>>& all() const { return entries_; }
    bool empty() const { return entries_.empty(); }

    /// What a name or filter means. `text` without "!" and "*", in lower case.
    struct Filter {
        bool excludes = false, wildcard = false;
        std::string text;
        explicit Filter(std::string_view written);
        bool is_default() const { return wildcard && !excludes && text.empty(); }
        bool is_void() const { return excludes && wildcard; }
    };
    /// The filters in force of an entry, in the order in which they count.
    static std::vector<Filter> filters_of(const Entry& entry);

  private:
    static void note(Choice& choice, const Entry& entry);
    std::vector<std::unique_ptr<Entry>> entries_;
    Choice defaults_;
    std::unordered_map<std::string, Choice> exact_;
    std::unordered_map<std::string, std::vector<const Entry*>> wildcard_;  ///< by what follows the "*"
};

}  // namespace cfgproxy::net
