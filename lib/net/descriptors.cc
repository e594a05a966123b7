#include "net/descriptors.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace cfgproxy::net {

bool send_descriptors(int channel, std::string_view text, std::span<const int> descriptors, int flags) {
    std::vector<cmsghdr> control(CMSG_SPACE(descriptors.size_bytes()) / sizeof(cmsghdr) + 1);  // for its alignment
    iovec piece{const_cast<char*>(text.data()), text.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    return sendmsg(channel, &message, MSG_NOSIGNAL | flags) == static_cast<ssize_t>(text.size());
}

ssize_t receive_descriptors(int channel, std::vector<int>& descriptors, std::size_t most, std::size_t room, int flags) {
    std::vector<char> text(room);
    std::vector<cmsghdr> control(CMSG_SPACE(most * sizeof(int)) / sizeof(cmsghdr) + 1);
    iovec piece{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(most * sizeof(int));
    ssize_t got;
    do got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | flags);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return got;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const std::size_t before = descriptors.size();
        descriptors.resize(before + count);
        std::memcpy(descriptors.data() + before, CMSG_DATA(part), count * sizeof(int));
    }
    return got;
}

}  // namespace cfgproxy::net
