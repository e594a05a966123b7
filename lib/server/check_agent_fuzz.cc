#include <string_view>

#include "server/check_agent.h"
#include "server/state_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace cfgproxy::server;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    AgentReply reply;
    (void)read_agent_reply(text, reply);
    std::string_view backend, server;
    SavedState state;
    if (read_state_line(text, backend, server, state) && state.weight > 256) __builtin_trap();
    return 0;
}
