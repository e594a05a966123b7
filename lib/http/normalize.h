#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::http {

// Forms of addresses that mean the same, made one (RFC 3986 section 6.2.2), as `http-request normalize-uri` offers
// them. Each appends to `to`; those that can refuse return false for an escape that is none, in strict mode.

/// Runs of slashes become one.
void merge_slashes(std::string_view path, std::string& to);
/// "/./" becomes "/".
void strip_dots(std::string_view path, std::string& to);
/// "/a/../" becomes "/". What leads above the root stays, or goes too with `full`.
void strip_dotdots(std::string_view path, bool full, std::string& to);
/// The parameters of "?b=1&a=2" in the order of their names; of equal names in their own order.
void sort_query(std::string_view query, std::string& to);
/// "%2f" becomes "%2F".
bool upper_escapes(std::string_view text, bool strict, std::string& to);
/// "%61" becomes "a": letters, digits, "-", ".", "_" and "~" need no escape.
bool decode_unreserved(std::string_view text, bool strict, std::string& to);
/// What follows a "#" goes, "#" included.
void strip_fragment(std::string_view text, std::string& to);
/// "#" becomes "%23".
void encode_fragment(std::string_view text, std::string& to);

}  // namespace cfgproxy::http
