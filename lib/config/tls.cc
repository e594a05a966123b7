// What has to be done for TLS when all sections are read: files, defaults, and OpenSSL's contexts.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/file.h"
#include "base/offline.h"
#include "base/text.h"
#include "config/finalize_internal.h"
#include "net/tls_context.h"

namespace cfgproxy::config {
namespace {

using base::Error;
using base::Result;
using model::TlsOptions;
using net::Certificate;
using net::CertificateSet;

// Files that belong to the certificate whose name they extend.
constexpr std::string_view kCompanions[] = {".issuer", ".key", ".ocsp", ".sctl"};
// The same certificate with several kinds of keys (manual, section 5.1 "crt").
constexpr std::string_view kBundle[] = {".rsa", ".dsa", ".ecdsa"};

bool is_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool exists(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0;
}

/// The certificates of a folder: all files but hidden ones and companions, in C order.
std::vector<std::string> files_of(const std::string& folder) {
    std::vector<std::string> found;
    DIR* open = opendir(folder.c_str());
    if (!open) return found;
    while (const dirent* entry = readdir(open)) {
        const std::string_view name = entry->d_name;
        if (name.starts_with('.')) continue;
        if (std::any_of(std::begin(kCompanions), std::end(kCompanions),
                        [&](std::string_view ending) { return name.ends_with(ending); }))
            continue;
        const std::string path = folder + "/" + std::string(name);
        if (!is_folder(path)) found.push_back(path);
    }
    closedir(open);
    std::sort(found.begin(), found.end());
    return found;
}

/// Reads certificate files, each once however many lines name it.
class CertificateLoader {
  public:
    Result<std::shared_ptr<const Certificate>> load(const std::string& path) {
        const auto known = loaded_.find(path);
        if (known != loaded_.end()) return known->second;
        auto made = read(path);
        if (made) loaded_[path] = *made;
        return made;
    }

  private:
    static Result<std::shared_ptr<const Certificate>> read(const std::string& path) {
        auto pem = base::read_file(path);
        if (!pem) return Error{"unable to stat SSL certificate from file '" + path + "' : " + pem.error()};
        Certificate::Parts parts;
        parts.pem = std::move(*pem);
        const auto companion = [&](std::string_view ending, std::string& into) {
            if (auto content = base::read_file(path + std::string(ending))) into = std::move(*content);
        };
        if (parts.pem.find("PRIVATE KEY-----") == std::string::npos) {
            companion(".key", parts.key);
            if (parts.key.empty() && parts.pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos)
                return Error{"No Private Key found in '" + path + ".key'"};
        }
        companion(".issuer", parts.issuer);
        companion(".ocsp", parts.ocsp);
        companion(".sctl", parts.sctl);
        auto made = Certificate::make(path, parts);
        if (made) return made;
        if (made.error().starts_with("inconsistencies")) return Error{made.error() + " '" + path + "'"};
        return Error{"unable to load certificate from file '" + path + "'"};
    }

