#include "sample/map.h"

namespace cfgproxy::sample {

bool parse_map_address(std::string_view text, Value& value) {
    base::Arena unused;
    value = Value::of_text(text);
    return cast(value, Type::address, unused);
}

}  // namespace cfgproxy::sample
