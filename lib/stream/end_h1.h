#pragma once
#include <memory>

#include "base/buffer.h"
#include "http/h1.h"
#include "net/connection.h"
#include "server/protocol_counters.h"
#include "stream/endpoint.h"

namespace cfgproxy::stream {

/// HTTP/1.x, or plain bytes after start_tunnel(), over one connection: towards a client for many requests, towards a
/// server for many responses.
///
///     socket -> in_ : [ head | payload ... ] -> peek()/consume()
///     put_head()/put() -> out_ : [ head | framing ] + payload straight from the other side's in_ -> socket
///
/// Small payload is copied behind the head so that one send carries both; larger payload goes by scatter/gather from
/// where it lies. Long bodies move through a pipe in the kernel (Stream::splice).
class EndH1 final : public Endpoint {
  public:
    /// Reads of a head stop at `tune.bufsize` less `tune.maxrewrite`.
    struct Limits {
        http::H1Limits h1;
        std::uint32_t max_head = 15360;
    };

    EndH1(net::Loop& loop, int fd, const Limits& limits) : connection(loop, fd), limits_(limits) {}

    net::Connection connection;
    const http::NameCases* name_cases = nullptr;  ///< how names of fields are written to this peer
    /// Where bytes are counted; null: nowhere. Must stay as long as it stands here.
    server::ProtocolCounters* counters = nullptr;
    void set_name_cases(const http::NameCases* cases) override { name_cases = cases; }

    HeadState read_request(http::Request& request, base::Arena& arena) override;
    HeadState read_response(http::Response& response, base::Arena& arena, http::Method method) override;
    /// What its peer did wrong so far, forgiven or not; `fc_glitches` and `bc_glitches` tell it.
    std::uint32_t glitches() const { return glitches_; }
    void note_glitches(std::uint32_t count) { glitches_ += count; }
    const http::ParseError* parse_error() const override { return &parser_.error(); }
    std::uint16_t status_if_too_long() const override { return parser_.status_if_too_long(); }
    std::string_view raw_head() const override { return in_.view(); }
    Body peek() override;
    void consume(std::size_t count) override;
    const http::HeaderList* trailers() const override;
    std::uint64_t end_size() const override;
    void put_head(const http::Request& request) override;
    void put_head(const http::Response& response) override;
    void put_raw(std::string_view bytes) override { out_.append(bytes); }
    std::size_t put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) override;
    bool flush() override { return flush(false); }
    bool has_unsent() const override { return !out_.empty() || connection.has_unsent(); }
    bool output_failed() const override { return output_failed_; }
    void start_tunnel() override { in_mode_ = In::raw, out_chunked_ = false; }
    void close_output() override { connection.shutdown_write(); }
    void release_buffers() override;
    int error() const override { return connection.error(); }
    bool peer_closed() const override { return eof_; }
    bool peer_left() const override { return connection.peer_closed(); }
    void watch() override { connection.watch(); }
    bool can_send() const override { return connection.can_send(); }
    EndH1* alone() override { return this; }

    /// Receives into in_. `ok` also when bytes were there already.
    net::Io receive();
    bool has_input() const override { return !in_.empty(); }
    std::size_t buffered_payload() const override {
        return in_.size() - std::min<std::size_t>(head_length_, in_.size());
    }
    /// The parser has seen nothing but blank lines of the next head.
    bool untouched() const { return parser_.untouched(); }
    void next_message(bool response) override;
    bool input_complete() const override { return in_mode_ == In::done; }
    Collected collect() override;
    /// Walks over the chunks that came along with the head.
    bool buffered_body_is_sound() const override;
    bool may_have_input() const override { return connection.can_receive(); }
    /// What has arrived is somebody else's.
    void drop_input() { in_.release(); }
    /// Throws away what has arrived, so that closing does not reset the connection under the peer's last bytes.
    void discard_input();
    /// The same once, where nobody has tried to read yet; nothing will be sent any more.
    void discard_some();
    /// The exact bytes that may still be moved by splice: none, a number (of a chunk: the rest of it), or all (~0) for
    /// tunnels.
    std::uint64_t spliceable_input() const;
    bool spliceable_output() const {
        if (out_bodyless_ || output_failed_ || connection.tls()) return false;
        return out_chunked_ ? chunk_promised_ == 0 : out_.empty();
    }
    /// `count` bytes of payload are on their way through the kernel: to a peer that gets chunks they are one.
    void begin_splice(std::size_t count);
    /// Sends what must leave before spliced bytes do. True when nothing is left unsent.
    bool flush_before_splice() { return flush(true); }
    void leave_out_body() override { out_bodyless_ = true; }
    void spliced_in(std::size_t count);
    void spliced_out(std::size_t count);
    void fail_output() { output_failed_ = true; }
    void note_eof(Trouble trouble) { eof_ = true, trouble_ = trouble; }

  private:
    enum class In : std::uint8_t { head, length, chunked, raw, done };
    template <class Finish>
    HeadState read_head(base::Arena& arena, Finish finish);
    HeadState stop(Trouble trouble) {
        trouble_ = trouble;
        if (trouble == Trouble::malformed) note_glitches(1);
        return HeadState::trouble;
    }
    void begin_body(const http::Head& head);
    Body peek_counted();
    Body peek_chunked();
    void decode_chunks();
    Trouble bad_chunk();
    Body peek_raw();
    /// Data for a body: false when there is none now; trouble_ is set when there never will be.
    bool fill();
    std::size_t put_chunk(std::string_view data, bool end, bool hold, const http::HeaderList* trailers);
    std::size_t send_with(std::string_view data, bool hold);
    bool flush(bool more_follows);
    void promise_chunk(std::size_t size);
    bool is_dead();
    void sent(std::size_t count);
    void append_end(const http::HeaderList* trailers);

    Limits limits_;
    base::Buffer in_, out_;
    http::H1HeadParser parser_;
    std::unique_ptr<http::H1ChunkParser> chunks_;
    std::uint64_t left_ = 0;            ///< of a counted body, to be read
    std::uint64_t chunk_promised_ = 0;  ///< of a chunk whose size line was written, to be sent
    std::uint32_t decoded_ = 0;         ///< data of chunks at the front of in_
    std::uint32_t head_length_ = 0;     ///< bytes of in_ that are still the head
    std::uint32_t glitches_ = 0;
    In in_mode_ = In::head;
    bool in_chunked_ = false;  ///< the message being read came in chunks
    bool out_chunked_ = false;
    bool out_bodyless_ = false;
    bool eof_ = false;
    bool output_failed_ = false;
};

}  // namespace cfgproxy::stream
