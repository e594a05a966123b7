#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cfgproxy::http {

/// Compresses one message's payload with zlib, as HAProxy does: window and memory as small as `tune.comp.maxlevel` 1
/// has them. zlib's memory is kept by the thread for the next one. Thread-owned.
class Compressor {
  public:
    enum class Format : std::uint8_t { identity, gzip, deflate, raw_deflate };
    /// Null if there is no memory.
    static std::unique_ptr<Compressor> make(Format format);
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    /// Appends what `data` becomes to output(). `flush`: so that the receiver can read all of it now; `end`: nothing
    /// follows. False if zlib fails.
    bool add(std::string_view data, bool flush, bool end);
    /// Compressed bytes that wait to be sent.
    std::string_view output() const { return std::string_view(output_).substr(used_); }
    void consume(std::size_t count);
    bool ended() const { return ended_; }  ///< `end` was given: output() is the rest

  private:
    struct Deflate;
    explicit Compressor(Format format);
    Format format_;
    bool ended_ = false;
    std::unique_ptr<Deflate> deflate_;
    std::string output_;
    std::size_t used_ = 0;
};

}  // namespace cfgproxy::http
