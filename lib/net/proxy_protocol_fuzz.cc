#include <string_view>

#include "net/proxy_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace cfgproxy::net;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    ProxyHeader header;
    if (read_proxy_header(text, header) == ProxyError::none && header.length > size) __builtin_trap();
    if (read_netscaler_header(text, 0x01020304, header) == ProxyError::none && header.length > size) __builtin_trap();
    return 0;
}
