#include "http/compress.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <vector>

namespace cfgproxy::http {
namespace {

// Of a thread, for each of the three formats: more than a few at a time are rare.
constexpr std::size_t kKept = 16;

int signed_window_bits(Compressor::Format format, int bits) {
    if (format == Compressor::Format::gzip) return bits + 16;
    return format == Compressor::Format::raw_deflate ? -bits : bits;
}

std::atomic<std::uint64_t> bytes_in_use{0};

}  // namespace

/// zlib's state, ready for a new message.
struct Compressor::Deflate {
    Deflate(Format format, const Settings& settings) : settings(settings), level(settings.level) {
        stream.zalloc = allocate;
        stream.zfree = release;
        stream.opaque = this;
        good = deflateInit2(&stream, level, Z_DEFLATED, signed_window_bits(format, settings.window_bits),
                            settings.memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~Deflate() {
        if (good) deflateEnd(&stream);
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;

    static void* allocate(void* self, unsigned count, unsigned size) {
        static_cast<Deflate*>(self)->bytes += std::uint64_t{count} * size;
        return std::calloc(count, size);
    }
    static void release(void*, void* memory) { std::free(memory); }

    using Pool = std::vector<std::unique_ptr<Deflate>>;
    static Pool& pool(Format format) {
        thread_local Pool pools[4];
        return pools[static_cast<std::size_t>(format)];
    }
    /// A kept one, or a new one; null if there is no memory.
    static std::unique_ptr<Deflate> take(Format format, const Settings& settings) {
        Pool& kept = pool(format);
        while (!kept.empty()) {
            auto taken = std::move(kept.back());
            kept.pop_back();
            if (taken->settings == settings) return taken;
        }
        auto made = std::make_unique<Deflate>(format, settings);
        return made->good ? std::move(made) : nullptr;
    }
    static void keep(Format format, std::unique_ptr<Deflate> used) {
        Pool& kept = pool(format);
        used->flushed = true;
        if (kept.size() < kKept && deflateReset(&used->stream) == Z_OK) kept.push_back(std::move(used));
    }

    z_stream stream{};
    Settings settings;
    int level;                ///< zlib's
    std::uint64_t bytes = 0;  ///< of memory
    bool flushed = true;      ///< zlib holds nothing back
    bool good = false;
};

std::uint64_t Compressor::memory_in_use() { return bytes_in_use.load(std::memory_order_relaxed); }

Compressor::Compressor(Format format) : format_(format) {}

std::unique_ptr<Compressor> Compressor::make(Format format, const Settings& settings) {
    auto made = std::unique_ptr<Compressor>(new Compressor(format));
    if (format == Format::identity) return made;
    auto deflate = Deflate::take(format, settings);
    if (!deflate) return nullptr;
    const std::uint64_t used = bytes_in_use.fetch_add(deflate->bytes, std::memory_order_relaxed) + deflate->bytes;
    made->level_ = settings.level;
    made->deflate_ = std::move(deflate);
    return settings.most_memory && used > settings.most_memory ? nullptr : std::move(made);
}

Compressor::~Compressor() {
    if (!deflate_) return;
    bytes_in_use.fetch_sub(deflate_->bytes, std::memory_order_relaxed);
    Deflate::keep(format_, std::move(deflate_));
}

void Compressor::adapt(bool less) {
    if (!deflate_) return;
    level_ = less ? std::max(0, level_ - 1) : std::min(deflate_->settings.level, level_ + 1);
}

template <class Call>
int Compressor::with_room(std::size_t room, Call call) {
    z_stream& z = deflate_->stream;
    const std::size_t before = output_.size();
    output_.resize(before + room);
    z.next_out = reinterpret_cast<Bytef*>(output_.data() + before);
    z.avail_out = static_cast<uInt>(room);
    const int result = call(z);
    output_.resize(before + room - z.avail_out);
    return result;
}

/// Only between two flushes: zlib would have to be given room for all that it holds back.
bool Compressor::apply_level() {
    constexpr std::size_t kRoom = 64;
    if (deflate_->level == level_ || !deflate_->flushed) return true;
    deflate_->stream.avail_in = 0;
    deflate_->level = level_;
    return with_room(kRoom, [this](z_stream& z) { return deflateParams(&z, level_, Z_DEFAULT_STRATEGY); }) == Z_OK;
}

bool Compressor::add(std::string_view data, bool flush, bool end) {
    if (ended_) return false;
    ended_ = end;
    if (!deflate_) {
        output_.append(data);
        return true;
    }
    if (!apply_level()) return false;
    deflate_->flushed = flush || end;
    z_stream& z = deflate_->stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    z.avail_in = static_cast<uInt>(data.size());
    const int mode = end ? Z_FINISH : flush ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    for (;;) {
        const int result =
            with_room(deflateBound(&z, z.avail_in) + 16, [mode](z_stream& stream) { return deflate(&stream, mode); });
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
