#include "net/socks4.h"

#include <netinet/in.h>

namespace cfgproxy::net {

bool append_socks4_request(std::string& out, const Address& to) {
    if (to.family() != AF_INET) return false;
    constexpr std::string_view kUser("HAProxy", 8);  // its end mark included
    const in_addr ip = to.v4();
    out.append("\4\1");
    out.push_back(static_cast<char>(to.port() >> 8));
    out.push_back(static_cast<char>(to.port() & 0xff));
    out.append(reinterpret_cast<const char*>(&ip), sizeof ip);
    out.append(kUser);
    return true;
}

Socks4Answer read_socks4_answer(std::string_view bytes) {
    constexpr char kGranted = 0x5a;
    if (bytes.size() < kSocks4Answer) return Socks4Answer::more;
    return bytes[0] == 0 && bytes[1] == kGranted ? Socks4Answer::granted : Socks4Answer::refused;
}

}  // namespace cfgproxy::net
