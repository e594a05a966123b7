#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace cfgproxy::net {

/// The first message of a TLS connection, read from the bytes as they came: what a proxy that does not decrypt may know
/// about it. Views of the bytes given. HAProxy's limits decide what passes for one.
struct ClientHello {
    enum class State : std::uint8_t {
        none,     ///< something else, or broken
        partial,  ///< a good start, but there must be more
        whole,
    };
    State state = State::none;
    std::string_view ciphers;     ///< two bytes each
    std::string_view extensions;  ///< type, length, contents, one after the other

    /// `whole_record`: the record that the message begins in must be there to its end, too.
    static ClientHello read(std::string_view bytes, bool whole_record);

    /// Contents of the first extension of that type (RFC 8446 section 4.2); nothing if there is none in front of
    /// whatever is broken.
    std::optional<std::string_view> extension(std::uint16_t type) const;
    /// The first name of kind host_name in the first list of server names that has one.
    std::optional<std::string_view> server_name() const;
};

/// The type byte of a handshake message that is there to its end (1: ClientHello, 2: ServerHello).
ClientHello::State handshake_type(std::string_view bytes, std::uint8_t& type);

/// Version of the protocol that the client's first message asks for: major in the upper 16 bits, minor in the lower.
/// Understands SSLv2's format of the message, too. `room`: what fits into a buffer; no more is waited for.
ClientHello::State hello_version(std::string_view bytes, std::size_t room, std::uint32_t& version);

}  // namespace cfgproxy::net
