#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

constexpr Step kHttp[] = {
    {"wait-request", wait_request},
    {"frontend-content", frontend_content},
    {"frontend-rules", frontend_rules},
    {"choose-backend", choose_backend},
    {"backend-content", backend_content},
    {"backend-rules", backend_rules},
    {"prepare-request", prepare_request},
    {"pick-server", pick_server},
    {"queue", wait_in_queue},
    {"connect", connect},
    {"send-request", send_request},
    {"wait-response", wait_response},
    {"response-rules", response_rules},
    {"send-response", send_response},
    {"forward", forward},
    {"flush", flush},
    // Side tracks, reached by jumps only.
    {"tarpit", tarpit},
    {"applet", start_applet},
};

constexpr Step kTcp[] = {
    {"tcp-content", tcp_content},       {"frontend-content", frontend_content},
    {"choose-backend", choose_backend}, {"backend-content", backend_content},
    {"persistence", tcp_persistence},   {"pick-server", pick_server},
    {"queue", wait_in_queue},           {"connect", connect},
    {"tcp-forward", tcp_forward},       {"flush", flush},
};

}  // namespace

const std::span<const Step> kHttpSteps{kHttp};
const std::span<const Step> kTcpSteps{kTcp};

}  // namespace cfgproxy::stream