    std::map<std::string, std::shared_ptr<const Certificate>> loaded_;
};

/// A line of a crt-list file: `FILE [options...] filter...`.
struct ListLine {
    std::string path;
    bool has_options = false;
    std::vector<std::string> filters;
};

Result<std::vector<ListLine>> read_list(const std::string& path, const std::string& crt_base) {
    auto text = base::read_file(path);
    if (!text) return Error{"cannot open file '" + path + "' : " + text.error()};
    std::vector<ListLine> lines;
    for (const std::string_view raw : base::split(*text, '\n')) {
        std::string_view rest = base::trim(raw);
        if (rest.empty() || rest.starts_with('#')) continue;
        const auto next_word = [&rest] {
            const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
            const std::string_view word = rest.substr(0, end);
            rest = base::trim(rest.substr(end));
            return word;
        };
        ListLine line;
        line.path = next_word();
        if (!line.path.starts_with('/') && !crt_base.empty()) line.path = crt_base + "/" + line.path;
        if (rest.starts_with('[')) {
            const std::size_t end = rest.find(']');
            if (end == rest.npos) return Error{"file '" + path + "': missing ']' in the line of '" + line.path + "'"};
            line.has_options = !base::trim(rest.substr(1, end - 1)).empty();
            rest = base::trim(rest.substr(end + 1));
        }
        while (!rest.empty() && !rest.starts_with('#')) line.filters.emplace_back(next_word());
        lines.push_back(std::move(line));
    }
    return lines;
}

/// Settings of one side of `global` that lines take over where they say nothing themselves.
void add_defaults(net::TlsSettings& settings, const model::TlsDefaults& defaults) {
    if (settings.ciphers.empty()) settings.ciphers = defaults.ciphers;
    if (settings.ciphersuites.empty()) settings.ciphersuites = defaults.ciphersuites;
    if (settings.curves.empty()) settings.curves = defaults.curves;
    if (settings.sigalgs.empty()) settings.sigalgs = defaults.sigalgs;
    if (settings.client_sigalgs.empty()) settings.client_sigalgs = defaults.client_sigalgs;
    if (settings.min == net::TlsVersion::any) settings.min = defaults.min;
    if (settings.max == net::TlsVersion::any) settings.max = defaults.max;
    settings.off |= defaults.off;
    settings.tickets = settings.tickets && defaults.tickets;
    settings.prefer_client_ciphers = settings.prefer_client_ciphers || defaults.prefer_client_ciphers;
}

bool all_versions_off(const net::TlsSettings& settings) {
    const int low = std::max(static_cast<int>(settings.min), static_cast<int>(net::TlsVersion::ssl3));
    const int high = settings.max == net::TlsVersion::any ? static_cast<int>(net::TlsVersion::tls13)
                                                          : static_cast<int>(settings.max);
    for (int version = low; version <= high; ++version)
        if (!(settings.off & 1 << version)) return false;
    return true;
}

/// Reads a file, or the files of a folder, of trusted certificates.
Result<void> read_trusted(const std::string& path, std::string_view option, net::TlsSettings& settings,
                          std::string& into) {
    if (path.empty()) return {};
    if (path == "@system-ca") {
        settings.system_ca = true;
        return {};
    }
    if (is_folder(path)) {
        for (const std::string& file : files_of(path))
            if (auto pem = base::read_file(file)) into += *pem + "\n";
    } else if (auto pem = base::read_file(path)) {
        into = std::move(*pem);
    }
    if (into.find("-----BEGIN") != std::string::npos) return {};
    return Error{"'" + std::string(option) + "' : unable to load " + path};
}

/// Reads `ca-file`, `ca-verify-file` and `crl-file`.
Result<void> read_trust(TlsOptions& options) {
    if (base::offline()) return {};
    net::TlsSettings& settings = options.settings;
    if (auto read = read_trusted(options.ca_file, "ca-file", settings, settings.ca_pem); !read) return read;
    if (auto read = read_trusted(options.ca_verify_file, "ca-verify-file", settings, settings.untold_ca_pem); !read)
        return read;
    if (!options.crl_file.empty()) {
        auto pem = base::read_file(options.crl_file);
        if (!pem || pem->find("-----BEGIN") == std::string::npos)
            return Error{"'crl-file' : unable to load " + options.crl_file};
        options.settings.crl_pem = std::move(*pem);
    }
    return {};
}

class TlsPreparation {
  public:
    explicit TlsPreparation(Finalizing& finalizing) : finalizing_(finalizing) {}

    void prepare(model::Proxy& proxy, model::Bind& bind) {
        const std::string label = "'bind " + bind.text + "' in section '" + std::string(kind_of(proxy)) + "' : ";
        TlsOptions& tls = bind.tls;
        auto set = std::make_shared<CertificateSet>();
        for (const model::CertificateSource& source : tls.certificates)
            if (auto added = add(*set, source); !added)
                return finalizing_.alert_in_file(bind.place, label + added.error() + ".");
        if (auto read = read_trust(tls); !read) return finalizing_.alert_in_file(bind.place, label + read.error());
        if (!tls.on) return;
        if (last_ && last_->place.line == bind.place.line && last_->place.file == bind.place.file &&
            last_->place.column == bind.place.column) {  // another address or port of the same line
            tls.context = last_->tls.context;
            return;
        }
        last_ = &bind;
        const std::string where =
            " for bind '" + bind.text + "' at [" + *bind.place.file + ":" + std::to_string(bind.place.line) + "]";
        const auto alert = [&](const std::string& text) {
            finalizing_.alert(bind.place, "Proxy '" + proxy.name + "': " + text + ".");
        };
        const bool elsewhere = base::offline() && !tls.certificates.empty();
        if (!set->fallback() && !elsewhere) return alert("no SSL certificate specified" + where + " (use 'crt')");
        add_defaults(tls.settings, finalizing_.config.global.tls_bind);
        if (all_versions_off(tls.settings)) return alert("all SSL/TLS versions are disabled" + where);
        if (tls.settings.verify != net::TlsVerify::none && tls.ca_file.empty() && tls.ca_verify_file.empty())
            return alert("verify is enabled but no CA file specified" + where);
        if (elsewhere) return;
        if (auto read = add_process_settings(tls.settings); !read) return alert(read.error());
        auto context = net::TlsContext::for_clients(tls.settings, std::move(set), tls.strict_sni);
        if (!context) return alert(context.error() + where);
        tls.context = *context;
    }

