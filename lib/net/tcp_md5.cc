#include "net/tcp_md5.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace cfgproxy::net {

bool sign_with_md5(int fd, const Address& peer, std::string_view password) {
    tcp_md5sig sign{};
    const std::size_t length = std::min<std::size_t>(password.size(), sizeof sign.tcpm_key);
    std::memcpy(&sign.tcpm_addr, peer.raw(), peer.length());
    std::memcpy(sign.tcpm_key, password.data(), length);
    sign.tcpm_keylen = static_cast<__u16>(length);
    return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sign, sizeof sign) == 0;
}

bool can_sign_with_md5() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const auto address = Address::parse_ip("127.0.0.1");
    const bool can = address.ok() && sign_with_md5(fd, *address, "password");
    ::close(fd);
    return can;
}

}  // namespace cfgproxy::net
