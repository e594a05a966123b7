#pragma once
#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace cfgproxy::http {

/// What the field lines read so far say about framing. Used by the H1 parser only, while it goes over them.
struct FieldFacts {
    bool te = false;            ///< a Transfer-Encoding was seen
    bool chunked = false;       ///< ... and `chunked` is its last coding
    bool chunked_once = false;  ///< ... or one of them
    bool other_coding = false;
    bool length_seen = false;
    bool upgrade_field = false;
    bool websocket = false;
    bool forgivable = false;  ///< of a refusal: `option accept-invalid-http-response` lets it pass
    std::uint64_t length = 0;
    std::string_view host;
    bool host_seen = false;
    std::string_view reason;  ///< of a refusal
};

enum class FieldVerdict : std::uint8_t { keep, drop, refuse };

/// Takes notice of one field line in `head` and `facts`; may shorten the value, in place.
FieldVerdict read_field(Header& header, bool request, bool trailers, Head& head, FieldFacts& facts);
/// Content-Length beside Transfer-Encoding: the latter wins, and the connection is not to be trusted afterwards unless
/// `keep` says so (h1-do-not-close-on-insecure-transfer-encoding).
void settle_coding(Head& head, FieldFacts& facts, bool keep);
/// An upgrade is one only with both Upgrade and `Connection: upgrade`: the lonely one is removed.
void settle_upgrade(Request& request, const FieldFacts& facts);

/// `value` read as Content-Length, which may repeat one number. On success `value` is that number without leading
/// zeros. `seen`: `length` holds an earlier one, which must be the same.
bool parse_content_length(std::string_view& value, bool seen, std::uint64_t& length);

/// find_known() for a name that is lower case already.
Known known_of_lower(std::string_view name);

/// A Host or authority that HAProxy 3.4 refuses: bytes outside of the visible ASCII ones, delimiters, user part,
/// brackets anywhere but around an IPv6 address.
bool has_forbidden_authority_byte(std::string_view authority);

}  // namespace cfgproxy::http
