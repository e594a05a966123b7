#pragma once
#include <cstddef>
#include <string_view>

namespace cfgproxy::stream {

class Endpoint;
class Stream;

/// What a connection to a server speaks that carries the exchanges of several streams at a time: HTTP/2, FastCGI. Owned
/// by its ServerConnection. Thread-owned.
class ServerMux {
  public:
    virtual ~ServerMux() = default;
    virtual std::string_view name() const = 0;  ///< as HAProxy calls it: "H2"
    /// The connection has news.
    virtual void on_io() = 0;
    /// The connection is being closed: nothing is done or told any more.
    virtual void abandon() = 0;
    /// The server has said what it wants of us, if it is to be asked.
    virtual bool settled() const = 0;
    virtual std::size_t streams() const = 0;
    virtual std::size_t stream_limit() const = 0;  ///< at a time, as far as is known
    virtual std::size_t room() const = 0;          ///< how many more streams may begin
    /// An exchange to come, of which `stream` is told. Its request is sent by put_head().
    virtual Endpoint& open_end(Stream& stream) = 0;
    /// The exchange is over as far as we are concerned: `end` is gone. What is incomplete is given up.
    virtual void close_end(Endpoint& end) = 0;
};

/// Who has the connection; may call anything of the mux but destroy it.
class ServerMuxOwner {
  public:
    /// The last stream was released.
    virtual void on_streams_gone() = 0;
    /// The connection is of no use any more and no stream is left.
    virtual void on_mux_over() = 0;

  protected:
    ~ServerMuxOwner() = default;
};

}  // namespace cfgproxy::stream
