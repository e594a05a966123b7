// Any bytes: what is found lies within them, and more bytes never turn a hello into something else.
#include "net/client_hello.h"

#include <cstdlib>
#include <string>

#include "net/tls.h"

using namespace cfgproxy::net;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_within(std::string_view part, std::string_view whole) {
    require(part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (bool whole_record : {false, true}) {
        const ClientHello hello = ClientHello::read(bytes, whole_record);
        require_within(hello.ciphers, bytes);
        require_within(hello.extensions, bytes);
        for (std::uint16_t type : {0, 10, 13, 16, 35, 51})
            if (auto contents = hello.extension(type)) require_within(*contents, bytes);
        if (auto name = hello.server_name()) require_within(*name, bytes);
        const auto before = ClientHello::read(bytes.substr(0, size / 2), whole_record).state;
        require(before == ClientHello::State::partial || before == hello.state);
    }
    const std::size_t room = size % 600;
    if (const auto kept = TlsHello::read(bytes, room))
        require(kept->ciphers.size() + kept->extensions.size() + kept->groups.size() + kept->point_formats.size() +
                    kept->versions.size() + kept->signatures.size() <=
                room);
    std::uint8_t type;
    std::uint32_t version;
    handshake_type(bytes, type);
    hello_version(bytes, 16384, version);
    return 0;
}
