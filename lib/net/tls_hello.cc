#include <algorithm>

#include "base/hash.h"
#include "net/client_hello.h"
#include "net/tls.h"

// What is kept of a handshake for the fetches that tell fingerprints and secrets.
namespace cfgproxy::net {
namespace {

// RFC 8446 section 4.2
constexpr std::uint16_t kGroups = 10, kPointFormats = 11, kSignatures = 13, kVersions = 43;

/// The list in an extension whose length stands in front of it, in `size` bytes; empty if that cannot be.
std::string_view list_in(const ClientHello& hello, std::uint16_t type, std::size_t size) {
    const std::string_view text = hello.extension(type).value_or(std::string_view());
    if (text.size() < size) return {};
    std::size_t length = 0;
    for (std::size_t i = 0; i < size; ++i) length = length << 8 | static_cast<std::uint8_t>(text[i]);
    return length > text.size() - size ? std::string_view() : text.substr(size, length);
}

}  // namespace

std::unique_ptr<TlsHello> TlsHello::read(std::string_view message, std::size_t room) {
    // A record around it, of a length that the two bytes have no room for, is not looked at further than the message.
    const std::size_t size = std::min<std::size_t>(message.size(), 0xffff);
    std::string record("\x16\x03\x01", 3);
    record += static_cast<char>(size >> 8);
    record += static_cast<char>(size);
    record += message;
    const ClientHello parsed = ClientHello::read(record, false);
    if (parsed.state != ClientHello::State::whole) return nullptr;
    auto hello = std::make_unique<TlsHello>();
    const auto keep = [&room](std::string_view list) {
        list = list.substr(0, room);
        room -= list.size();
        return std::string(list);
    };
    hello->version =
        static_cast<std::uint16_t>(static_cast<std::uint8_t>(message[4]) << 8 | static_cast<std::uint8_t>(message[5]));
    hello->ciphers_hash = base::hash_xxh64(parsed.ciphers, 0);
    hello->ciphers = keep(parsed.ciphers);
    for (std::string_view rest = parsed.extensions; rest.size() >= 4 && room >= 2;) {
        hello->extensions += keep(rest.substr(0, 2));
        const std::size_t length =
            static_cast<std::size_t>(static_cast<std::uint8_t>(rest[2])) << 8 | static_cast<std::uint8_t>(rest[3]);
        rest.remove_prefix(std::min(rest.size(), 4 + length));
    }
    hello->groups = keep(list_in(parsed, kGroups, 2));
    hello->point_formats = keep(list_in(parsed, kPointFormats, 1));
    hello->versions = keep(list_in(parsed, kVersions, 1));
    hello->signatures = keep(list_in(parsed, kSignatures, 2));
    return hello;
}

void TlsSecrets::note(std::string_view line) {
    constexpr std::string_view kNames[kLabels] = {
        "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",     "SERVER_TRAFFIC_SECRET_0",         "EXPORTER_SECRET",
        "EARLY_EXPORTER_SECRET"};
    const std::string_view label = line.substr(0, line.find(' '));
    const std::size_t last = line.rfind(' ');
    if (last == line.npos) return;
    for (int i = 0; i < kLabels; ++i)
        if (label == kNames[i]) of[i] = line.substr(last + 1);
}

}  // namespace cfgproxy::net
