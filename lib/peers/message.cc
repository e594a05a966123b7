#include "peers/message.h"

namespace cfgproxy::peers {
namespace {

// An integer below kOneByte is its own byte. Else the first byte has its lowest four bits, the next ones seven each,
// and those that others follow their highest bit.
constexpr std::uint64_t kOneByte = 0xf0;
constexpr std::uint64_t kMore = 0x80;
constexpr std::size_t kMaxLengthBytes = 5;

}  // namespace

void append_integer(std::string& to, std::uint64_t value) {
    if (value < kOneByte) {
        to += static_cast<char>(value);
        return;
    }
    to += static_cast<char>(value | kOneByte);
    value = (value - kOneByte) >> 4;
    while (value >= kMore) {
        to += static_cast<char>(value | kMore);
        value = (value - kMore) >> 7;
    }
    to += static_cast<char>(value);
}

void append_word(std::string& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

std::uint64_t FieldReader::integer() {
    std::size_t at = 0;
    std::uint64_t value = 0, byte = 0;
    unsigned shift = 0;
    do {
        if (at == rest_.size() || shift >= 64) return fail(), 0;
        byte = static_cast<unsigned char>(rest_[at++]);
        value += byte << shift;
        shift += at == 1 ? 4 : 7;
    } while (byte >= (at == 1 ? kOneByte : kMore));
    rest_.remove_prefix(at);
    return value;
}

std::uint32_t FieldReader::word() {
    std::uint32_t value = 0;
    for (const char c : bytes(4)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string_view FieldReader::bytes(std::uint64_t count) {
    if (count > rest_.size()) return fail();
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
}

Framing read_frame(std::string_view input, Frame& frame) {
    if (input.size() < 2) return Framing::incomplete;
    frame = {static_cast<std::uint8_t>(input[0]), static_cast<std::uint8_t>(input[1]), {}, 2};
    if (!(frame.type & 0x80)) return Framing::whole;
    const std::string_view head = input.substr(2, kMaxLengthBytes);
    FieldReader reader(head);
    const auto length = static_cast<std::uint32_t>(reader.integer());
    if (!reader.good()) return head.size() < kMaxLengthBytes ? Framing::incomplete : Framing::malformed;
    if (length > kMaxContent) return Framing::oversized;
    frame.size += head.size() - reader.left();
    if (input.size() - frame.size < length) return Framing::incomplete;
    frame.content = input.substr(frame.size, length);
    frame.size += length;
    return Framing::whole;
}

void append_frame(std::string& to, TableType type, std::string_view content) {
    append_short_frame(to, kTable, type);
    append_integer(to, content.size());
    to += content;
}

}  // namespace cfgproxy::peers
