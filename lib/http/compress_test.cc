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
            auto compressor = Compressor::make(format);
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
    auto compressor = Compressor::make(Compressor::Format::gzip);
    REQUIRE(compressor->add("first piece", true, false));
    CHECK(inflated(compressor->output(), MAX_WBITS + 16) == "first piece");
}

TEST_CASE("an end without data, and identity") {
    auto empty = Compressor::make(Compressor::Format::deflate);
    REQUIRE(empty->add({}, false, true));
    CHECK(inflated(empty->output(), MAX_WBITS).empty());
    CHECK_FALSE(empty->add("more", false, false));

    auto same = Compressor::make(Compressor::Format::identity);
    REQUIRE(same->add("as it is", false, true));
    CHECK(same->output() == "as it is");
    same->consume(3);
    CHECK(same->output() == "it is");
}

TEST_CASE("zlib's memory serves one message after the other") {
    for (int i = 0; i < 40; ++i) {
        auto compressor = Compressor::make(Compressor::Format::gzip);
        REQUIRE(compressor->add("unfinished", false, i % 2));
        if (i % 2) CHECK(inflated(compressor->output(), MAX_WBITS + 16) == "unfinished");
    }
}
