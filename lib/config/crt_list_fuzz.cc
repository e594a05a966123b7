#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "config/crt_list.h"

// Whatever the bytes are, a list is read or refused; what is written of a line's options reads as the same options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cfgproxy;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::uint32_t last = 0;
    const auto lines = config::read_list(text, "list", last);
    if (!lines) return 0;
    for (const config::ListLine& line : *lines) {
        const std::string written = line.path + config::written_options(line.options, line.files);
        const auto again = config::read_list_line(written, "list", line.number);
        // npn is kept as it was written; ca-verify-file is not shown, as in HAProxy.
        if (!again || again->path != line.path || again->options.verify != line.options.verify ||
            again->options.alpn != line.options.alpn || again->options.min != line.options.min)
            std::abort();
    }
    return 0;
}
