#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sample/expression.h"

// Where in an exchange a fetch can have a value (manual 7.3): what it needs, in its row, against what there is.
namespace cfgproxy::sample {

// What rows need besides sample::Needs. A constant needs nothing.
inline constexpr std::uint16_t kNothing = 0,
                               kSession = 2048,  ///< client-side connection once it is set up (L5)
    kFrontend = 4096,                            ///< frontend or listener that accepted the connection
    kBackend = 8192,                             ///< backend that was chosen
    kServerConnection = 16384,                   ///< connection to the server
    kResponseEnd = 32768;                        ///< final figures about the response

/// Points at which expressions are evaluated, in the order of an exchange, one bit each.
enum Checkpoint : std::uint32_t {
    kFrontTcpConnection = 1u << 0,
    kFrontTcpSession = 1u << 1,
    kFrontTcpContent = 1u << 2,
    kFrontRequest = 1u << 3,
    kFrontRequestBody = 1u << 4,
    kFrontUseBackend = 1u << 5,
    kBackTcpContent = 1u << 6,
    kBackRequest = 1u << 7,
    kBackRequestBody = 1u << 8,
    kBackPickServer = 1u << 9,
    kBackConnect = 1u << 10,
    kBackTcpResponse = 1u << 11,
    kBackResponse = 1u << 12,
    kBackResponseBody = 1u << 13,
    kBackStickStore = 1u << 14,
    kFrontTcpResponse = 1u << 15,
    kFrontResponse = 1u << 16,
    kFrontResponseBody = 1u << 17,
    kLogs = 1u << 18,
    kCheckRules = 1u << 19,
    kConfigLines = 1u << 20,
    kCommandLine = 1u << 21,
};
inline constexpr int kCheckpoints = 22;

/// The checkpoints at which a fetch that needs this (a row's `needs`) may have a value: wherever one of the things is
/// there.
std::uint32_t valid_at(std::uint16_t needs);
/// What it needs, in HAProxy's words: "request buffer,response buffer".
std::string describe_needs(std::uint16_t needs);
/// Why an expression with this fetch never has a value at these checkpoints: "fetch method 'path' extracts information
/// from ..."; empty if it may have one, or if there are no checkpoints.
std::string misplaced_fetch(const Fetch& fetch, std::uint32_t checkpoints);
/// The same of an expression in a log format.
std::string misplaced_in_format(const Fetch& fetch, std::uint32_t checkpoints);
/// How messages call the first of these checkpoints: "frontend http-request header rule".
std::string_view checkpoint_name(std::uint32_t checkpoints);

}  // namespace cfgproxy::sample
