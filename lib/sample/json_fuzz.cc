// The first line is a path, the rest JSON: what is found lies within the text and is a value by itself.
#include "sample/json.h"

#include <cstdlib>

using namespace cfgproxy;
using namespace cfgproxy::sample;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = input.find('\n');
    if (line == input.npos) return 0;
    const std::string_view json = input.substr(line + 1);
    const JsonValue value = find_json(json, input.substr(0, line));
    if (value.kind == JsonValue::Kind::none) return 0;
    if (value.token.empty() || value.token.data() < json.data() ||
        value.token.data() + value.token.size() > json.data() + json.size())
        std::abort();
    const JsonValue again = find_json(value.token, "$");
    if (again.kind != value.kind || again.token != value.token) std::abort();
    base::Arena arena;
    std::string_view text;
    if (value.kind == JsonValue::Kind::text && unescape_json(value.token, arena, text) &&
        text.size() > value.token.size())
        std::abort();
    return 0;
}
