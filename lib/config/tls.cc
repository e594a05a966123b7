// What has to be done for TLS when all sections are read: defaults, and OpenSSL's contexts.
#include <algorithm>

#include "base/file.h"
#include "base/offline.h"
#include "config/finalize_internal.h"
#include "config/tls_loader.h"
#include "config/tls_range.h"
#include "net/certificate_maker.h"
#include "net/tls_tickets.h"

namespace cfgproxy::config {
namespace {

using base::Error;
using base::Result;
using model::TlsOptions;
using net::CertificateList;
using net::StoredCertificate;
using net::TlsBind;
using Source = model::CertificateSource;

std::string without_dot(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
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
    if (!settings.renegotiates) settings.renegotiates = defaults.renegotiates;
}

/// Makes the contexts of lines that connect by TLS.
class ServerPreparation {
  public:
    ServerPreparation(Reporting& reporting, const model::Global& global, net::TlsStore& store, StoreLoader& loader)
        : reporting_(reporting), global_(global), store_(store), loader_(loader) {}

    /// A server of a backend; nothing where neither traffic nor checks can need it.
    void prepare(const model::Proxy& proxy, model::Server& server) {
        const model::HealthCheck& check = server.own_health_check ? *server.own_health_check : proxy.health_check;
        if (server.tls->on || server.tls->on_by_default || server.tls->check || check.uses_tls())
            prepare(proxy.name + "/" + server.name, server.place, server.tls.edit(),
                    kind_of(proxy) == "backend" ? "backend" : "proxy");
    }

    /// A server of a backend or of a ring, `name` with its section's.
    void prepare(const std::string& name, const base::Place& place, TlsOptions& tls, std::string_view kind = "proxy") {
        const std::string before =
            "[" + *place.file + ":" + std::to_string(place.line) + "] : 'server " + name + "' : ";
        const auto alert = [&](const std::string& text) { reporting_.alert(place, before + text + "."); };
        if (auto read = loader_.trust(tls); !read) return alert(read.error());
        add_defaults(tls.settings, global_.tls_server);
        if (!tls.verify_given) tls.settings.verify = global_.verify_servers;
        if (tls.settings.verify == net::TlsVerify::required && tls.ca_file.empty())
            return alert(
                "verify is enabled by default but no CA file specified. If you're running on a LAN where you're "
                "certain "
                "to trust the server's certificate, please set an explicit 'verify none' statement on the 'server' "
                "line, or use 'ssl-server-verify none' in the global section to disable server-side verifications by "
                "default");
        if (base::offline()) return;
        auto made = std::make_unique<net::TlsServer>();
        if (!tls.certificate.empty()) {
            auto own = loader_.certificate(tls.certificate);
            if (!own) return alert(own.error());
            made->own = *own;
        }
        const TlsRange range = range_of(tls.settings, net::TlsVersion::any);
        warn(range, kind, name, [&](const std::string& text) { reporting_.warning(place, before + text); });
        if (range.min == net::TlsVersion::any) return alert("all SSL/TLS versions are disabled");
        range.apply_to(tls.settings);
        tls.settings.security_level = global_.tls_security_level;
        tls.settings.keep_secrets = global_.tls_keep_secrets;
        tls.settings.skip_self_issued = global_.certificates.skip_self_issued;
        tls.settings.max_record = global_.tls_max_record;
        tls.settings.hard_max_record = global_.tls_hard_max_record;
        made->name = name;
        made->settings = tls.settings;
        made->ca_file = tls.ca_file;
        made->crl_file = tls.crl_file;
        if (auto built = store_.build(*made); !built) return alert(without_dot(built.error()));
        tls.context = made->context;
        store_.servers.push_back(std::move(made));
    }

