#include "http/normalize.h"

#include <algorithm>
#include <vector>

#include "base/letters.h"
#include "base/text.h"

namespace cfgproxy::http {
namespace {

/// Calls `visit(segment, last)` for the pieces between slashes, the one before the first slash included.
template <class Visit>
void for_each_segment(std::string_view path, Visit visit) {
    for (;;) {
        const auto slash = path.find('/');
        visit(path.substr(0, slash), slash == std::string_view::npos);
        if (slash == std::string_view::npos) return;
        path.remove_prefix(slash + 1);
    }
}

/// Calls `escape(text of "%XX")` for escapes and copies the rest. False for a '%' alone in strict mode.
template <class Escape>
bool walk_escapes(std::string_view text, bool strict, std::string& to, Escape escape) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            to += text[i];
        } else if (i + 2 < text.size() && base::hex_digit(text[i + 1]) >= 0 && base::hex_digit(text[i + 2]) >= 0) {
            escape(text.substr(i, 3));
            i += 2;
        } else if (strict) {
            return false;
        } else {
            to += '%';
        }
    }
    return true;
}

}  // namespace

void merge_slashes(std::string_view path, std::string& to) {
    for (std::size_t i = 0; i < path.size(); ++i)
        if (i == 0 || path[i] != '/' || path[i - 1] != '/') to += path[i];
}

void strip_dots(std::string_view path, std::string& to) {
    for_each_segment(path, [&](std::string_view segment, bool last) {
        if (segment == ".") return;
        to += segment;
        if (!last) to += '/';
    });
}

void strip_dotdots(std::string_view path, bool full, std::string& to) {
    const std::size_t begin = to.size();
    std::size_t depth = 0;  // of segments that a ".." may take away
    for_each_segment(path, [&](std::string_view segment, bool last) {
        if (segment != "..") {
            to += segment;
            if (!last) to += '/';
            if (to.size() > begin + 1 && !last) ++depth;
            return;
        }
        if (depth > 0) {
            --depth;
            to.pop_back();
            to.resize(std::max(begin, to.rfind('/') + 1));
        } else if (!full) {
            to += "../";
        }
    });
}

void sort_query(std::string_view query, std::string& to) {
    if (query.empty()) return;
    thread_local std::vector<std::string_view> parameters;
    parameters.clear();
    for (std::string_view rest = query.substr(1); !rest.empty();) {
        const auto end = rest.find('&');
        parameters.push_back(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    const auto name = [](std::string_view parameter) { return parameter.substr(0, parameter.find('=')); };
    std::stable_sort(parameters.begin(), parameters.end(),
                     [&](std::string_view a, std::string_view b) { return name(a) < name(b); });
    to += '?';
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i > 0) to += '&';
        to += parameters[i];
    }
}

bool upper_escapes(std::string_view text, bool strict, std::string& to) {
    return walk_escapes(text, strict, to, [&](std::string_view escape) {
        for (const char c : escape) to += base::to_upper(c);
    });
}

bool decode_unreserved(std::string_view text, bool strict, std::string& to) {
    return walk_escapes(text, strict, to, [&](std::string_view escape) {
        const auto byte = static_cast<char>(base::hex_digit(escape[1]) * 16 + base::hex_digit(escape[2]));
        if (base::is_unreserved(byte))
            to += byte;
        else
            to += escape;
    });
}

void strip_fragment(std::string_view text, std::string& to) { to += text.substr(0, text.find('#')); }

void encode_fragment(std::string_view text, std::string& to) {
    for (const char c : text) {
        if (c == '#')
            to += "%23";
        else
            to += c;
    }
}

}  // namespace cfgproxy::http
