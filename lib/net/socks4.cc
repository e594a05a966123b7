#include "net/socks4.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

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

/// Both messages are small and the only ones under way: each comes or goes at once.
Socks4 pass_socks4(Connection& connection, const Address& to, bool& asked) {
    const int fd = connection.fd();
    if (!asked) {
        asked = true;
        std::string request;
        if (!append_socks4_request(request, to) ||
            ::send(fd, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
                static_cast<ssize_t>(request.size()))
            return Socks4::unsent;
    }
    char answer[kSocks4Answer];
    const ssize_t size = ::recv(fd, answer, sizeof answer, MSG_PEEK | MSG_DONTWAIT);
    if ((size < 0 && errno == EAGAIN) || (size > 0 && size < static_cast<ssize_t>(sizeof answer))) {
        connection.watch();
        return Socks4::waiting;
    }
    if (size <= 0) return Socks4::unread;
    if (read_socks4_answer({answer, sizeof answer}) != Socks4Answer::granted) return Socks4::refused;
    return ::recv(fd, answer, sizeof answer, 0) == size ? Socks4::granted : Socks4::unread;
}

}  // namespace cfgproxy::net
