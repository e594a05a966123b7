#include "http/compress.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <random>

using cfgproxy::http::Compressor;

namespace {

/// What a receiver makes of it; "broken" if it cannot.
std::string inflated(std::string_view packed, int window_bits) {
    z_stream z{};
    REQUIRE(inflateInit2(&z, window_bits) == Z_OK);
    std::string out(1 << 20, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&z, Z_SYNC_FLUSH);
    out.resize(out.size() - z.avail_out);
    inflateEnd(&z);
    return result == Z_STREAM_END || result == Z_OK ? out : "broken";
}

std::string text_of(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) text += static_cast<char>(seed % 2 ? random() % 256 : 'a' + random() % 4);
    return text;
}

}  // namespace

TEST_CASE("what goes in comes out, in pieces of any size") {
    const std::pair<Compressor::Format, int> formats[] = {{Compressor::Format::gzip, MAX_WBITS + 16},
                                                          {Compressor::Format::deflate, MAX_WBITS},
                                                          {Compressor::Format::raw_deflate, -MAX_WBITS}};
    for (const auto& [format, bits] : formats) {
        for (const unsigned seed : {1u, 2u, 3u, 4u}) {
            const std::string text = text_of(seed * 30011, seed);
            auto compressor = Compressor::make(format, {});
            REQUIRE(compressor);
            std::string packed;
            std::mt19937 random(seed);
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t piece = std::min<std::size_t>(text.size() - at, 1 + random() % 20000);
                REQUIRE(
                    compressor->add(std::string_view(text).substr(at, piece), random() % 2, at + piece == text.size()));
                at += piece;
                const auto taken = std::min<std::size_t>(compressor->output().size(), random() % 5000);
                packed += compressor->output().substr(0, taken);
                compressor->consume(taken);
            }
            packed += compressor->output();
            CHECK(compressor->ended());
            CHECK(inflated(packed, bits) == text);
        }
    }
}

TEST_CASE("a flush makes all readable that was given") {
    auto compressor = Compressor::make(Compressor::Format::gzip, {});
    REQUIRE(compressor->add("first piece", true, false));
    CHECK(inflated(compressor->output(), MAX_WBITS + 16) == "first piece");
}

TEST_CASE("an end without data, and identity") {
    auto empty = Compressor::make(Compressor::Format::deflate, {});
    REQUIRE(empty->add({}, false, true));
    CHECK(inflated(empty->output(), MAX_WBITS).empty());
    CHECK_FALSE(empty->add("more", false, false));

    auto same = Compressor::make(Compressor::Format::identity, {});
    REQUIRE(same->add("as it is", false, true));
    CHECK(same->output() == "as it is");
    same->consume(3);
    CHECK(same->output() == "it is");
}

TEST_CASE("zlib's memory serves one message after the other") {
    for (int i = 0; i < 40; ++i) {
        auto compressor = Compressor::make(Compressor::Format::gzip, {});
        REQUIRE(compressor->add("unfinished", false, i % 2));
        if (i % 2) CHECK(inflated(compressor->output(), MAX_WBITS + 16) == "unfinished");
    }
}

TEST_CASE("a level, less of it when told so, and more again") {
    const std::string text = text_of(200000, 2);
    const auto packed_at = [&](int level) {
        auto compressor = Compressor::make(Compressor::Format::gzip, {.level = level});
        REQUIRE(compressor->add(text, false, true));
        return std::string(compressor->output());
    };
    CHECK(packed_at(9).size() < packed_at(1).size());
    CHECK(inflated(packed_at(9), MAX_WBITS + 16) == text);

    auto compressor = Compressor::make(Compressor::Format::gzip, {.level = 2});
    std::string packed;
    std::size_t sizes[6];
    for (int i = 0; i < 6; ++i) {
        if (i == 1 || i == 2) compressor->adapt(true);
        if (i > 2) compressor->adapt(false);
        CHECK(compressor->compresses() == (i != 2));
        REQUIRE(compressor->add(text, true, i == 5));
        sizes[i] = compressor->output().size();
        packed += compressor->output();
        compressor->consume(sizes[i]);
    }
    CHECK(sizes[2] >= text.size());
    for (int i : {0, 1, 3, 4, 5}) CHECK(sizes[i] < text.size() * 2 / 3);
    std::string all;
    for (int i = 0; i < 6; ++i) all += text;
    packed = inflated(packed, MAX_WBITS + 16);
    CHECK(packed.size() == std::min<std::size_t>(all.size(), 1 << 20));
    CHECK(all.starts_with(packed));
}

TEST_CASE("zlib's memory is counted, and less of it is taken when told so") {
    const std::uint64_t before = Compressor::memory_in_use();
    auto large = Compressor::make(Compressor::Format::gzip, {});
    const std::uint64_t large_size = Compressor::memory_in_use() - before;
    CHECK(large_size > 200000);
    auto small = Compressor::make(Compressor::Format::gzip, {.memory_level = 1, .window_bits = 9});
    CHECK(Compressor::memory_in_use() - before - large_size < 20000);
    CHECK(!Compressor::make(Compressor::Format::gzip, {.most_memory = large_size + 10000}));
    small.reset();
    large.reset();
    CHECK(Compressor::memory_in_use() == before);
    CHECK(Compressor::make(Compressor::Format::gzip, {.most_memory = before + large_size + 10000}));
}
