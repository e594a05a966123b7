#include <algorithm>

#include "base/text.h"
#include "keywords/sample_support.h"

/// Values of HTTP headers that have a syntax of their own (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

void skip_blanks(std::string_view& text) {
    while (!text.empty() && base::is_space(text.front())) text.remove_prefix(1);
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// "0.8" in thousandths, at most 1000.
int read_quality(std::string_view text) {
    if (text.empty() || !base::is_digit(text[0])) return 1000;
    int quality = (text[0] - '0') * 1000;
    if (text.size() > 1 && text[1] == '.') {
        int weight = 100;
        for (std::size_t at = 2; at < text.size() && weight > 0 && base::is_digit(text[at]); ++at, weight /= 10)
            quality += (text[at] - '0') * weight;
    }
    return std::min(quality, 1000);
}

/// Whether the client's range ("en-GB") asks for the tag ("en"): equal, or more special than it (RFC 4647).
bool is_in_range(std::string_view range, std::string_view tag) {
    return range == tag || (range.size() > tag.size() && range.starts_with(tag) && range[tag.size()] == '-');
}

/// What is behind a language range: the quality, 1000 if it does not say.
int quality_behind(std::string_view rest) {
    skip_blanks(rest);
    if (!take(rest, ';')) return rest.empty() || rest.starts_with(',') ? 1000 : 0;
    for (char wanted : {'q', '='}) {
        skip_blanks(rest);
        if (!take(rest, wanted)) return 1000;
    }
    skip_blanks(rest);
    return rest.empty() ? 1000 : read_quality(rest);
}

/// Of the tags that are offered ("en;de;fr") the one that Accept-Language likes best, the first of equals; else the
/// second argument, else nothing.
bool convert_language(const Context&, Arguments args, Value& value) {
    const std::string_view offered = args[0].text;
    std::string_view rest = value.text, best;
    int best_quality = 0;
    while (best_quality < 1000) {
        skip_blanks(rest);
        if (rest.empty()) break;
        std::size_t end = 0;
        while (end < rest.size() && rest[end] != ';' && rest[end] != ',' && !base::is_space(rest[end])) ++end;
        const std::string_view range = rest.substr(0, end);
        for (std::size_t at = 0; end > 0 && at <= offered.size();) {
            const std::string_view tag = offered.substr(at, offered.find(';', at) - at);
            at += tag.size() + 1;
            if (!is_in_range(range, tag)) continue;
            const int quality = quality_behind(rest.substr(end));
            if (quality > best_quality) best = tag, best_quality = quality;
            break;
        }
        const std::size_t comma = rest.find(',', end);
        if (comma == rest.npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (best.empty() && has(args, 1)) best = args[1].text;
    value.set_text(best);
    return !best.empty();
}

constexpr Converter kTable[] = {
    {.name = "language", .args = "string[,string]", .support = Support::done, .run = convert_language, .since = "1.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
