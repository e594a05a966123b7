#pragma once
#include <string_view>

#include "net/address.h"

namespace cfgproxy::net {

/// tcp-md5sig (RFC 2385): segments between socket `fd` and `peer` are signed with a password that both sides know; a
/// listening socket's peers are all those that its own address can stand for. False with errno: the kernel cannot.
bool sign_with_md5(int fd, const Address& peer, std::string_view password);
/// Whether the kernel can do that at all.
bool can_sign_with_md5();

}  // namespace cfgproxy::net
