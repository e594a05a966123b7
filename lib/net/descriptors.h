#pragma once
#include <sys/types.h>

#include <span>
#include <string_view>
#include <vector>

namespace cfgproxy::net {

/// Hands open descriptors to the process at the other end of a UNIX socket (SCM_RIGHTS, unix(7)), along with `text`,
/// which must not be empty. They stay open here. True if all of it left; `flags` as sendmsg(2)'s, besides MSG_NOSIGNAL.
bool send_descriptors(int channel, std::string_view text, std::span<const int> descriptors, int flags = 0);

/// Takes one such message: appends at most `most` descriptors, closed on exec, and throws its text away up to `room`
/// bytes. What recvmsg(2) returns; `flags` as its.
ssize_t receive_descriptors(int channel, std::vector<int>& descriptors, std::size_t most, std::size_t room,
                            int flags = 0);

}  // namespace cfgproxy::net
