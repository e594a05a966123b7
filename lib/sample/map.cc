#include "sample/map.h"

#include "base/text.h"

namespace cfgproxy::sample {
namespace {

bool parse_value(const std::string& text, Type out, Value& value) {
    if (out == Type::address) return parse_map_address(text, value);
    value = Value::of_text(text);
    if (out != Type::sint) return true;
    std::size_t used = 0;
    value = Value::of_int(leading_number(text, &used));
    return used == text.size();
}

}  // namespace

bool parse_map_address(std::string_view text, Value& value) {
    base::Arena unused;
    value = Value::of_text(text);
    return cast(value, Type::address, unused);
}

base::Result<std::shared_ptr<const Map>> Map::load(const std::string& path, MatchKind kind, Type out) {
    auto lines = read_pattern_file(path, true);
    if (!lines) return base::Error{lines.error()};
    auto map = std::make_shared<Map>();
    std::vector<std::string> keys;
    map->texts_.reserve(lines->size());
    map->values_.reserve(lines->size());
    auto at_line = [&](std::size_t i) {
        return " at line " + std::to_string((*lines)[i].line) + " of file '" + path + "'";
    };
    for (std::size_t i = 0; i < lines->size(); ++i) {
        keys.push_back(std::move((*lines)[i].key));
        map->texts_.push_back(std::move((*lines)[i].value));
        Value value;
        if (!parse_value(map->texts_.back(), out, value))
            return base::Error{"unable to parse '" + map->texts_.back() + "'" + at_line(i)};
        map->values_.push_back(value);
    }
    std::size_t failed = 0;
    auto set = PatternSet::compile(kind, {.no_dns = true}, std::move(keys), &failed);
    if (!set) return base::Error{set.error() + at_line(failed)};
    map->keys_ = std::move(*set);
    return std::shared_ptr<const Map>(std::move(map));
}

bool Map::find_key(const Value& key, base::Arena& arena, std::string_view& text) const {
    const std::int64_t index = keys_->find(key, arena);
    if (index < 0) return false;
    text = keys_->pattern(static_cast<std::size_t>(index));
    return true;
}

}  // namespace cfgproxy::sample
