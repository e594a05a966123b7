#include "sample/checkpoint.h"

#include <bit>

namespace cfgproxy::sample {
namespace {

/// `at` has a digit for each Checkpoint, the first bit first.
struct Source {
    std::uint16_t needs;
    std::string_view at, name;
};
constexpr Source kSources[] = {
    {kInternal, "1111111111111111111101", "internal state"},
    {kFrontend, "1111111111111111111000", "frontend"},
    {kClient, "1111111111111111111100", "client address"},
    {kSession, "0111111111111111111000", "client-side connection"},
    {kRequestData, "0011111111100000000000", "request buffer"},
    {kRequestHead, "0011111111100000000000", "HTTP request headers"},
    {kTransaction, "0011111111111111111000", "HTTP request"},
    {kRequestBody, "0011111111100000000000", "HTTP request body"},
    {kBackend, "0000001111111111111100", "backend"},
    {kServer, "0000000000111111111100", "server"},
    {kServerConnection, "0000000000011111111100", "server-side connection"},
    {kResponseData, "0000000000011111110100", "response buffer"},
    {kResponseHead, "0000000000011111110100", "HTTP response headers"},
    {kResponseFacts, "0000000000011111111100", "HTTP response"},
    {kResponseBody, "0000000000011111110100", "HTTP response body"},
    {kResponseEnd, "0000000001111111111000", "response buffer statistics"},
};

constexpr std::string_view kNames[kCheckpoints] = {
    "frontend tcp-request connection rule",
    "frontend tcp-request session rule",
    "frontend tcp-request content rule",
    "frontend http-request header rule",
    "frontend http-request body rule",
    "frontend use-backend rule",
    "backend tcp-request content rule",
    "backend http-request header rule",
    "backend http-request body rule",
    "backend use-server, balance or stick-match rule",
    "server source selection",
    "backend tcp-response content rule",
    "backend http-response header rule",
    "backend http-response body rule",
    "backend stick-store rule",
    "frontend tcp-response content rule",
    "frontend http-response header rule",
    "frontend http-response body rule",
    "logs",
    "backend tcp-check rule",
    "configuration parser",
    "CLI parser",
};

constexpr std::uint32_t bits_of(std::string_view digits) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) bits |= std::uint32_t{digits[i] == '1'} << i;
    return bits;
}

constexpr bool all_have_digits() {
    for (const Source& source : kSources)
        if (source.at.size() != kCheckpoints) return false;
    return true;
}
static_assert(all_have_digits());

}  // namespace

std::uint32_t valid_at(std::uint16_t needs) {
    if (needs == kNothing) return (1u << kCheckpoints) - 1;
    std::uint32_t places = 0;
    for (const Source& source : kSources)
        if (needs & source.needs) places |= bits_of(source.at);
    return places;
}

std::string describe_needs(std::uint16_t needs) {
    std::string names;
    for (const Source& source : kSources)
        if (needs & source.needs) names.append(names.empty() ? "" : ",").append(source.name);
    return names;
}

std::string misplaced_fetch(const Fetch& fetch, std::uint32_t checkpoints) {
    if (checkpoints == 0 || (valid_at(fetch.needs) & checkpoints)) return {};
    return "fetch method '" + std::string(fetch.name) + "' extracts information from '" + describe_needs(fetch.needs) +
           "', none of which is available here";
}

std::string misplaced_in_format(const Fetch& fetch, std::uint32_t checkpoints) {
    if (checkpoints == 0 || (valid_at(fetch.needs) & checkpoints)) return {};
    return "sample fetch <" + std::string(fetch.name) + "> may not be reliably used here because it needs '" +
           describe_needs(fetch.needs) + "' which is not available here";
}

std::string_view checkpoint_name(std::uint32_t checkpoints) {
    const auto first = static_cast<std::size_t>(std::countr_zero(checkpoints));
    return first < kCheckpoints ? kNames[first] : std::string_view{};
}

}  // namespace cfgproxy::sample
