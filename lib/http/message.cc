#include "http/message.h"

#include <algorithm>

#include "base/text.h"
#include "http/h1_fields.h"
#include "http/target.h"

namespace cfgproxy::http {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Where the comma behind the first element stands, which is not one within quotes.
std::size_t end_of_element(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            return i;
    }
    return text.size();
}

struct KnownName {
    std::string_view name;
    Known known;
};

constexpr Known same(std::string_view name, KnownName candidate) {
    return name == candidate.name ? candidate.known : Known::other;
}

constexpr std::size_t kLongestKnown = 19;

}  // namespace

Method find_method(std::string_view name) {
    switch (name.size()) {
        case 3:
            return name == "GET" ? Method::get : name == "PUT" ? Method::put : Method::other;
        case 4:
            return name == "POST" ? Method::post : name == "HEAD" ? Method::head : Method::other;
        case 5:
            return name == "TRACE" ? Method::trace : Method::other;
        case 6:
            return name == "DELETE" ? Method::delete_ : Method::other;
        case 7:
            return name == "OPTIONS" ? Method::options : name == "CONNECT" ? Method::connect : Method::other;
        default:
            return Method::other;
    }
}

std::string_view name_of(Method method) {
    constexpr std::string_view kNames[] = {"", "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"};
    return kNames[static_cast<std::size_t>(method)];
}

Known known_of_lower(std::string_view name) {
    switch (name.size()) {
        case 2:
            return same(name, {"te", Known::te});
        case 4:
            return name[0] == 'h' ? same(name, {"host", Known::host}) : same(name, {"date", Known::date});
        case 6:
            return name[0] == 'c'   ? same(name, {"cookie", Known::cookie})
                   : name[0] == 's' ? same(name, {"server", Known::server})
                                    : same(name, {"expect", Known::expect});
        case 7:
            return name[0] == 'u' ? same(name, {"upgrade", Known::upgrade}) : same(name, {"trailer", Known::trailer});
        case 8:
            return same(name, {"location", Known::location});
        case 10:
            switch (name[0]) {
                case 'c':
                    return same(name, {"connection", Known::connection});
                case 'k':
                    return same(name, {"keep-alive", Known::keep_alive});
                case 's':
                    return same(name, {"set-cookie", Known::set_cookie});
                default:
                    return same(name, {"user-agent", Known::user_agent});
            }
        case 12:
            return same(name, {"content-type", Known::content_type});
        case 13:
            return same(name, {"authorization", Known::authorization});
        case 14:
            return same(name, {"content-length", Known::content_length});
        case 15:
            return same(name, {"x-forwarded-for", Known::x_forwarded_for});
        case 16:
            return same(name, {"proxy-connection", Known::proxy_connection});
        case 17:
            return same(name, {"transfer-encoding", Known::transfer_encoding});
        case 19:
            return same(name, {"proxy-authorization", Known::proxy_authorization});
        default:
            return Known::other;
    }
}

Known find_known(std::string_view name) {
    if (name.size() > kLongestKnown) return Known::other;
    char low[kLongestKnown];
    std::transform(name.begin(), name.end(), low, base::to_lower);
    return known_of_lower({low, name.size()});
}

void HeaderList::reserve(base::Arena& arena, std::uint32_t count) {
    if (count <= capacity_) return;
    auto* data = static_cast<Header*>(arena.allocate(sizeof(Header) * count, alignof(Header)));
    std::uninitialized_copy(begin(), end(), data);
    data_ = data;
    capacity_ = count;
}

void HeaderList::erase(std::uint32_t index) {
    std::move(data_ + index + 1, data_ + size_, data_ + index);
    --size_;
}

void HeaderList::remove(Known known) {
    size_ = static_cast<std::uint32_t>(
        std::remove_if(begin(), end(), [known](const Header& h) { return h.known == known; }) - data_);
}

bool HeaderList::remove(std::string_view name) {
    const std::uint32_t before = size_;
    size_ = static_cast<std::uint32_t>(
        std::remove_if(begin(), end(), [name](const Header& h) { return base::iequal(h.name, name); }) - data_);
    return size_ != before;
}

void HeaderList::set(base::Arena& arena, std::string_view name, std::string_view value) {
    remove(name);
    add(arena, name, value);
}

const Header* HeaderList::find(Known known) const {
    const Header* at = std::find_if(begin(), end(), [known](const Header& h) { return h.known == known; });
    return at == end() ? nullptr : at;
}

const Header* HeaderList::find(std::string_view name) const {
    const Header* at = std::find_if(begin(), end(), [name](const Header& h) { return base::iequal(h.name, name); });
    return at == end() ? nullptr : at;
}

std::string_view Request::path_and_query() const {
    if (target.empty() || target[0] == '/' || target == "*") return target;
    const std::size_t scheme = scheme_size(target);
    if (scheme == 0) return {};
    const std::size_t slash = target.find('/', scheme);
    return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
}

std::string_view Request::path() const {
    const std::string_view all = path_and_query();
    return all.substr(0, all.find('?'));
}

std::string_view Request::query() const {
    const std::string_view all = path_and_query();
    const std::size_t mark = all.find('?');
    return mark == std::string_view::npos ? std::string_view{} : all.substr(mark + 1);
}

std::string_view Request::host() const {
    if (const Header* host = headers.find(Known::host)) return host->value;
    const std::size_t scheme = scheme_size(target);
    return scheme == 0 ? std::string_view{} : authority_of(target, scheme);
}

bool take_element(std::string_view& rest, std::string_view& element) {
    if (rest.data() == nullptr) return false;
    std::size_t end = std::min(rest.find(','), rest.size());
    if (rest.substr(0, end).find('"') != rest.npos) end = end_of_element(rest);
    element = trim_blanks(rest.substr(0, end));
    rest = end < rest.size() ? rest.substr(end + 1) : std::string_view{};
    return true;
}

bool next_element(std::string_view& rest, std::string_view& element) {
    while (take_element(rest, element))
        if (!element.empty()) return true;
    return false;
}

}  // namespace cfgproxy::http