    void prepare(const model::Proxy& proxy, model::Server& server) {
        if (!server.tls->on && !server.tls->check && !checked_by_tls(proxy)) return;
        TlsOptions& tls = server.tls.edit();
        const auto alert = [&](const std::string& text) {
            finalizing_.alert(server.place, "[" + *server.place.file + ":" + std::to_string(server.place.line) +
                                                "] : 'server " + proxy.name + "/" + server.name + "' : " + text + ".");
        };
        if (auto read = read_trust(tls); !read) return alert(read.error());
        const model::Global& global = finalizing_.config.global;
        add_defaults(tls.settings, global.tls_server);
        if (!tls.verify_given) tls.settings.verify = global.verify_servers;
        if (tls.settings.verify == net::TlsVerify::required && tls.ca_file.empty())
            return alert(
                "verify is enabled by default but no CA file specified. If you're running on a LAN where you're "
                "certain "
                "to trust the server's certificate, please set an explicit 'verify none' statement on the 'server' "
                "line, or use 'ssl-server-verify none' in the global section to disable server-side verifications by "
                "default");
        if (base::offline()) return;
        std::shared_ptr<const Certificate> own;
        if (!tls.certificate.empty()) {
            auto loaded = loader_.load(tls.certificate);
            if (!loaded) return alert(loaded.error());
            own = *loaded;
        }
        if (all_versions_off(tls.settings)) return alert("all SSL/TLS versions are disabled");
        tls.settings.security_level = global.tls_security_level;
        tls.settings.keep_secrets = global.tls_keep_secrets;
        auto context = net::TlsContext::for_servers(tls.settings, own.get());
        if (!context) return alert(context.error());
        tls.context = *context;
    }

  private:
    /// Whether a step of the proxy's checks connects with `ssl`.
    static bool checked_by_tls(const model::Proxy& proxy) {
        const auto& steps = proxy.health_check.steps;
        return std::any_of(steps.begin(), steps.end(), [](const model::CheckStep& step) {
            const auto* connect = std::get_if<model::CheckConnect>(&step.what);
            return connect && connect->tls;
        });
    }

    /// What `global` says for all bind lines.
    Result<void> add_process_settings(net::TlsSettings& settings) {
        const model::Global& global = finalizing_.config.global;
        settings.session_cache = global.tls_cache_sessions;
        settings.session_seconds = global.tls_session_seconds;
        settings.hello_room = global.tls_hello_room;
        settings.keep_secrets = global.tls_keep_secrets;
        settings.security_level = global.tls_security_level;
        if (global.dh_params_file.empty()) return {};
        auto pem = base::read_file(global.dh_params_file);
        if (!pem) return Error{"unable to load DH parameters from file <" + global.dh_params_file + ">"};
        settings.dh_params_pem = std::move(*pem);
        return {};
    }

    Result<void> add(CertificateSet& set, const model::CertificateSource& source) {
        if (base::offline()) return {};
        if (source.kind == model::CertificateSource::Kind::list) return add_list(set, source.path);
        if (is_folder(source.path)) {
            for (const std::string& file : files_of(source.path))
                if (auto added = add_file(set, file, {}, source.is_default); !added) return added;
            return {};
        }
        return add_file(set, source.path, {}, source.is_default);
    }

    Result<void> add_file(CertificateSet& set, const std::string& path, const std::vector<std::string>& filters,
                          bool is_default) {
        if (!exists(path)) {
            bool any = false;
            for (const std::string_view ending : kBundle) {
                if (!exists(path + std::string(ending))) continue;
                auto loaded = loader_.load(path + std::string(ending));
                if (!loaded) return Error{loaded.error()};
                set.add(*loaded, filters, is_default);
                any = true;
            }
            if (any) return {};
        }
        auto loaded = loader_.load(path);
        if (!loaded) return Error{loaded.error()};
        set.add(*loaded, filters, is_default);
        return {};
    }

    Result<void> add_list(CertificateSet& set, const std::string& path) {
        auto lines = read_list(path, finalizing_.config.global.crt_base);
        if (!lines) return Error{"'crt-list' : " + lines.error()};
        for (const ListLine& line : *lines) {
            if (line.has_options)
                return Error{"'crt-list' : options of a line ('" + line.path +
                             " [...]') are understood but not executed yet by this version of cfgproxy"};
            if (auto added = add_file(set, line.path, line.filters, false); !added)
                return Error{"'crt-list' : " + added.error()};
        }
        return {};
    }

    Finalizing& finalizing_;
    CertificateLoader loader_;
    const model::Bind* last_ = nullptr;
};

}  // namespace

void prepare_tls(Finalizing& finalizing) {
    TlsPreparation preparation(finalizing);
    for (const auto& proxy : finalizing.config.proxies) {
        for (auto& bind : proxy->binds) preparation.prepare(*proxy, bind);
        for (const auto& server : proxy->servers) preparation.prepare(*proxy, *server);
    }
}

}  // namespace cfgproxy::config
