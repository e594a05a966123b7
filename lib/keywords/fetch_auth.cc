#include <algorithm>

#include "base/text.h"
#include "http/auth.h"
#include "keywords/sample_support.h"
#include "model/config.h"
#include "sample/auth.h"

/// Credentials of a request (manual 7.3.6, http_auth...).
namespace cfgproxy::keywords {
namespace {

/// The first element of Authorization, or of Proxy-Authorization for a request in proxy form where
/// `option http-use-proxy-header` is on. "scheme", blanks, the rest.
struct Authorization {
    std::string_view whole, scheme, data;
};

bool uses_proxy_header(const Context& context, const http::Request& request) {
    const bool wanted = (context.frontend && context.frontend->options.http_use_proxy_header) ||
                        (context.backend && context.backend->options.http_use_proxy_header);
    return wanted && !request.target.starts_with('/');
}

bool split_scheme(std::string_view value, Authorization& to) {
    const std::size_t space = value.find(' ');
    if (space == value.npos || space == 0) return false;
    to.whole = value;
    to.scheme = value.substr(0, space);
    to.data = value.substr(std::min(value.find_first_not_of(' ', space), value.size()));
    return true;
}

bool find_authorization(const Context& context, const http::Request& request, Authorization& to) {
    const auto* header = request.headers.find(uses_proxy_header(context, request) ? http::Known::proxy_authorization
                                                                                  : http::Known::authorization);
    std::string_view rest = header ? header->value : std::string_view{}, element;
    return header && http::take_element(rest, element) && split_scheme(element, to);
}

bool find_credentials(const Context& context, const http::Request& request, http::Credentials& credentials) {
    Authorization authorization;
    return find_authorization(context, request, authorization) && base::iequal(authorization.scheme, "Basic") &&
           http::parse_basic(authorization.whole, *context.arena, credentials);
}

Found fetch_type(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    Authorization authorization;
    http::Credentials credentials;
    if (find_credentials(context, *request, credentials)) return found_text(out, "Basic");
    if (find_authorization(context, *request, authorization) && base::iequal(authorization.scheme, "Bearer"))
        return found_text(out, "Bearer");
    return Found::no;
}

template <std::string_view http::Credentials::*field>
Found fetch_field(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    http::Credentials credentials;
    if (!find_credentials(context, *request, credentials)) return Found::no;
    return found_text(out, credentials.*field);
}

/// From Authorization, or from the header whose name is given.
Found fetch_bearer(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    Authorization authorization;
    if (!has(args, 0)) {
        if (!find_authorization(context, *request, authorization) || !base::iequal(authorization.scheme, "Bearer"))
            return Found::no;
        return found_text(out, authorization.data);
    }
    const auto* header = request->headers.find(args[0].text);
    std::string_view rest = header ? header->value : std::string_view{}, element;
    if (header && http::take_element(rest, element) && split_scheme(element, authorization) &&
        base::iequal(authorization.scheme, "Bearer"))
        return found_text(out, authorization.data);
    return found_text(out, "");
}

const model::Userlist::User* find_user(const model::Userlist& list, std::string_view name) {
    auto at = std::find_if(list.users.begin(), list.users.end(), [&](const auto& user) { return user.name == name; });
    return at == list.users.end() ? nullptr : &*at;
}

/// The user if he is in the list and his password is right.
const model::Userlist::User* authenticate(const Context& context, const http::Request& request, Arguments args) {
    const auto* list = static_cast<const model::Userlist*>(args[0].target);
    http::Credentials credentials;
    if (!list || !find_credentials(context, request, credentials)) return nullptr;
    const auto* user = find_user(*list, credentials.user);
    const bool right =
        user && sample::check_password({user->name, user->password, user->insecure}, credentials.password);
    return right ? user : nullptr;
}

Found fetch_auth(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    http::Credentials credentials;
    if (!args[0].target || !find_credentials(context, *request, credentials)) return Found::no;
    return found_bool(out, authenticate(context, *request, args) != nullptr);
}

/// The user's name; conditions that name groups get his groups one after the other.
Found fetch_group(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    const auto* user = authenticate(context, *request, args);
    if (!user) return Found::no;
    if (!cursor.groups) return found_text(out, user->name);
    if (cursor.index >= user->groups.size()) return Found::no;
    cursor.more = true;
    return found_text(out, user->groups[cursor.index++]);
}

constexpr auto kDone = Support::done;
using sample::kRequestHead;

constexpr Fetch kTable[] = {
    {.name = "http_auth",
     .args = "user list",
     .out = Type::boolean,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_auth,
     .since = "1.4"},
    {.name = "http_auth_bearer",
     .args = "[string]",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_bearer,
     .since = "2.5"},
    {.name = "http_auth_group",
     .args = "user list",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_group,
     .since = "1.4"},
    {.name = "http_auth_pass",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_field<&http::Credentials::password>,
     .since = "2.1"},
    {.name = "http_auth_type", .needs = kRequestHead, .support = kDone, .run = fetch_type, .since = "2.1"},
    {.name = "http_auth_user",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_field<&http::Credentials::user>,
     .since = "2.1"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
