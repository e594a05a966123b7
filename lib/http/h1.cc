#include "http/h1.h"

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "http/h1_fields.h"
#include "http/h1_scan.h"

namespace cfgproxy::http {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Lines that are dropped (a second Host, an emptied Connection...) do not count against max_headers, yet somewhere
// their number must end.
constexpr std::uint32_t kSpareFields = 32;
// Most messages have fewer fields: memory for so many is taken at once.
constexpr std::uint16_t kFirstFields = 24;

H1State body_state(const FieldFacts& facts) { return facts.chunked ? H1State::chunk_size : H1State::data; }

std::string_view explain(H1State state) {
    switch (state) {
        using enum H1State;
        case rqbefore:
        case rqbefore_cr:
        case rpbefore:
        case rpbefore_cr:
            return "invalid character before the start line";
        case rqmeth:
            return "invalid character in the method";
        case rqmeth_sp:
            return "request without a target";
        case rquri:
            return "invalid character in the target";
        case rqver:
        case rpver:
            return "malformed version";
        case rpver_sp:
        case rpcode:
            return "malformed status code";
        case hdr_name:
            return "malformed field name";
        default:
            return "CR without LF";
    }
}

constexpr std::string_view kStateNames[] = {
    "MSG_RQBEFORE",   "MSG_RQBEFORE_CR", "MSG_RQMETH",     "MSG_RQMETH_SP",   "MSG_RQURI",      "MSG_RQURI_SP",
    "MSG_RQVER",      "MSG_RQLINE_END",  "MSG_RPBEFORE",   "MSG_RPBEFORE_CR", "MSG_RPVER",      "MSG_RPVER_SP",
    "MSG_RPCODE",     "MSG_RPCODE_SP",   "MSG_RPREASON",   "MSG_RPLINE_END",  "MSG_HDR_FIRST",  "MSG_HDR_NAME",
    "MSG_HDR_COL",    "MSG_HDR_L1_SP",   "MSG_HDR_L1_LF",  "MSG_HDR_L1_LWS",  "MSG_HDR_VAL",    "MSG_HDR_L2_LF",
    "MSG_HDR_L2_LWS", "MSG_LAST_LF",     "MSG_CHUNK_SIZE", "MSG_DATA",        "MSG_CHUNK_CRLF", "MSG_TRAILERS",
    "MSG_DONE",       "MSG_TUNNEL"};
static_assert(std::size(kStateNames) == static_cast<std::size_t>(H1State::tunnel) + 1);

}  // namespace

std::string_view name_of(H1State state) { return kStateNames[static_cast<std::size_t>(state)]; }

void H1HeadParser::fail(std::uint32_t position, H1State state, std::string_view reason, std::uint16_t status) {
    if (error_.status != 0) return;  // the first one is the cause
    if (of_response()) status = 502;
    error_ = {status, state, position, reason};
}

bool H1HeadParser::refuse(const char* text, std::string_view where, H1State state, std::string_view reason,
                          std::uint16_t status) {
    const bool inside = where.data() >= text && where.data() <= text + pos_;
    fail(inside ? static_cast<std::uint32_t>(where.data() - text) : pos_, state, reason, status);
    return false;
}

void H1HeadParser::odd(std::uint32_t position) {
    if (forgive()) return;
    if (line_done_ || kind_ == Kind::trailers)
        fail(position, H1State::hdr_val, "NUL in a field value");
    else
        fail(position, H1State::rquri, "invalid character in the target");
}

void H1HeadParser::odd_name(std::uint32_t position) {
    odd_name_ = true;
    if (!forgive()) fail(position, H1State::hdr_name, "invalid character in a field name");
}

void H1HeadParser::add_status_digit(char digit) {
    if (status_ > 999 || (status_digits_ == 3 && !forgive())) {
        fail(status_at_ + status_digits_, H1State::rpcode, "status code of more than three digits");
        return;
    }
    ++status_digits_;
    status_ = static_cast<std::uint16_t>(status_ * 10 + (digit - '0'));
}

void H1HeadParser::add_field(const char* text, std::uint32_t position, const H1Limits& limits, base::Arena& arena) {
    if (odd_name_) {  // forgiven, but nobody may rely on such a name
        odd_name_ = false;
        return;
    }
    RawHeader& f = field_;
    while (f.value < f.value_end && is_blank(text[f.value])) ++f.value;
    while (f.value < f.value_end && is_blank(text[f.value_end - 1])) --f.value_end;
    max_fields_ = static_cast<std::uint16_t>(std::clamp<std::uint32_t>(limits.max_headers, 1, 32767) - 1);
    if (count_ >= max_fields_ + kSpareFields) {
        fail(position, H1State::hdr_l2_lws, "too many field lines");
        return;
    }
    if (count_ == capacity_) {
        const std::uint16_t capacity = capacity_ == 0 ? kFirstFields : static_cast<std::uint16_t>(2 * capacity_);
        auto* fields = static_cast<RawHeader*>(arena.allocate(sizeof(RawHeader) * capacity, alignof(RawHeader)));
        std::uninitialized_copy(fields_, fields_ + count_, fields);
        fields_ = fields;
        capacity_ = capacity;
    }
    fields_[count_++] = f;
}

