#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cfgproxy::base {

/// A JSON value, read whole. Objects keep the order of their members; of two with one name, find() gives the first.
struct Json {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    bool truth = false;
    double number = 0;
    std::string text;
    std::vector<Json> items;
    struct Member;
    std::vector<Member> members;

    /// Null if there is no such member, or if this is no object.
    const Json* find(std::string_view name) const;
    /// The text of a member that is a string; empty if there is none.
    std::string_view text_of(std::string_view name) const;
    /// The items of a member that is an array.
    const std::vector<Json>& items_of(std::string_view name) const;
    bool is_true(std::string_view name) const;
};

/// A name of an object and what it stands for.
struct Json::Member {
    std::string name;
    Json value;
};

/// Reads one document (RFC 8259), nested 100 levels at most. Errors name the byte, from 1.
Result<Json> parse_json(std::string_view text);

}  // namespace cfgproxy::base
