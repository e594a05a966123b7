#include "stream/compression.h"

#include <algorithm>

#include "base/text.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

using Algorithm = model::Compression::Algorithm;

/// As it stands in Accept-Encoding and Content-Encoding.
std::string_view name_of(Algorithm algorithm) {
    constexpr std::string_view kNames[] = {"identity", "gzip", "deflate", "deflate"};
    return kNames[static_cast<std::size_t>(algorithm)];
}
/// As it stands in the configuration.
std::string_view config_name_of(Algorithm algorithm) {
    constexpr std::string_view kNames[] = {"identity", "gzip", "deflate", "raw-deflate"};
    return kNames[static_cast<std::size_t>(algorithm)];
}

/// Browsers that announce themselves as "Mozilla/4" cannot do what they accept, but for MSIE 6 with XP SP2 and later
/// ones.
bool is_bad_browser(std::string_view agent) {
    if (!agent.starts_with("Mozilla/4")) return false;
    if (agent.size() < 31 || agent.substr(25, 5) != "MSIE " || agent[30] < '6') return true;
    return agent[30] == '6' && (agent.size() < 54 || agent.substr(51, 3) != "SV1");
}

/// "0.8" in thousandths; 1000 for what is none.
int read_quality(std::string_view text) {
    if (text.empty() || !base::is_digit(text[0])) return 1000;
    int value = (text[0] - '0') * 1000, unit = 100;
    if (text.size() < 2 || text[1] != '.') return std::min(value, 1000);
    for (std::size_t i = 2; i < text.size() && base::is_digit(text[i]) && unit > 0; ++i, unit /= 10)
        value += (text[i] - '0') * unit;
    return std::min(value, 1000);
}

/// "gzip;q=0.8": the coding and its weight.
int quality_of(std::string_view element, std::string_view& coding) {
    const auto semicolon = std::min(element.find(';'), element.size());
    coding = base::trim(element.substr(0, semicolon));
    std::string_view rest = element.substr(semicolon);
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find(';'), rest.size());
        const std::string_view parameter = base::trim(rest.substr(0, end));
        if (parameter.starts_with("q=")) return read_quality(parameter.substr(2));
        rest.remove_prefix(end);
    }
    return 1000;
}

constexpr std::string_view kAccept = "accept-encoding";

/// The one of `offered` that the client likes best.
bool find_accepted(const http::Request& request, const std::vector<Algorithm>& offered, Algorithm& chosen) {
    int best = 0;
    for (const http::Header& header : request.headers) {
        if (header.name != kAccept) continue;
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element)) {
            std::string_view coding;
            const int quality = quality_of(element, coding);
            if (quality <= best) continue;
            for (const Algorithm algorithm : offered) {
                if (coding != "*" && !base::iequal(coding, name_of(algorithm))) continue;
                chosen = algorithm;
                best = quality;
                break;
            }
        }
    }
    return best > 0;
}

/// The backend's setting counts before the frontend's.
template <class Get>
auto setting(const Stream& s, Get get) {
    auto value = get(s.backend->compression);
    return value ? value : get(s.frontend->compression);
}

/// Whether the media type is one of those to be compressed.
bool is_wanted_type(const http::Head& head, const std::vector<std::string>* types) {
    const http::Header* type = head.headers.find(http::Known::content_type);
    if (!type) return !types;
    if (!types) return true;
    return std::any_of(types->begin(), types->end(),
                       [&](const std::string& wanted) { return base::istarts_with(type->value, wanted); });
}

const std::vector<std::string>* types_of(const Stream& s, std::vector<std::string> model::Compression::*which) {
    return setting(s, [&](const model::Compression& c) { return (c.*which).empty() ? nullptr : &(c.*which); });
}

/// maxcompcpuusage.
bool is_too_busy(Stream& s) {
    const std::uint32_t least = s.pinned.generation->config->global.compression.least_idle;
    return least > 0 && 100 - std::min<std::uint32_t>(100, s.loop().busy_percent()) < least;
}

/// maxcomprate.
bool is_too_much(Stream& s, const server::Rate& rate) {
    const std::uint32_t limit = s.env().process.compression_rate_limit.load(std::memory_order_relaxed);
    return limit > 0 && rate.per_second(s.now_ms()) > limit;
}

/// Null if the limits of compression allow no more of it.
std::unique_ptr<http::Compressor> make_compressor(Stream& s, Algorithm algorithm) {
    if (is_too_much(s, s.env().process.compression_in) || is_too_busy(s)) return nullptr;
    const model::CompressionLimits& limits = s.pinned.generation->config->global.compression;
    return http::Compressor::make(static_cast<http::Compressor::Format>(algorithm),
                                  {.level = static_cast<int>(limits.level),
                                   .memory_level = static_cast<int>(limits.memory_level),
                                   .window_bits = static_cast<int>(limits.window_bits),
                                   .most_memory = limits.memory});
}

bool is_too_small(const http::Head& head, std::uint32_t least) {
    return head.framing == http::Framing::length && head.content_length < least;
}

void make_chunked(Stream& s, http::Head& head) {
    if (head.framing == http::Framing::chunked) return;
    head.framing = http::Framing::chunked;
    head.headers.add(s.arena, "transfer-encoding", "chunked");
    head.headers.remove(http::Known::content_length);
}

