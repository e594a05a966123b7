#include "config/environment.h"

#include <unistd.h>

#include "base/letters.h"

namespace cfgproxy::config {

Environment Environment::of_process() {
    Environment result;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string_view text(*entry);
        auto equal = text.find('=');
        // The first of two equal names counts, as for getenv().
        if (equal != text.npos) result.preset(text.substr(0, equal), text.substr(equal + 1));
    }
    return result;
}

const std::string* Environment::find(std::string_view name) const {
    auto found = map_.find(name);
    return found == map_.end() ? nullptr : &found->second;
}

void Environment::set(std::string_view name, std::string_view value) {
    map_.insert_or_assign(std::string(name), std::string(value));
}

void Environment::preset(std::string_view name, std::string_view value) {
    map_.try_emplace(std::string(name), std::string(value));
}

void Environment::unset(std::string_view name) {
    auto found = map_.find(name);
    if (found != map_.end()) map_.erase(found);
}

std::string Environment::expand(std::string_view text) const {
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t dollar = text.find('$', at);
        result += text.substr(at, dollar - at);
        if (dollar == text.npos) break;
        bool braces = dollar + 1 < text.size() && text[dollar + 1] == '{';
        std::size_t begin = dollar + (braces ? 2 : 1);
        std::size_t end = begin;
        while (end < text.size() && (base::is_alnum(text[end]) || text[end] == '_')) ++end;
        if (const auto* value = find(text.substr(begin, end - begin))) result += *value;
        at = end;
        if (braces && at < text.size() && text[at] == '}') ++at;
    }
    return result;
}

}  // namespace cfgproxy::config
