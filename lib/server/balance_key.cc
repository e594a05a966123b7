#include "server/balance_key.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "http/token.h"
#include "sample/expression.h"
#include "server/hash.h"

namespace cfgproxy::server {
namespace {

/// 32-bit words of the address in host order, exclusive-ored.
std::optional<std::uint32_t> hash_source(const net::Address& source) {
    if (source.family() == AF_INET) return ntohl(source.v4().s_addr);
    if (source.family() != AF_INET6) return std::nullopt;
    std::uint32_t words[4], h = 0;
    std::memcpy(words, &source.v6(), sizeof words);
    for (std::uint32_t word : words) h ^= ntohl(word);
    return h;
}

/// The part of the URI that counts: up to `len` bytes, `depth` directories, and the '?' unless `whole`.
std::string_view cut_uri(const model::Balance& balance, std::string_view uri) {
    if (balance.uri_length) uri = uri.substr(0, balance.uri_length);
    std::uint32_t slashes = 0;
    for (std::size_t i = 0; i < uri.size(); ++i) {
        if (uri[i] == '/') {
            if (++slashes == balance.uri_depth + 1 && balance.uri_depth > 0) return uri.substr(0, i);
        } else if (uri[i] == '?' && !balance.uri_whole) {
            return uri.substr(0, i);
        }
    }
    return uri;
}

/// The value of `name` in "a=1&name=2"; nothing if it is not there.
std::optional<std::string_view> find_parameter(std::string_view text, std::string_view name) {
    while (text.size() > name.size()) {
        if (text[name.size()] == '=' && text.substr(0, name.size()) == name) {
            text.remove_prefix(name.size() + 1);
            return text.substr(0, text.find('&'));
        }
        const std::size_t next = text.find('&');
        if (next == text.npos) return std::nullopt;
        text.remove_prefix(next + 1);
    }
    return std::nullopt;
}

/// In the URL, else in a POST's body if that looks like a form.
std::optional<std::string_view> find_url_parameter(const sample::Context& context, std::string_view name) {
    const std::string_view target = context.request->target;
    if (const std::size_t query = target.find('?'); query != target.npos)
        if (auto value = find_parameter(target.substr(query + 1), name)) return value;
    if (context.method != http::Method::post) return std::nullopt;
    auto value = find_parameter(context.request_data, name);
    if (!value || value->empty() || http::is_tchar(value->front())) return value;
    if (base::is_space(value->front())) return std::string_view{};
    return std::nullopt;  // not a form: nothing in it is a parameter
}

/// "example" of "www.example.com": what stands before the last dot, back to the dot before.
std::string_view domain_only(std::string_view host) {
    const std::size_t end = host.rfind('.');
    if (end == host.npos) return host;
    const std::size_t dot = end == 0 ? host.npos : host.rfind('.', end - 1);
    const std::size_t start = dot == host.npos ? 0 : dot + 1;
    return host.substr(start, end - start);
}

std::optional<std::string_view> find_header_key(const model::Balance& balance, const http::Request& request) {
    const http::Header* header = request.headers.find(balance.argument);
    if (!header) return std::nullopt;
    std::string_view rest = header->value, value;
    if (!http::next_element(rest, value) || value.empty()) return std::nullopt;
    return balance.hdr_domain_only ? domain_only(value) : value;
}

/// log-hash: what the converters make of a line.
std::optional<std::string_view> convert_line(const sample::Expression& converters, std::string_view line,
                                             sample::Context& context) {
    sample::Value value = sample::Value::of_text(line);
    for (const sample::Expression::Step& step : converters.steps)
        if (!sample::cast(value, step.cast_to, *context.arena) || !step.row->run(context, step.args, value))
            return std::nullopt;
    if (!sample::cast(value, sample::Type::bin, *context.arena)) return std::nullopt;
    return value.text;
}

std::optional<std::string_view> find_key(const model::Balance& balance, const sample::Context& context) {
    using model::Algorithm;
    if (balance.algorithm == Algorithm::hash || balance.algorithm == Algorithm::rdp_cookie) {
        sample::Value value;
        if (!balance.expression || balance.expression->evaluate(context, value) != sample::Found::yes ||
            !sample::cast(value, sample::Type::bin, *context.arena))
            return std::nullopt;
        return value.text;
    }
    if (!context.request) return std::nullopt;
    const http::Request& request = *context.request;
    switch (balance.algorithm) {
        case Algorithm::uri:
            return cut_uri(balance, balance.uri_path_only ? request.path_and_query() : request.target);
        case Algorithm::url_param:
            return find_url_parameter(context, balance.argument);
        case Algorithm::hdr:
            return find_header_key(balance, request);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<std::uint32_t> hash_request(const model::Balance& balance, const PickRequest& request) {
    if (balance.algorithm == model::Algorithm::log_hash && balance.expression) {
        base::Arena arena;
        sample::Context context;
        context.arena = &arena;
        const auto key = convert_line(*balance.expression, request.line, context);
        if (!key) return std::nullopt;
        const std::uint32_t hashed = hash(balance.function, *key);
        return balance.avalanche ? base::full_hash(hashed) : hashed;
    }
    if (!request.context) return std::nullopt;
    std::optional<std::uint32_t> h;
    if (balance.algorithm == model::Algorithm::source) {
        h = hash_source(request.context->src);
    } else if (auto key = find_key(balance, *request.context)) {
        h = hash(balance.function, *key);
    }
    if (h && balance.avalanche) h = base::full_hash(*h);
    return h;
}

}  // namespace cfgproxy::server