  private:
    template <class Say>
    static void warn(const TlsRange& range, std::string_view kind, const std::string& name, Say say) {
        const auto slash = name.find('/');
        if (range.ignores_off) say(exclusions_ignored("this server"));
        for (const net::TlsVersion hole : range.holes)
            say(std::string(kind) + " '" + name.substr(0, slash) +
                "': " + exclusion_in_vain("server '" + name.substr(slash + 1) + "'", hole));
    }

    Reporting& reporting_;
    const model::Global& global_;
    net::TlsStore& store_;
    StoreLoader& loader_;
};

class TlsPreparation {
  public:
    explicit TlsPreparation(Finalizing& finalizing)
        : finalizing_(finalizing),
          global_(finalizing.config.global),
          store_(std::make_shared<net::TlsStore>()),
          loader_(*store_, global_) {
        store_->update_ocsp = global_.ocsp.on;
        store_->drops_extension = global_.certificates.drop_extension;
        finalizing.config.tls_store = store_;
    }

    void run() {
        if (!base::offline()) loader_.read_ahead(finalizing_.config);
        for (const auto& proxy : finalizing_.config.proxies)
            for (auto& bind : proxy->binds) prepare({proxy->name, kind_of(*proxy)}, bind);
        for (const auto& section : finalizing_.config.log_forwards)
            for (auto& bind : section->binds) prepare({section->name, "log-forward"}, bind);
        for (const auto& section : finalizing_.config.peers)
            for (auto& bind : section->binds) prepare({section->name, "peers"}, bind);
        if (!base::offline()) load_stores_before({});
        ServerPreparation servers(finalizing_, global_, *store_, loader_);
        for (const auto& proxy : finalizing_.config.proxies)
            for (const auto& server : proxy->servers) servers.prepare(*proxy, *server);
        for (const auto& ring : finalizing_.config.rings)
            for (auto& server : ring->servers)
                if (server.tls->on) servers.prepare(ring->name + "/" + server.name, server.place, server.tls.edit());
        for (const auto& section : finalizing_.config.peers)
            for (auto& peer : section->peers)
                if (peer.server.tls->on)
                    servers.prepare(section->name + "/" + peer.name, peer.place, peer.server.tls.edit());
        number_ticket_keys();
        for (const std::string& text : loader_.warnings) finalizing_.warning({}, text);
        for (const std::string& text : store_->warnings) finalizing_.warning({}, text);
    }

  private:
    /// `load` lines above `place`; all that are left without one. A name that a bind line above has taken is taken.
    void load_stores_before(const base::Place& place) {
        auto& loads = finalizing_.config.certificate_loads;
        for (; loaded_ < loads.size(); ++loaded_) {
            const model::CertificateLoad& load = *loads[loaded_];
            if (place.file && load.place.file == place.file && load.place.line > place.line) return;
            if (auto done = loader_.load(load); !done) finalizing_.alert_in_file(load.place, done.error());
        }
    }

    /// The section of a bind line.
    struct Section {
        const std::string& name;
        std::string_view kind;
    };

    void prepare(const Section& section, model::Bind& bind) {
        if (!base::offline()) load_stores_before(bind.place);
        TlsOptions& tls = bind.tls;
        const base::Place& place = bind.place;
        if (last_ && last_->place.line == place.line && last_->place.file == place.file &&
            last_->place.column == place.column) {  // another address or port of the same line
            tls.context = last_->tls.context;
            return;
        }
        if (!tls.on && tls.certificates.empty() && tls.ca_file.empty() && tls.crl_file.empty()) return;
        const std::string label = "'bind " + bind.text + "' in section '" + std::string(section.kind) + "' : ";
        auto made = std::make_unique<TlsBind>();
        made->frontend = section.name;
        made->text = bind.text;
        made->file = *place.file;
        made->line_number = place.line;
        for (const Source& source : tls.certificates) {
            if (base::offline()) break;
            if (auto added = add(*made, source); !added)
                return finalizing_.alert_in_file(place, label + without_dot(added.error()) + ".");
        }
        if (auto read = loader_.trust(tls); !read) return finalizing_.alert_in_file(place, label + read.error());
        if (!tls.on) return;
        last_ = &bind;
        finish(section, bind, std::move(made));
    }

