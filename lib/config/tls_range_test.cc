#include "config/tls_range.h"

#include <catch2/catch.hpp>

namespace cfgproxy::config {
namespace {

using net::TlsSettings;
using net::TlsVersion;

TlsSettings settings(TlsVersion min, TlsVersion max, std::initializer_list<TlsVersion> off = {}) {
    TlsSettings made;
    made.min = min;
    made.max = max;
    for (const TlsVersion version : off) made.off |= static_cast<std::uint8_t>(1 << static_cast<int>(version));
    return made;
}

constexpr TlsVersion kAny = TlsVersion::any, k10 = TlsVersion::tls10, k11 = TlsVersion::tls11, k12 = TlsVersion::tls12,
                     k13 = TlsVersion::tls13;

}  // namespace

TEST_CASE("versions of TLS: what is said, or from the default upwards") {
    const TlsRange plain = range_of(settings(kAny, kAny), k12);
    CHECK(plain.min == k12);
    CHECK(plain.max == k13);
    const TlsRange said = range_of(settings(k10, k11), k12);
    CHECK(said.min == k10);
    CHECK(said.max == k11);
    CHECK_FALSE(said.is_lowered);
    const TlsRange low = range_of(settings(kAny, k11), k12);
    CHECK(low.min == k11);
    CHECK(low.max == k11);
    CHECK(low.is_lowered);
    CHECK(range_of(settings(kAny, k12), kAny).max == k12);
    CHECK(range_of(settings(k13, k12), k12).min == kAny);
}

TEST_CASE("versions of TLS that are left out: at the ends only, and not beside others that are said") {
    const TlsRange ends = range_of(settings(kAny, kAny, {k12}), k12);
    CHECK(ends.min == k13);
    CHECK(ends.holes.empty());
    const TlsRange hole = range_of(settings(kAny, kAny, {TlsVersion::ssl3, k11, k13}), k10);
    CHECK(hole.min == k10);
    CHECK(hole.max == k12);
    CHECK(hole.holes == std::vector<TlsVersion>{k11});
    CHECK(range_of(settings(kAny, kAny, {k12, k13}), k12).min == kAny);
    const TlsRange beside = range_of(settings(k10, kAny, {k10, k13}), k12);
    CHECK(beside.ignores_off);
    CHECK(beside.min == k10);
    CHECK(beside.max == k13);
    TlsSettings used = settings(k10, kAny, {k10});
    beside.apply_to(used);
    CHECK(used.off == 0);
}

}  // namespace cfgproxy::config
