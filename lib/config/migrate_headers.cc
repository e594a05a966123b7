// req* and rsp* of 1.x, whose regular expressions saw whole header lines and the first line. Today a rule sees one
// header's value, or the path; so an expression can be rewritten if it says which line it is about.
#include <algorithm>
#include <optional>

#include "base/letters.h"
#include "base/text.h"
#include "config/dump.h"
#include "config/migrate.h"

namespace cfgproxy::config {

namespace {

constexpr std::string_view kWhichLine = "its expression does not tell which line of the message it is about";

bool is_plain_char(char c) { return base::is_alnum(c) || c == '-' || c == '_'; }

/// "^Name:" at the front, with what blanks may follow; the rest is about the value.
struct HeaderPattern {
    std::string name, value;
};

std::optional<HeaderPattern> header_pattern(std::string_view pattern) {
    if (!pattern.starts_with('^')) return std::nullopt;
    pattern.remove_prefix(1);
    const std::size_t colon = pattern.find(':');
    if (colon == pattern.npos || colon == 0) return std::nullopt;
    const std::string_view name = pattern.substr(0, colon);
    if (!std::all_of(name.begin(), name.end(), is_plain_char)) return std::nullopt;
    std::string_view value = pattern.substr(colon + 1);
    // Expressions name the blank behind the colon in many ways; a value has none in front.
    for (std::string_view blank : {"[ ]*", "[ ]+", "[ \t]*", "\\s*", "\\s+", " *", " +", " "})
        if (value.starts_with(blank)) {
            value.remove_prefix(blank.size());
            break;
        }
    return HeaderPattern{std::string(name), std::string(value)};
}

/// "^([^ :]*) /path": an expression about the request line, whose first group is the method, up to the path.
std::optional<std::string> path_pattern(std::string_view pattern, bool& has_method_group) {
    for (std::string_view method : {"^([^ :]*) ", "^([^ ]*) ", "^([^ ]+) ", "^([^ :]+) ", "^([^\\ :]*)\\ ",
                                    "^([^\\ ]*)\\ ", "^(\\S*) ", "^([A-Z]*) ", "^([A-Z]+) "})
        if (pattern.starts_with(method) && pattern.substr(method.size()).starts_with('/')) {
            has_method_group = true;
            return std::string(pattern.substr(method.size()));
        }
    for (std::string_view method : {"^[^ :]* ", "^[^ ]* ", "^[^ ]+ ", "^[^ :]+ ", "^\\S* "})
        if (pattern.starts_with(method) && pattern.substr(method.size()).starts_with('/')) {
            has_method_group = false;
            return std::string(pattern.substr(method.size()));
        }
    return std::nullopt;
}

/// `\2` becomes `\1`: the method is no group any more.
std::string shift_groups(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] != '\\' || i + 1 == text.size()) continue;
        const char c = text[++i];
        out += c >= '2' && c <= '9' ? static_cast<char>(c - 1) : c;
    }
    return out;
}

/// Literal text as log formats need it.
std::string as_format(std::string_view text) {
    std::string out;
    for (const char c : text) out.append(c == '%' ? 2 : 1, c);
    return quote_word(out);
}

/// The condition that stands behind the words of the old rule.
std::string condition_from(const Rewriting& r, std::size_t i) { return i < r.size() ? r.rest(i) : std::string(); }

template <bool Request>
std::string rules() {
    return Request ? "http-request " : "http-response ";
}

/// reqadd "Name: value" [if ...]
template <bool Request>
bool add(Rewriting& r) {
    const std::string_view line = r.text(0);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return r.cannot("it adds a line that is no header");
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    r.line(rules<Request>() + "add-header " + quote_word(line.substr(0, colon)) + " " + as_format(value) +
           condition_from(r, 1));
    return true;
}

template <bool Request>
bool remove(Rewriting& r) {
    const auto pattern = header_pattern(r.text(0));
    if (!pattern) return r.cannot(std::string(kWhichLine));
    if (!(pattern->value.empty() || pattern->value == ".*" || pattern->value == ".*$"))
        return r.cannot("it removes a header by its value");
    r.line(rules<Request>() + "del-header " + pattern->name + condition_from(r, 1));
    return true;
}

