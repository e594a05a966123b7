#include "http/h1_fields.h"

#include <cstring>

#include "base/text.h"

namespace cfgproxy::http {
namespace {

using base::iequal;

FieldVerdict refuse(FieldFacts& facts, std::string_view reason, bool forgivable = false) {
    facts.reason = reason;
    facts.forgivable = forgivable;
    return FieldVerdict::refuse;
}

/// Leaves of a list only the elements that `keep` approves of, joined with commas; a list that is approved of
/// altogether stays as it is. Writes over the value, which lies in the buffer that is being parsed.
template <class Keep>
void filter_list(std::string_view& value, Keep keep) {
    char* const start = const_cast<char*>(value.data());
    std::size_t kept = 0;
    bool all = true;
    std::string_view rest = value, element;
    while (take_element(rest, element)) {
        if (element.empty()) continue;
        if (!keep(element)) {
            all = false;
            continue;
        }
        if (all) {
            kept = static_cast<std::size_t>(element.data() + element.size() - start);
            continue;
        }
        if (kept > 0) start[kept++] = ',';
        std::memmove(start + kept, element.data(), element.size());
        kept += element.size();
    }
    if (!all || kept == 0) value = {start, kept};
}

FieldVerdict read_coding(Header& header, FieldFacts& facts) {
    if (header.value.empty()) return refuse(facts, "empty Transfer-Encoding", true);
    facts.te = true;
    std::string_view rest = header.value, coding;
    while (take_element(rest, coding)) {
        facts.chunked = false;
        if (coding.empty()) return refuse(facts, "empty element in Transfer-Encoding", true);
        if (iequal(coding, "chunked")) {
            if (facts.chunked_once) return refuse(facts, "chunked more than once in Transfer-Encoding", true);
            facts.chunked = facts.chunked_once = true;
        } else {
            if (facts.chunked_once) return refuse(facts, "chunked is not the last transfer coding");
            facts.other_coding = true;
        }
    }
    if (facts.chunked && !facts.other_coding) header.value = "chunked";
    return FieldVerdict::keep;
}

FieldVerdict read_host(Header& header, FieldFacts& facts) {
    if (facts.host_seen) return iequal(header.value, facts.host) ? FieldVerdict::drop : refuse(facts, "two Hosts");
    facts.host_seen = true;
    facts.host = header.value;
    return has_forbidden_authority_byte(header.value) ? refuse(facts, "invalid character in Host") : FieldVerdict::keep;
}

FieldVerdict read_connection(Header& header, Head& head) {
    filter_list(header.value, [&head](std::string_view token) {
        if (iequal(token, "upgrade")) head.connection |= kUpgrade;
        const std::uint8_t bit = iequal(token, "close") ? kClose : iequal(token, "keep-alive") ? kKeepAlive : 0;
        head.connection |= bit;
        return bit == 0;
    });
    return header.value.empty() ? FieldVerdict::drop : FieldVerdict::keep;
}

FieldVerdict read_upgrade(Header& header, FieldFacts& facts) {
    filter_list(header.value, [&facts](std::string_view token) {
        facts.websocket |= iequal(token, "websocket");
        return !iequal(token, "h2c") && !iequal(token, "h2");
    });
    if (header.value.empty()) return FieldVerdict::drop;
    facts.upgrade_field = true;
    return FieldVerdict::keep;
}

}  // namespace

FieldVerdict read_field(Header& header, bool request, bool trailers, Head& head, FieldFacts& facts) {
    switch (header.known) {
        case Known::transfer_encoding:
            return read_coding(header, facts);
        case Known::content_length: {
            const bool seen = facts.length_seen;
            if (!parse_content_length(header.value, seen, facts.length))
                return refuse(facts, "invalid or conflicting Content-Length");
            facts.length_seen = true;
            return seen ? FieldVerdict::drop : FieldVerdict::keep;
        }
        case Known::host:
            return request || trailers ? read_host(header, facts) : FieldVerdict::keep;
        case Known::connection:
            return trailers ? FieldVerdict::keep : read_connection(header, head);
        case Known::upgrade:
            return trailers ? FieldVerdict::keep : read_upgrade(header, facts);
        case Known::expect:
            if (request && iequal(header.value, "100-continue")) head.expect_continue = true;
            return FieldVerdict::keep;
        default:
            return FieldVerdict::keep;
    }
}

void settle_coding(Head& head, FieldFacts& facts, bool keep) {
    if (!facts.te) return;
    if (facts.length_seen) {
        head.headers.remove(Known::content_length);
        facts.length_seen = false;
        if (!keep) head.connection |= kClose;
    } else if (!head.is_at_least_1_1()) {
        head.connection |= kClose;
    }
}

void settle_upgrade(Request& request, const FieldFacts& facts) {
    const bool token = request.connection & kUpgrade;
    if (token == facts.upgrade_field) return;
    request.connection &= static_cast<std::uint8_t>(~kUpgrade);
    if (!token) {
        request.headers.remove(Known::upgrade);
        return;
    }
    for (std::uint32_t i = 0; i < request.headers.size();) {
        Header& header = request.headers[i];
        if (header.known == Known::connection)
            filter_list(header.value, [](std::string_view t) { return !iequal(t, "upgrade"); });
        if (header.known == Known::connection && header.value.empty())
            request.headers.erase(i);
        else
            ++i;
    }
}

bool parse_content_length(std::string_view& value, bool seen, std::uint64_t& length) {
    std::string_view rest = value, element;
    if (rest.empty()) return false;
    while (take_element(rest, element)) {
        while (element.size() > 1 && element[0] == '0' && base::is_digit(element[1])) element.remove_prefix(1);
        auto number = base::parse_uint(element);
        if (!number || (seen && *number != length)) return false;
        length = *number;
        seen = true;
        value = element;
    }
    return true;
}

bool has_forbidden_authority_byte(std::string_view authority) {
    bool open = false;
    for (std::size_t i = 0; i < authority.size(); ++i) {
        switch (const char c = authority[i]) {
            case '[':
                if (i != 0) return true;
                open = true;
                break;
            case ']':
                if (i + 1 != authority.size() && authority[i + 1] != ':') return true;
                open = !open;
                break;
            case ',':  // one host or two? nobody knows
            case '#':
            case '/':
            case '?':
            case '@':
            case '\\':
                return true;
            default:
                if (c <= ' ' || c > '~') return true;
        }
    }
    return open;
}

}  // namespace cfgproxy::http
