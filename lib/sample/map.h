#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sample/pattern.h"

namespace cfgproxy::sample {

/// A map file: keys that are matched one way, each with a value. Frozen.
class Map {
  public:
    /// `out` says what the values must be: str, sint, or address. The error is HAProxy's, with the line.
    static base::Result<std::shared_ptr<const Map>> load(const std::string& path, MatchKind kind, Type out);

    /// The value behind the key that matches; null if none does. Texts live as long as the map.
    const Value* find(const Value& key, base::Arena& arena) const {
        const std::int64_t index = keys_->find(key, arena);
        return index < 0 ? nullptr : &values_[index];
    }
    /// The key that matches, as it is written; false if none does.
    bool find_key(const Value& key, base::Arena& arena, std::string_view& text) const;
    std::size_t size() const { return values_.size(); }

  private:
    std::unique_ptr<PatternSet> keys_;
    std::vector<std::string> texts_;
    std::vector<Value> values_;
};

/// "192.0.2.1" or "2001:db8::1" as map values and defaults have them.
bool parse_map_address(std::string_view text, Value& value);

}  // namespace cfgproxy::sample
