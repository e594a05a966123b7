#pragma once
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/proxy.h"
#include "sample/context.h"

namespace cfgproxy::keywords {

/// Fills a slot of the frontend's captures, cut to the slot's length. False if there is no such slot.
inline bool fill_capture_slot(const sample::Context& context, bool response, std::size_t index, std::string_view text) {
    std::string_view* slots = response ? context.response_captures : context.request_captures;
    if (!slots || !context.frontend) return false;
    const auto& declared = response ? context.frontend->response_captures : context.frontend->request_captures;
    if (index >= declared.size()) return false;
    text = text.substr(0, declared[index].length);
    slots[index] = text.empty() ? std::string_view("") : context.arena->copy(text);
    return true;
}

}  // namespace cfgproxy::keywords
