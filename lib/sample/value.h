#pragma once
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "http/message.h"
#include "net/address.h"

namespace cfgproxy::sample {

/// The types of the sample language (manual, chapter 7). `any` only stands in signatures; `address` is "IPv4 or IPv6".
enum class Type : std::uint8_t { any, boolean, sint, address, ipv4, ipv6, str, bin, method };
std::string_view name_of(Type type);  ///< as `-dKsmp` prints it: "bool", "sint", "addr", "ipv4", ...

/// A typed value on its way from a fetch through converters to a match or a log line. Trivially copyable; text and
/// bytes are views of the message, the arena or the configuration and live as long as those.
struct Value {
    Type type = Type::any;
    http::Method method = http::Method::other;  ///< of Type::method; `text` holds the word when it is `other`
    std::int64_t number = 0;                    ///< sint, and boolean as 0 or 1
    net::Address ip;                            ///< ipv4, ipv6
    std::string_view text;                      ///< str, bin

    /// They write what counts for the type and nothing else: a whole Value is copied as rarely as can be.
    void set_bool(bool b) { type = Type::boolean, number = b; }
    void set_int(std::int64_t n) { type = Type::sint, number = n; }
    void set_text(std::string_view t) { type = Type::str, text = t; }
    void set_bytes(std::string_view t) { type = Type::bin, text = t; }
    void set_ip(const net::Address& a) { type = a.family() == AF_INET6 ? Type::ipv6 : Type::ipv4, ip = a; }
    void set_method(http::Method m, std::string_view word) { type = Type::method, method = m, text = word; }

    static Value of_bool(bool b) {
        Value v;
        v.set_bool(b);
        return v;
    }
    static Value of_int(std::int64_t n) {
        Value v;
        v.set_int(n);
        return v;
    }
    static Value of_text(std::string_view t) {
        Value v;
        v.set_text(t);
        return v;
    }
    static Value of_bytes(std::string_view t) {
        Value v;
        v.set_bytes(t);
        return v;
    }
    static Value of_ip(const net::Address& a) {
        Value v;
        v.set_ip(a);
        return v;
    }
    static Value of_method(http::Method m, std::string_view word) {
        Value v;
        v.set_method(m, word);
        return v;
    }
};

/// Whether the manual's table (section 7.1, "type conversions") lets `from` become `to` at all.
bool can_cast(Type from, Type to);
/// Changes `value` to `to`; text that must be made goes to `arena`. False: this value cannot be (a text that is
/// no number...), which makes the sample "not found".
bool cast(Value& value, Type to, base::Arena& arena);

/// What the casts are made of, for fetches and converters that read numbers and addresses the same way.
/// Decimal digits of `number`, in `arena`.
std::string_view number_text(std::int64_t number, base::Arena& arena);
/// The number at the front of `text` ("12ab" is 12, "x" is 0), clamped to 64 bits; `used`: bytes it took.
std::int64_t leading_number(std::string_view text, std::size_t* used = nullptr);
/// The dotted address at the front of `text`; how many bytes it took, 0 if there is none.
std::size_t leading_ipv4(std::string_view text, in_addr& ip);

}  // namespace cfgproxy::sample
