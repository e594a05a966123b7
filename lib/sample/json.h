#pragma once
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::sample {

/// One value of a JSON text, as it is written there.
struct JsonValue {
    enum class Kind : unsigned char { none, object, array, text, number, truth, falsehood, null };
    Kind kind = Kind::none;
    std::string_view token;  ///< with its quotes, brackets or braces
};

/// The value at `path` ("$.name.other[2]", a backslash in front of a dot that is part of a name). Kind::none if there
/// is none, or if what stands in front of it is no JSON, or nested more than 20 deep; what follows is not looked at.
/// A name that occurs twice counts the first time.
JsonValue find_json(std::string_view json, std::string_view path);

/// A text without its quotes and escapes, of which HAProxy knows all but `\/` and those `\u` that are more than a byte:
/// false for these.
bool unescape_json(std::string_view token, base::Arena& arena, std::string_view& text);

}  // namespace cfgproxy::sample
