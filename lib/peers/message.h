#pragma once
#include <cstdint>
#include <string>
#include <string_view>

// The bytes of the peers protocol 2.1 (HAProxy's doc/peers.txt): integers, frames, kinds of messages. No state.
namespace cfgproxy::peers {

/// First byte of a message.
enum MessageClass : std::uint8_t { kControl = 0, kError = 1, kTable = 10, kReserved = 255 };
/// Second byte, of class kControl.
enum ControlType : std::uint8_t {
    kResyncRequest = 0,
    kResyncFinished = 1,
    kResyncPartial = 2,
    kResyncConfirm = 3,
    kHeartbeat = 4,
};
/// Second byte, of class kError.
enum ErrorType : std::uint8_t { kProtocolError = 0, kSizeError = 1 };
/// Second byte, of class kTable. With bit 7 set, in whatever class, a length and so many bytes follow.
enum TableType : std::uint8_t {
    kUpdate = 0x80,
    kIncrementalUpdate = 0x81,
    kDefine = 0x82,
    kSwitch = 0x83,
    kAck = 0x84,
    kTimedUpdate = 0x85,
    kTimedIncrementalUpdate = 0x86,
};

/// What a handshake ends with (a line of its own), and two states on the way there.
enum Status : std::uint16_t {
    kNone = 0,
    kConnecting = 100,
    kConnected = 110,
    kSuccess = 200,
    kTryAgain = 300,
    kBadProtocol = 501,
    kBadVersion = 502,
    kWrongName = 503,    ///< the one that was called is not called so
    kUnknownPeer = 504,  ///< the one that calls is not known
};

/// Content of a message may be so long: HAProxy's default buffer.
constexpr std::size_t kMaxContent = 16384;

/// Writes an integer in one to ten bytes.
void append_integer(std::string& to, std::uint64_t value);
/// Writes four bytes, the greatest first.
void append_word(std::string& to, std::uint32_t value);

/// Takes fields off the front of a message's content. Once one is not whole, good() is false and all that follow are
/// empty: look once at the end of what belongs together.
class FieldReader {
  public:
    explicit FieldReader(std::string_view content) : rest_(content) {}
    std::uint64_t integer();
    std::uint32_t word();
    std::string_view bytes(std::uint64_t count);
    bool good() const { return good_; }
    bool empty() const { return rest_.empty(); }
    std::size_t left() const { return rest_.size(); }

  private:
    std::string_view fail() {
        good_ = false;
        return rest_ = {};
    }
    std::string_view rest_;
    bool good_ = true;
};

/// One message as it came.
struct Frame {
    std::uint8_t message_class = 0, type = 0;
    std::string_view content;
    std::size_t size = 0;  ///< of the whole message
};
enum class Framing : std::uint8_t {
    whole,
    incomplete,  ///< more bytes are needed
    malformed,   ///< its length is none
    oversized,   ///< longer than kMaxContent
};
/// The message at the front of `input`, of which `frame` is a view.
Framing read_frame(std::string_view input, Frame& frame);

/// A message of class kTable.
void append_frame(std::string& to, TableType type, std::string_view content);
/// One without content.
inline void append_short_frame(std::string& to, MessageClass message_class, std::uint8_t type) {
    (to += static_cast<char>(message_class)) += static_cast<char>(type);
}

}  // namespace cfgproxy::peers
