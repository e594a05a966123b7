#pragma once
#include <cstring>
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::http {

/// A copy for H1HeadParser, which writes on what it reads: of a message that must stay as it is, or may not stay where
/// it is. Lives as long as the arena.
inline char* copy_to_parse(base::Arena& arena, std::string_view text) {
    char* const copy = arena.bytes(text.size());
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    return copy;
}

}  // namespace cfgproxy::http