/// Where the machine stopped; the marks tell how far it had come.
H1State H1HeadParser::state_here(const char* text) const {
    using enum H1State;
    const bool behind_cr = pos_ > 0 && text[pos_ - 1] == '\r';
    if (kind_ == Kind::trailers || line_done_) {
        if (field_.name >= field_.value) return behind_cr ? last_lf : hdr_name;
        if (!behind_cr) return field_.value_end < field_.value ? hdr_val : hdr_name;
        return field_.value_end + 1 == pos_ ? hdr_l2_lf : last_lf;
    }
    if (kind_ == Kind::response) {
        if (!started_) return behind_cr ? rpbefore_cr : rpbefore;
        if (version_end_ == 0) return rpver;
        if (status_digits_ == 0) return rpver_sp;
        return behind_cr ? rpline_end : rpcode;
    }
    if (!started_) return behind_cr ? rqbefore_cr : rqbefore;
    if (method_end_ == 0) return rqmeth;
    if (target_ == 0) return rqmeth_sp;
    if (target_end_ == 0) return rquri;
    return behind_cr ? rqline_end : rqver;
}

void H1HeadParser::fail_here(const char* text) {
    const H1State state = state_here(text);
    fail(pos_, state, explain(state));
}

bool H1HeadParser::read_version(const char* text, Head& head, std::string_view& version) {
    version = view(text, version_, version_end_);
    const bool valid = version.size() == 8 && version.starts_with("HTTP/") && base::is_digit(version[5]) &&
                       version[6] == '.' && base::is_digit(version[7]);
    if (valid) {
        head.major = static_cast<std::uint8_t>(version[5] - '0');
        head.minor = static_cast<std::uint8_t>(version[7] - '0');
        return true;
    }
    head.major = 1;
    head.minor = 0;
    if (!version.empty() && forgive()) return true;
    if (accept_invalid_ && view(text, begin_, method_end_) == "GET") {  // HTTP/0.9 knew no other method
        version = "HTTP/1.0";
        return true;
    }
    fail(version.empty() ? target_end_ : version_, H1State::data, "malformed version");
    return false;
}

bool H1HeadParser::read_fields(char* text, base::Arena& arena, Head& head, FieldFacts& facts) {
    head.headers.forget();
    head.headers.reserve(arena, count_ + 4u);
    for (const RawHeader *f = fields_, *end = fields_ + count_; f != end; ++f) {
        lower_name(text + f->name, text + f->name_end);
        Header header{view(text, f->name, f->name_end), view(text, f->value, f->value_end)};
        header.known = known_of_lower(header.name);
        switch (read_field(header, kind_ == Kind::request, kind_ == Kind::trailers, head, facts)) {
            case FieldVerdict::keep:
                head.headers.add(arena, header);
                break;
            case FieldVerdict::drop:
                break;
            case FieldVerdict::refuse:
                if (facts.forgivable && of_response() && forgive()) {
                    head.headers.add(arena, header);
                    break;
                }
                return refuse(text, header.value, H1State::hdr_l2_lws, facts.reason);
        }
    }
    if (head.headers.size() > max_fields_) return refuse(text, {}, H1State::last_lf, "too many field lines");
    return true;
}

bool H1HeadParser::finish(char* text, base::Arena& arena, Request& request) {
    request = Request{};
    request.method_text = view(text, begin_, method_end_);
    request.method = find_method(request.method_text);
    request.target = view(text, target_, target_end_);
    FieldFacts facts;
    if (!read_fields(text, arena, request, facts)) return false;
    if (!check_target(text, arena, request)) return false;
    if (facts.te && !facts.chunked)
        return refuse(text, {}, H1State::data, "Transfer-Encoding of a request does not end in chunked");
    if (!read_version(text, request, request.version)) return false;
    return frame(text, request, facts);
}

