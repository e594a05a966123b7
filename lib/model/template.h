#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sample/expression.h"

namespace cfgproxy::log {
struct Tag;  // lib/log/format.h: a row of the tag table; opaque here
}

namespace cfgproxy::model {

/// A compiled log format (manual 8.2.4): what stands on `log-format` lines, in header values, redirects and
/// replies. Compiled and rendered by log/format.h. Frozen.
struct Template {
    enum class Encoding : std::uint8_t { none, json, cbor };
    struct Item {
        enum class Kind : std::uint8_t { literal, tag, expression };
        Kind kind = Kind::literal;
        bool quote = false;     ///< %{+Q}
        bool hex = false;       ///< %{+X}
        bool escape = false;    ///< %{+E}
        bool optional = false;  ///< %{-M} and friends: print nothing instead of '-'
        bool percent = false;   ///< expressions in header values: control characters as %XX
        bool joined = false;    ///< literals: the blank in front is dropped at the start and behind another blank
        std::string literal;
        const log::Tag* tag = nullptr;
        std::string_view pending_tag;  ///< name of a tag that is not executed yet
        std::string_view tag_name,
            tag_until;     ///< of a tag that HAProxy removed: its name, and the last release with it
        std::string name;  ///< `%(name)`: the key where lines are encoded
        /// `%(name:type)`: what the value is made to be where lines are encoded.
        enum class Cast : std::uint8_t { same, text, number, boolean, raw } cast = Cast::same;
        Encoding encoding = Encoding::none;
        std::unique_ptr<sample::Expression> expression;
    };
    std::vector<Item> items;
    bool merges_blanks = false;          ///< log lines: runs of spaces become one, also around tags that print nothing
    Encoding encoding = Encoding::none;  ///< `%{+json}o`: the named items as one object, nothing else
    bool binary = false;                 ///< `+bin`: bytes stay as they are
    std::string text;                    ///< as written
    base::Place place;
    /// The whole value when it needs no evaluation: a header value of fixed text.
    bool is_literal() const { return items.empty() || (items.size() == 1 && items[0].kind == Item::Kind::literal); }
    std::string_view literal() const { return items.empty() ? std::string_view{} : std::string_view(items[0].literal); }
};

}  // namespace cfgproxy::model