void compress_request(Stream& s) {
    http::Request& request = s.request;
    const bool wanted = s.backend->compression.requests || s.frontend->compression.requests;
    if (!wanted || request.framing == http::Framing::none || !request.is_at_least_1_1()) return;
    const auto& back = s.backend->compression.request_algorithm;
    const auto& algorithm = back ? back : s.frontend->compression.request_algorithm;
    const std::uint32_t least =
        s.backend->compression.min_request ? s.backend->compression.min_request : s.frontend->compression.min_request;
    if (!algorithm || request.headers.find("content-encoding") || is_too_small(request, least)) return;
    if (!is_wanted_type(request, types_of(s, &model::Compression::request_types))) return;
    s.client.compressor = make_compressor(s, *algorithm);
    if (!s.client.compressor) return;
    make_chunked(s, request);
    if (*algorithm != Algorithm::identity) request.headers.add(s.arena, "content-encoding", name_of(*algorithm));
}

/// Entity tags: `W/"..."`, `"..."`; all else is malformed.
bool is_tag(std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"' &&
           tag.substr(1, tag.size() - 2).find('"') == std::string_view::npos;
}

bool has_good_tag(const http::HeaderList& headers) {
    int count = 0;
    for (const http::Header& header : headers)
        if (header.name == "etag" && (++count > 1 || !is_tag(header.value))) return false;
    return true;
}

bool forbids_transforms(const http::HeaderList& headers) {
    for (const http::Header& header : headers) {
        if (header.name != "cache-control") continue;
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element))
            if (base::iequal(element, "no-transform")) return true;
    }
    return false;
}

bool is_compressible(const Stream& s) {
    const http::Response& response = s.response;
    if (!response.is_at_least_1_1() || !s.request.is_at_least_1_1() || s.head_request) return false;
    if (response.status < 200 || response.status > 203) return false;
    const bool sized = response.framing == http::Framing::length || response.framing == http::Framing::chunked;
    const std::uint32_t least = s.backend->compression.min_response ? s.backend->compression.min_response
                                                                    : s.frontend->compression.min_response;
    const bool empty = response.framing == http::Framing::length && response.content_length == 0;
    if (!sized || empty || is_too_small(response, least)) return false;
    if (response.headers.find("content-encoding") || forbids_transforms(response.headers)) return false;
    if (!has_good_tag(response.headers)) return false;
    const http::Header* type = response.headers.find(http::Known::content_type);
    if (type && base::istarts_with(type->value, "multipart")) return false;
    return is_wanted_type(response, types_of(s, &model::Compression::response_types));
}

/// Caches must know that the answer depends on Accept-Encoding.
void add_vary(Stream& s, http::HeaderList& headers) {
    http::Header* last = nullptr;
    for (http::Header& header : headers) {
        if (header.name != "vary") continue;
        last = &header;
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element))
            if (base::iequal(element, kAccept)) return;
    }
    if (last)
        last->value = s.arena.concat(last->value, ",Accept-Encoding");
    else
        headers.add(s.arena, "vary", "Accept-Encoding");
}

}  // namespace

void choose_compression(Stream& s) {
    if (!s.backend->compression.is_set() && !s.frontend->compression.is_set()) return;
    compress_request(s);
    const auto* offered = setting(s, [](const model::Compression& c) {
        return c.responses && !c.response_algorithms.empty() ? &c.response_algorithms : nullptr;
    });
    if (!offered) return;
    const http::Header* agent = s.request.headers.find(http::Known::user_agent);
    if (agent && is_bad_browser(agent->value)) return;
    Algorithm chosen{};
    if (find_accepted(s.request, *offered, chosen)) {
        s.compression = chosen;
        if (s.backend->compression.offload || s.frontend->compression.offload) s.request.headers.remove(kAccept);
    } else if (std::find(offered->begin(), offered->end(), Algorithm::identity) != offered->end()) {
        s.compression = Algorithm::identity;
    }
}

void start_compression(Stream& s) {
    if (!s.compression || !is_compressible(s)) return;
    const Algorithm algorithm = *s.compression;
    s.origin.compressor = make_compressor(s, algorithm);
    if (!s.origin.compressor) return;
    http::HeaderList& headers = s.response.headers;
    make_chunked(s, s.response);
    for (http::Header& header : headers)
        if (header.name == "etag" && header.value.starts_with('"')) header.value = s.arena.concat("W/", header.value);
    add_vary(s, headers);
    if (algorithm != Algorithm::identity) headers.add(s.arena, "content-encoding", name_of(algorithm));
    s.context.compressed_by = config_name_of(algorithm);
}

void count_compressed(Stream& s, bool response, std::size_t given, std::size_t made) {
    http::Compressor& compressor = response ? *s.origin.compressor : *s.client.compressor;
    stream::Process& process = s.env().process;
    const bool compresses = compressor.compresses();
    if (compresses) {
        process.compression_in.add(s.now_ms(), static_cast<std::uint32_t>(given));
        process.compression_out.add(s.now_ms(), static_cast<std::uint32_t>(made));
    }
    for (server::TrafficCounters* traffic : {&s.frontend_traffic(), s.backend_traffic()}) {
        if (!response || !traffic) continue;
        if (compresses) {
            traffic->compressed_in.add(given);
            traffic->compressed_out.add(made);
        } else {
            traffic->compression_bypassed.add(given);
        }
    }
    compressor.adapt(is_too_much(s, process.compression_out) || is_too_busy(s));
}

void end_compression(Stream& s) {
    s.frontend_traffic().compressed_responses.add();
    if (s.backend_traffic()) s.backend_traffic()->compressed_responses.add();
}

}  // namespace cfgproxy::stream
