#include "server/fcgi_parameters.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/version.h"
#include "http/fcgi.h"

namespace cfgproxy::server {
namespace {

/// "%XX" as bytes; nothing if there is something else behind a '%', or a NUL where the text would end for HAProxy.
std::optional<std::string> decoded(std::string_view path) {
    std::string text;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            text += path[i];
            continue;
        }
        unsigned byte = 0;
        const char* from = path.data() + i + 1;
        if (i + 2 >= path.size() || std::from_chars(from, from + 2, byte, 16).ptr != from + 2) return std::nullopt;
        text += static_cast<char>(byte);
        i += 2;
    }
    return text;
}

/// Of a URI in whatever form; empty if it has none ("*", "host:port").
std::string_view path_and_query(std::string_view uri) {
    http::Request request;
    request.target = uri;
    const std::string_view found = request.path_and_query();
    return found == "*" ? std::string_view{} : found;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

/// Makes the content of PARAMS.
class Parameters {
  public:
    Parameters(const model::FcgiApp& app, const FcgiRequest& request, std::string& to)
        : app_(app), request_(request), to_(to) {}

    bool encode() {
        add_fields();
        for (const http::Header& parameter : request_.own) add_own(parameter);
        if (!request_.server_field.empty()) add_field(request_.server_field, request_.server_name);
        return add_defaults();
    }

  private:
    void add(std::string_view name, std::string_view value) { http::append_fcgi_parameter(to_, name, value); }
    void add_field(std::string_view name, std::string_view value) {
        if (name == "content-length") {
            length_told_ = true;
            return add("CONTENT_LENGTH", value);
        }
        if (name == "content-type") return add("CONTENT_TYPE", value);
        add("http_" + std::string(name), value);
    }

    void add_fields() {
        for (const http::Header& header : request_.fields) {
            std::string_view value = header.value;
            if (header.known == http::Known::host) host_ = value;
            if (header.name == request_.server_field) continue;
            if (header.known == http::Known::te) {  // the rest of it is about one connection
                if (!value.starts_with("trailers") && value.find("trailers") == value.npos) continue;
                value = "trailers";
            }
            add_field(header.name, value);
        }
    }

    /// One of `set-param`: it goes as it is, and the parameter of that name which every program gets does not. As in
    /// HAProxy REQUEST_METHOD is no such name ("request_meth" is), so it can only be told twice.
    void add_own(const http::Header& parameter) {
        add(parameter.name, parameter.value);
        own_[parameter.name] = parameter.value;
    }
    const std::string_view* own(std::string_view name) const {
        const auto found = own_.find(name);
        return found == own_.end() ? nullptr : &found->second;
    }
    /// One that every program gets, unless it is empty or set by the file. `name` is in lower case.
    void add_default(std::string_view name, std::string_view value) {
        const std::string_view known = name == "request_method" ? "request_meth" : name;
        if (!value.empty() && !own(known)) add(name, value);
    }

    bool add_defaults() {
        if (!find_script(own("request_uri") ? *own("request_uri") : request_.uri)) return false;
        const std::string_view root = own("document_root") ? *own("document_root") : std::string_view(app_.docroot);
        const net::Address &source = request_.source, &destination = request_.destination;
        add_default("gateway_interface", "CGI/1.1");
        add_default("document_root", app_.docroot);
        add_default("script_name", script_);
        add_default("path_info", path_info_);
        add_default("request_uri", request_.uri);
        add_default("request_method", request_.method);
        add_default("query_string", query_);
        add_default("server_name", host_.empty() ? text_of(destination) : std::string(host_));
        add_default("server_port", number(destination.port()));
        add_default("server_protocol", request_.version);
        add_default("remote_addr", text_of(source));
        add_default("remote_port", number(source.port()));
        add_default("script_filename", std::string(root) + script_);
        if (!path_info_.empty()) add_default("path_translated", std::string(root) + path_info_);
        if (!length_told_) add("content_length", number(request_.length));
        if (tells_software_) add_default("server_software", "HAProxy " + std::string(base::kShownVersion));
        if (request_.tls) add_default("https", "on");
        return true;
    }

    static std::string text_of(const net::Address& address) {
        return address.family() == AF_UNSPEC ? std::string{} : address.ip_text();
    }

    /// Takes the path apart. A script that the file sets is the whole truth about the path; HAProxy forgets to say who
    /// it is then. False: there is no path, or one that cannot be.
    bool find_script(std::string_view uri) {
        const std::string_view *script = own("script_name"), *info = own("path_info");
        if (script) script_ = *script;
        if (info) path_info_ = *info;
        if (script && info && own("query_string")) return true;
        std::string_view path = path_and_query(uri);
        if (!script && path.empty()) return false;
        if (!own("query_string")) {
            const std::size_t mark = path.find('?');
            if (mark != path.npos) query_ = path.substr(mark + 1);
            path = path.substr(0, mark);
        }
        if (script) {
            tells_software_ = false;
            return true;
        }
        const auto text = decoded(path);
        if (!text) return false;
        script_ = *text;
        if (app_.path_info && !match_path(*text, info != nullptr)) return false;
        if (!app_.index.empty() && script_.ends_with('/')) script_ += app_.index;
        return true;
    }

    /// `path-info`: the first group is the script, the second one what follows it. Expressions stop at newlines, so
    /// none may be there.
    bool match_path(const std::string& path, bool info_is_set) {
        if (path.find('\n') != path.npos || path.find('\0') != path.npos) return false;
        constexpr int kPairs = 3;
        std::size_t at[2 * kPairs];
        std::fill(std::begin(at), std::end(at), std::string::npos);
        const int pairs = app_.path_info->match(path, 0, at, kPairs);
        const auto group = [&](int i) {
            return i < pairs && at[2 * i] <= at[2 * i + 1] && at[2 * i + 1] <= path.size()
                       ? std::optional(path.substr(at[2 * i], at[2 * i + 1] - at[2 * i]))
                       : std::nullopt;
        };
        const auto script = group(1);
        if (!script) return true;
        if (const auto info = group(2); info && !info_is_set) path_info_ = *info;
        script_ = *script;
        return true;
    }

    const model::FcgiApp& app_;
    const FcgiRequest& request_;
    std::string& to_;
    std::map<std::string_view, std::string_view> own_;
    std::string_view host_, query_;
    std::string script_, path_info_;
    bool length_told_ = false, tells_software_ = true;
};

}  // namespace

bool append_fcgi_parameters(std::string& to, const model::FcgiApp& app, const FcgiRequest& request) {
    return Parameters(app, request, to).encode();
}

}  // namespace cfgproxy::server