bool H1HeadParser::frame(const char* text, Request& request, FieldFacts& facts) {
    settle_coding(request, facts, keeps_insecure_);
    if (request.method == Method::connect) {
        request.headers.remove(Known::content_length);
        request.headers.remove(Known::transfer_encoding);
        facts.chunked = facts.length_seen = false;
    }
    request.framing = facts.chunked ? Framing::chunked : facts.length_seen ? Framing::length : Framing::none;
    request.content_length = facts.length_seen ? facts.length : 0;
    const bool payload = facts.chunked || request.content_length > 0;
    const bool bodiless =
        request.method == Method::get || request.method == Method::head || request.method == Method::delete_;
    if (payload && bodiless && !any_payload_ && !request.is_at_least_1_1())
        return refuse(text, {}, body_state(facts), "HTTP/1.0 request of this method with a body", 413);
    if (facts.other_coding) return refuse(text, {}, body_state(facts), "unknown transfer coding", 422);
    settle_upgrade(request, facts);
    if ((request.connection & kUpgrade) && facts.websocket) {
        const Header* key = request.headers.find("sec-websocket-key");
        if ((!key || key->value.size() != 24) && !forgive_key())
            return refuse(text, {}, H1State::data, "WebSocket handshake without a key");
    }
    if (base::iequal(request.method_text, "PRI"))
        return refuse(text, request.method_text, H1State::data, "reserved method");
    return true;
}

bool H1HeadParser::finish(char* text, base::Arena& arena, Response& response, Method request_method) {
    response = Response{};
    response.status = status_;
    response.reason = view(text, target_, target_end_);
    FieldFacts facts;
    if (!read_fields(text, arena, response, facts)) return false;
    if (!read_version(text, response, response.version)) return false;
    return frame(text, response, request_method, facts);
}

/// The number at the front of Status, as far as there are digits, and what stands behind it.
static void read_cgi_status(std::string_view value, Response& response) {
    std::size_t at = 0;
    std::uint32_t status = 0;
    for (; at < value.size() && base::is_digit(value[at]) && status < 1000; ++at)
        status = status * 10 + static_cast<std::uint32_t>(value[at] - '0');
    while (at < value.size() && !is_blank(value[at])) ++at;
    while (at < value.size() && is_blank(value[at])) ++at;
    response.status = static_cast<std::uint16_t>(status);
    response.reason = value.substr(at);
}

bool H1HeadParser::finish_cgi(char* text, base::Arena& arena, Response& response, Method request_method, bool is_1_1) {
    response = Response{};
    FieldFacts facts;
    if (!read_fields(text, arena, response, facts)) return false;
    for (const Header& header : response.headers) {
        if (header.name == "status") {
            read_cgi_status(header.value, response);
        } else if (header.known == Known::location && response.status == 0) {
            response.status = 302;
            response.reason = "Found";
        }
    }
    if (response.status == 0) {
        response.status = 200;
        response.reason = "OK";
    }
    response.minor = is_1_1 ? 1 : 0;
    response.version = is_1_1 ? "HTTP/1.1" : "HTTP/1.0";
    if (!frame(text, response, request_method, facts)) return false;
    if (response.framing == Framing::until_close && is_1_1) response.framing = Framing::chunked;
    return true;
}

bool H1HeadParser::frame(const char* text, Response& response, Method request_method, FieldFacts& facts) {
    settle_coding(response, facts, keeps_insecure_);
    if (facts.other_coding) return refuse(text, {}, body_state(facts), "unknown transfer coding");
    const int status = response.status;
    if (status < 100) return refuse(text, {}, H1State::rpcode, "status below 100");
    const bool tunnel = status == 101 || (request_method == Method::connect && status >= 200 && status < 300);
    const bool interim = status >= 100 && status < 200;
    if (tunnel || interim || status == 204) {  // RFC 9112 section 6.3: these have no framing to speak of
        response.headers.remove(Known::content_length);
        response.headers.remove(Known::transfer_encoding);
    }
    if (tunnel)
        response.framing = Framing::tunnel;
    else if (is_bodyless(status) || request_method == Method::head)
        response.framing = Framing::none;
    else
        response.framing = facts.chunked       ? Framing::chunked
                           : facts.length_seen ? Framing::length
                                               : Framing::until_close;
    if (response.framing == Framing::length) response.content_length = facts.length;
    if (status == 101 && (response.connection & kUpgrade) && facts.websocket &&
        !response.headers.find("sec-websocket-accept") && !forgive_key())
        return refuse(text, {}, H1State::data, "WebSocket handshake without a key");
    return true;
}

bool H1HeadParser::finish_trailers(char* text, base::Arena& arena, HeaderList& trailers) {
    Head head;
    FieldFacts facts;
    if (!read_fields(text, arena, head, facts)) return false;
    if (facts.te && !facts.chunked) return refuse(text, {}, H1State::data, "Transfer-Encoding in trailers");
    if (facts.te) head.headers.remove(Known::content_length);
    trailers = head.headers;
    return true;
}

}  // namespace cfgproxy::http