    void finish(const Section& section, model::Bind& bind, std::unique_ptr<TlsBind> made) {
        TlsOptions& tls = bind.tls;
        const std::string where =
            " for bind '" + bind.text + "' at [" + made->file + ":" + std::to_string(made->line_number) + "]";
        const auto alert = [&](const std::string& text) {
            finalizing_.alert(bind.place, "Proxy '" + section.name + "': " + text + ".");
        };
        const bool elsewhere = base::offline() && !tls.certificates.empty();
        if (made->uses.empty() && !tls.generates && !elsewhere)
            return alert("no SSL certificate specified" + where + " (use 'crt')");
        add_defaults(tls.settings, global_.tls_bind);
        const TlsRange range = range_of(tls.settings, net::TlsVersion::tls12);
        warn(range, section, bind, where.substr(5));
        if (range.min == net::TlsVersion::any) return alert("all SSL/TLS versions are disabled" + where);
        range.apply_to(tls.settings);
        if (tls.settings.verify != net::TlsVerify::none && tls.ca_file.empty() && tls.ca_verify_file.empty())
            return alert("verify is enabled but no CA file specified" + where);
        if (base::offline()) return;
        if (auto read = add_process_settings(tls.settings); !read) return alert(read.error());
        if (auto read = add_ticket_keys(section, bind); !read)
            return finalizing_.alert_in_file(bind.place, "'bind " + bind.text + "' in section '" +
                                                             std::string(section.kind) + "' : '" + tls.ticket_keys +
                                                             "' : " + read.error() + ".");
        made->early_data = tls.settings.early_data;
        tls.settings.early_data =
            made->early_data || std::any_of(made->uses.begin(), made->uses.end(), [](const TlsBind::Use& use) {
                return use.line && use.line->options.early_data;
            });
        made->settings = tls.settings;
        made->ca_file = tls.ca_file;
        made->ca_verify_file = tls.ca_verify_file;
        made->crl_file = tls.crl_file;
        made->watches = tls.watches;
        made->strict_sni = tls.strict_sni.value_or(global_.tls_bind.strict_sni);
        if (auto built = store_->build(*made); !built) return alert(without_dot(built.error()) + where);
        if (auto done = add_maker(tls, *made->context); !done) return alert(done.error());
        tls.context = made->context;
        store_->binds.push_back(std::move(made));
    }

    void warn(const TlsRange& range, const Section& section, const model::Bind& bind, const std::string& line) {
        const auto say = [&](const std::string& text) {
            finalizing_.warning(bind.place, "Proxy '" + section.name + "': " + text);
        };
        if (range.ignores_off) say(exclusions_ignored(line));
        if (range.is_lowered) say(lowered(line, range.max));
        for (const net::TlsVersion hole : range.holes) say(exclusion_in_vain(line, hole));
    }

    Result<void> add(TlsBind& bind, const Source& source) {
        const auto use = [&bind](const StoredCertificate& stored, CertificateList* list,
                                 const CertificateList::Line* line, TlsBind::Default is_default) {
            bind.uses.push_back({const_cast<StoredCertificate*>(&stored), list, line, is_default});
        };
        const auto first = [&bind] { return bind.uses.empty() ? TlsBind::Default::first : TlsBind::Default::no; };
        const std::string path = without_slashes(source.path);
        const bool is_list = source.kind == Source::Kind::list;
        if (is_list || (!store_->find(path) && is_folder(path))) {
            auto list = is_list ? loader_.list(path) : loader_.folder(path);
            if (!list) return Error{is_list ? "'crt-list' : " + list.error() : list.error()};
            for (const auto& line : (*list)->lines) use(*line->stored, *list, line.get(), first());
            return {};
        }
        auto found = loader_.certificates(source.path, {}, false);
        if (!found) {
            if (!store_->find(source.path)) return Error{found.error()};
            return Error{"Can't load '" + source.path + "', is already defined with incompatible parameters:\n " +
                         found.error()};
        }
        // All kinds of keys of a bundle are the default where the first one is.
        const TlsBind::Default is_default = source.is_default ? TlsBind::Default::said : first();
        for (StoredCertificate* stored : *found) use(*stored, nullptr, nullptr, is_default);
        return {};
    }

