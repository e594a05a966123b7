#include "net/client_hello.h"

#include <algorithm>

namespace cfgproxy::net {
namespace {

using State = ClientHello::State;

std::uint8_t byte(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | byte(bytes, at + i);
    return value;
}

/// Takes a list off the front of `rest` whose length stands in its first `size` bytes.
bool take_list(std::string_view& rest, std::size_t size, std::size_t least, std::string_view& list) {
    if (rest.size() < size) return false;
    const std::uint32_t length = number(rest, 0, size);
    if (length < least || length > rest.size() - size) return false;
    list = rest.substr(size, length);
    rest.remove_prefix(size + length);
    return true;
}

constexpr std::uint8_t kHandshake = 0x16, kHello = 1;
constexpr std::size_t kRecordHead = 5, kMessageHead = 4;
/// Version, random, and the shortest lists that can be followed by extensions.
constexpr std::uint32_t kLeastHello = 2 + 32 + 1 + 2 + 2 + 1 + 1 + 2 + 2;

/// A record's type as SSLv3 and later have them.
bool is_record_type(std::uint8_t type) { return (type >= 0x14 && type <= 0x17) || type == 0xff; }

/// The lists of a hello, from its version on.
bool read_lists(std::string_view hello, ClientHello& out) {
    if (byte(hello, 0) < 3 || byte(hello, 1) < 1) return false;  // TLS 1.0
    std::string_view rest = hello.substr(2 + 32), session, methods;
    if (!take_list(rest, 1, 0, session) || session.size() > 32) return false;
    return take_list(rest, 2, 2, out.ciphers) && take_list(rest, 1, 1, methods) &&
           take_list(rest, 2, 0, out.extensions);
}

}  // namespace

ClientHello ClientHello::read(std::string_view bytes, bool whole_record) {
    ClientHello hello;
    const auto partial = [&] {
        hello.state = State::partial;
        return hello;
    };
    if (bytes.empty()) return partial();
    if (byte(bytes, 0) != kHandshake) return hello;
    if (bytes.size() < 3) return partial();
    if (byte(bytes, 1) < 3) return hello;
    if (bytes.size() < kRecordHead) return partial();
    const std::uint32_t record = number(bytes, 3, 2);
    if (record < kLeastHello + kMessageHead) return hello;
    bytes.remove_prefix(kRecordHead);
    if (whole_record && bytes.size() < record) return partial();
    if (bytes.empty()) return partial();
    if (byte(bytes, 0) != kHello) return hello;
    if (bytes.size() < kMessageHead) return partial();
    const std::uint32_t length = number(bytes, 1, 3);
    if (length < kLeastHello) return hello;
    bytes.remove_prefix(kMessageHead);
    if (bytes.size() < length) return partial();
    if (read_lists(bytes.substr(0, length), hello)) hello.state = State::whole;
    return hello;
}

std::optional<std::string_view> ClientHello::extension(std::uint16_t type) const {
    std::string_view rest = extensions;
    while (rest.size() >= 4) {
        const std::uint32_t found = number(rest, 0, 2);
        std::string_view contents;
        rest.remove_prefix(2);
        if (!take_list(rest, 2, 0, contents)) break;
        if (found == type) return contents;
    }
    return {};
}

std::optional<std::string_view> ClientHello::server_name() const {
    std::string_view rest = extensions;
    while (rest.size() >= 4) {
        const std::uint32_t type = number(rest, 0, 2);
        std::string_view contents, names, name;
        rest.remove_prefix(2);
        if (!take_list(rest, 2, 0, contents)) break;
        if (type != 0) continue;
        if (!take_list(contents, 2, 4, names)) break;
        const std::uint8_t kind = byte(names, 0);
        names.remove_prefix(1);
        if (!take_list(names, 2, 0, name)) break;
        if (kind == 0) return name;
    }
    return {};
}

State handshake_type(std::string_view bytes, std::uint8_t& type) {
    if (bytes.empty()) return State::partial;
    if (!is_record_type(byte(bytes, 0))) return State::none;
    if (bytes.size() < kRecordHead + kMessageHead) return State::partial;
    if (byte(bytes, 1) < 3 || number(bytes, 3, 2) < kMessageHead) return State::none;
    if (bytes.size() - kRecordHead - kMessageHead < number(bytes, 6, 3)) return State::partial;
    type = byte(bytes, 5);
    return State::whole;
}

namespace {

/// SSLv2: a length of 15 bits, or of 14 with a padding length behind it; then the hello's version and three lengths.
State old_hello_version(std::string_view bytes, std::size_t room, std::uint32_t& version) {
    const bool is_short = byte(bytes, 0) & 0x80;
    const std::size_t head = is_short ? 2 : 3;
    if (bytes.size() < head + 1) return State::partial;
    const std::uint32_t length = number(bytes, 0, 2) & (is_short ? 0x7fff : 0x3fff);
    const std::uint32_t padding = is_short ? 0 : byte(bytes, 2);
    if (byte(bytes, head) != kHello) return State::none;
    bytes.remove_prefix(head + 1);
    if (bytes.size() < 8) return State::partial;
    const std::uint32_t ciphers = number(bytes, 2, 2), session = number(bytes, 4, 2), challenge = number(bytes, 6, 2);
    if (ciphers % 3 != 0 || (session != 0 && session != 16) || challenge < 16 || challenge > 32) return State::none;
    if (length != 9 + ciphers + session + challenge) return State::none;
    if (bytes.size() - 8 < std::min<std::size_t>(ciphers + session + challenge + padding, room)) return State::partial;
    version = byte(bytes, 0) << 16 | byte(bytes, 1);
    return State::whole;
}

}  // namespace

State hello_version(std::string_view bytes, std::size_t room, std::uint32_t& version) {
    if (bytes.empty()) return State::partial;
    if (!is_record_type(byte(bytes, 0))) return old_hello_version(bytes, room, version);
    if (bytes.size() < 11) return State::partial;
    const std::uint32_t length = number(bytes, 3, 2);
    if (byte(bytes, 1) < 3 || length < 6 || length > (1 << 14) + 2048) return State::none;
    if (bytes.size() - kRecordHead < std::min<std::size_t>(length, room)) return State::partial;
    version = byte(bytes, 9) << 16 | byte(bytes, 10);
    return State::whole;
}

}  // namespace cfgproxy::net