/// reqrep SEARCH REPLACEMENT
template <bool Request, bool AnyCase>
bool replace(Rewriting& r) {
    const std::string flag = AnyCase ? "(?i)" : "";
    if (const auto pattern = header_pattern(r.text(0))) {
        const std::string_view to = r.text(1);
        const std::size_t colon = to.find(':');
        if (!base::iequal(to.substr(0, std::min(colon, to.size())), pattern->name))
            return r.cannot("it changes a header's name");
        std::string_view value = to.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        r.line(rules<Request>() + "replace-header " + pattern->name + " " + quote_word(flag + "^" + pattern->value) +
               " " + as_format(value) + condition_from(r, 2));
        return true;
    }
    bool grouped = false;
    const auto path = Request ? path_pattern(r.text(0), grouped) : std::nullopt;
    if (!path) return r.cannot(std::string(kWhichLine));
    std::string_view to = r.text(1);
    if (!grouped || !to.starts_with("\\1 ")) return r.cannot("it changes the method");
    to.remove_prefix(3);
    if (path->find(" HTTP") != path->npos || to.find(' ') != to.npos) return r.cannot("it changes the version");
    r.line(rules<Request>() + "replace-path " + quote_word(flag + "^" + *path) + " " + as_format(shift_groups(to)) +
           condition_from(r, 2));
    return true;
}

/// The anonymous ACL that is true where the old expression matched.
template <bool Request>
std::optional<std::string> matching(std::string_view pattern, bool any_case) {
    const std::string flags = any_case ? "-i " : "";
    if (const auto header = header_pattern(pattern)) {
        const std::string fetch = (Request ? "req.hdr(" : "res.hdr(") + header->name + ")";
        if (header->value.empty()) return "{ " + fetch + " -m found }";
        return "{ " + fetch + " -m reg " + flags + quote_word("^" + header->value) + " }";
    }
    bool grouped = false;
    const auto path = Request ? path_pattern(pattern, grouped) : std::nullopt;
    if (!path || path->find(" HTTP") != path->npos) return std::nullopt;
    return "{ path_reg " + flags + quote_word("^" + *path) + " }";
}

/// reqdeny SEARCH [if ...]: a rule with a condition.
template <bool Request, bool AnyCase>
bool decide(Rewriting& r, std::string_view action) {
    const auto match = matching<Request>(r.text(0), AnyCase);
    if (!match) return r.cannot(std::string(kWhichLine));
    if (r.text(1) == "unless") return r.cannot("'if' and 'unless' cannot stand in one rule");
    if (r.size() > 1 && r.rest(1).find(" or ") != std::string::npos)
        return r.cannot("its condition has several alternatives");
    r.line(rules<Request>() + std::string(action) + " if " + *match + (r.size() > 2 ? r.rest(2) : ""));
    return true;
}

template <bool Request, bool AnyCase>
bool deny(Rewriting& r) {
    return decide<Request, AnyCase>(r, "deny");
}
template <bool AnyCase>
bool allow(Rewriting& r) {
    return decide<true, AnyCase>(r, "allow");
}
template <bool AnyCase>
bool tarpit(Rewriting& r) {
    return decide<true, AnyCase>(r, "tarpit");
}

/// reqsetbe SEARCH BACKEND
template <bool AnyCase>
bool set_backend(Rewriting& r) {
    const auto match = matching<true>(r.text(0), AnyCase);
    if (!match) return r.cannot(std::string(kWhichLine));
    r.line("use_backend " + r.spelt(1) + " if " + *match);
    return true;
}

// clang-format off
constexpr Migration kTable[] = {
    {"cliexp", replace<true, false>, "2.0"},
    {"reqadd", add<true>, "2.0"},
    {"reqallow", allow<false>, "2.0"},
    {"reqdel", remove<true>, "2.0"},
    {"reqdeny", deny<true, false>, "2.0"},
    {"reqiallow", allow<true>, "2.0"},
    {"reqidel", remove<true>, "2.0"},
    {"reqideny", deny<true, true>, "2.0"},
    {"reqirep", replace<true, true>, "2.0"},
    {"reqisetbe", set_backend<true>, "1.5"},
    {"reqitarpit", tarpit<true>, "2.0"},
    {"reqrep", replace<true, false>, "2.0"},
    {"reqsetbe", set_backend<false>, "1.5"},
    {"reqtarpit", tarpit<false>, "2.0"},
    {"rspadd", add<false>, "2.0"},
    {"rspdel", remove<false>, "2.0"},
    {"rspdeny", deny<false, false>, "2.0"},
    {"rspidel", remove<false>, "2.0"},
    {"rspideny", deny<false, true>, "2.0"},
    {"rspirep", replace<false, true>, "2.0"},
    {"rsprep", replace<false, false>, "2.0"},
    {"srvexp", replace<false, false>, "2.0"},
};
// clang-format on

}  // namespace

std::span<const Migration> header_migrations() { return kTable; }

}  // namespace cfgproxy::config