    /// What `global` says for all bind lines.
    Result<void> add_process_settings(net::TlsSettings& settings) {
        settings.skip_self_issued = global_.certificates.skip_self_issued;
        settings.session_cache = global_.tls_cache_sessions;
        settings.session_seconds = global_.tls_session_seconds;
        settings.max_record = global_.tls_max_record;
        settings.hard_max_record = global_.tls_hard_max_record;
        settings.hello_room = global_.tls_hello_room;
        settings.keep_secrets = global_.tls_keep_secrets;
        settings.security_level = global_.tls_security_level;
        settings.dh_bits = global_.tls_dh_bits;
        if (global_.dh_params_file.empty()) return {};
        auto pem = base::read_file(global_.dh_params_file);
        if (!pem) return Error{"unable to load DH parameters from file <" + global_.dh_params_file + ">"};
        settings.dh_params_pem = std::move(*pem);
        return {};
    }

    Result<void> add_ticket_keys(const Section& section, model::Bind& bind) {
        TlsOptions& tls = bind.tls;
        tls.settings.session_scope = section.name + " " + bind.text;
        if (tls.ticket_keys.empty()) {
            // Tickets of one line are nothing to another that asks its clients for other certificates.
            tls.settings.ticket_keys = net::TicketKeys::named(tls.settings.session_scope);
            return {};
        }
        for (const auto& known : store_->ticket_keys)
            if (known->file() == tls.ticket_keys) {
                tls.settings.ticket_keys = known;
                return {};
            }
        auto keys = net::TicketKeys::from_file(tls.ticket_keys);
        if (!keys) return Error{keys.error()};
        store_->ticket_keys.push_back(*keys);
        tls.settings.ticket_keys = std::move(*keys);
        return {};
    }

    /// The last file read is number 0.
    void number_ticket_keys() {
        std::reverse(store_->ticket_keys.begin(), store_->ticket_keys.end());
        std::uint32_t id = 0;
        for (const auto& keys : store_->ticket_keys) keys->id = id++;
    }

    Result<void> add_maker(const TlsOptions& tls, net::TlsContext& context) const {
        if (!tls.generates) return {};
        if (tls.ca_sign_file.empty())
            return Error{"cannot enable certificate generation, no CA certificate File configured"};
        auto pem = base::read_file(tls.ca_sign_file);
        if (!pem) return Error{"Failed to load CA certificate from file '" + tls.ca_sign_file + "'"};
        auto maker = net::SigningMaker::of(tls.ca_sign_file, *pem, tls.ca_sign_pass, global_.tls_generated);
        if (!maker) return Error{maker.error()};
        context.set_maker(std::move(*maker));
        return {};
    }

    Finalizing& finalizing_;
    const model::Global& global_;
    std::shared_ptr<net::TlsStore> store_;
    StoreLoader loader_;
    const model::Bind* last_ = nullptr;
    std::size_t loaded_ = 0;
};

}  // namespace

void prepare_tls(Finalizing& finalizing) { TlsPreparation(finalizing).run(); }

void prepare_tls(Reporting& reporting, const model::Config& config, const model::Proxy& proxy, model::Server& server) {
    StoreLoader loader(*config.tls_store, config.global);
    ServerPreparation(reporting, config.global, *config.tls_store, loader).prepare(proxy, server);
    for (const std::string& text : loader.warnings) reporting.warning(server.place, text);
}

}  // namespace cfgproxy::config
