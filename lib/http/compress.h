#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cfgproxy::http {

/// Compresses one message's payload with zlib, as HAProxy does. zlib's memory is kept by the thread for the next one.
/// Thread-owned.
class Compressor {
  public:
    enum class Format : std::uint8_t { identity, gzip, deflate, raw_deflate };
    struct Settings {
        int level = 1;                  ///< 1 to 9: the best that is tried, and what is begun with
        int memory_level = 8;           ///< 1 to 9
        int window_bits = 15;           ///< 8 to 15
        std::uint64_t most_memory = 0;  ///< of all compressors of the process, bytes; 0: no limit
        bool operator==(const Settings&) const = default;
    };
    /// Null if there is no memory.
    static std::unique_ptr<Compressor> make(Format format, const Settings& settings);
    /// What zlib's memory of all compressors that are in use takes, in bytes. Any thread.
    static std::uint64_t memory_in_use();
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    /// Appends what `data` becomes to output(). `flush`: so that the receiver can read all of it now; `end`: nothing
    /// follows. False if zlib fails.
    bool add(std::string_view data, bool flush, bool end);
    /// Makes less, or again more, of an effort from the next bytes on, by one level; none is made at level 0.
    void adapt(bool less);
    bool compresses() const { return level_ > 0; }
    /// Compressed bytes that wait to be sent.
    std::string_view output() const { return std::string_view(output_).substr(used_); }
    void consume(std::size_t count);
    bool ended() const { return ended_; }  ///< `end` was given: output() is the rest

  private:
    struct Deflate;
    explicit Compressor(Format format);
    /// One call of zlib, into output() with room for `room` more bytes.
    template <class Call>
    int with_room(std::size_t room, Call call);
    bool apply_level();
    Format format_;
    int level_ = 0;
    bool ended_ = false;
    std::unique_ptr<Deflate> deflate_;
    std::string output_;
    std::size_t used_ = 0;
};

}  // namespace cfgproxy::http
