#include "http/compress.h"

#include <zlib.h>

#include <vector>

namespace cfgproxy::http {
namespace {

// Of a thread, for each of the three formats: more than a few at a time are rare.
constexpr std::size_t kKept = 16;
constexpr int kLevel = 1;
constexpr int kMemory = 8;

int window_bits(Compressor::Format format) {
    if (format == Compressor::Format::gzip) return MAX_WBITS + 16;
    return format == Compressor::Format::raw_deflate ? -MAX_WBITS : MAX_WBITS;
}

}  // namespace

/// zlib's state, ready for a new message.
struct Compressor::Deflate {
    explicit Deflate(Format format) {
        good = deflateInit2(&stream, kLevel, Z_DEFLATED, window_bits(format), kMemory, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~Deflate() {
        if (good) deflateEnd(&stream);
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;

    using Pool = std::vector<std::unique_ptr<Deflate>>;
    static Pool& pool(Format format) {
        thread_local Pool pools[4];
        return pools[static_cast<std::size_t>(format)];
    }

    z_stream stream{};
    bool good = false;
};

Compressor::Compressor(Format format) : format_(format) {}

std::unique_ptr<Compressor> Compressor::make(Format format) {
    auto made = std::unique_ptr<Compressor>(new Compressor(format));
    if (format == Format::identity) return made;
    auto& pool = Deflate::pool(format);
    if (pool.empty()) {
        made->deflate_ = std::make_unique<Deflate>(format);
        return made->deflate_->good ? std::move(made) : nullptr;
    }
    made->deflate_ = std::move(pool.back());
    pool.pop_back();
    return made;
}

Compressor::~Compressor() {
    if (!deflate_) return;
    auto& pool = Deflate::pool(format_);
    if (pool.size() < kKept && deflateReset(&deflate_->stream) == Z_OK) pool.push_back(std::move(deflate_));
}

bool Compressor::add(std::string_view data, bool flush, bool end) {
    if (ended_) return false;
    ended_ = end;
    if (!deflate_) {
        output_.append(data);
        return true;
    }
    z_stream& z = deflate_->stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    z.avail_in = static_cast<uInt>(data.size());
    const int mode = end ? Z_FINISH : flush ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    for (;;) {
        const std::size_t before = output_.size();
        output_.resize(before + deflateBound(&z, z.avail_in) + 16);
        const auto room = static_cast<uInt>(output_.size() - before);
        z.next_out = reinterpret_cast<Bytef*>(output_.data() + before);
        z.avail_out = room;
        const int result = deflate(&z, mode);
        output_.resize(before + room - z.avail_out);
        if (result == Z_STREAM_END) return true;
        if (result != Z_OK && result != Z_BUF_ERROR) return false;
        if (z.avail_out > 0 && z.avail_in == 0 && !end) return true;
    }
}

void Compressor::consume(std::size_t count) {
    used_ += count;
    if (used_ < output_.size()) return;
    output_.clear();
    used_ = 0;
}

}  // namespace cfgproxy::http
