#include "net/tls_store.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdio>

#include "net/openssl_pointers.h"
#include "net/tls_tickets.h"

namespace cfgproxy::net {

using base::Error;
using base::Result;

std::string ListOptions::key() const {
    std::string text;
    for (const std::string* part :
         {&ciphers, &ciphersuites, &curves, &ecdhe, &sigalgs, &client_sigalgs, &ca_file, &ca_verify_file, &crl_file}) {
        text += *part;
        text += '\n';
    }
    text += alpn ? "alpn " + *alpn : "";
    text += '\n';
    for (const int number : {verify ? 1 + static_cast<int>(*verify) : 0, static_cast<int>(min), static_cast<int>(max),
                             static_cast<int>(no_ca_names), static_cast<int>(early_data)})
        text += static_cast<char>('0' + number);
    return text;
}

// --- by name -------------------------------------------------------------------------------------------------

namespace {

template <class Map>
auto find_in(const Map& map, std::string_view name) -> decltype(map.begin()->second.get()) {
    const auto found = map.find(name);
    return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

StoredCertificate* TlsStore::find(std::string_view name) const { return find_in(certificates, name); }
TrustFile* TlsStore::find_trust(std::string_view name) const { return find_in(trust_files, name); }
CertificateList* TlsStore::find_list(std::string_view name) const { return find_in(lists, name); }

StoredCertificate& TlsStore::add(std::string name) {
    auto& slot = certificates[name];
    if (!slot) slot = std::make_unique<StoredCertificate>(StoredCertificate{.name = std::move(name)});
    return *slot;
}

// --- who uses what -------------------------------------------------------------------------------------------

bool TlsStore::uses(const TlsBind& bind, const StoredCertificate& stored) {
    return std::any_of(bind.uses.begin(), bind.uses.end(),
                       [&stored](const TlsBind::Use& use) { return use.stored == &stored; });
}

std::size_t TlsStore::users_of(const StoredCertificate& stored) const {
    std::size_t count = 0;
    for (const auto& bind : binds)
        count += static_cast<std::size_t>(
            std::count_if(bind->uses.begin(), bind->uses.end(),
                          [&stored](const TlsBind::Use& use) { return use.stored == &stored; }));
    for (const auto& server : servers) count += server->own == &stored;
    return count;
}

bool TlsStore::verifies_by(const TrustFile& file, const TlsBind& bind, const CertificateList::Line* line) {
    const ListOptions* options = line ? &line->options : nullptr;
    const TlsVerify verify = options && options->verify ? *options->verify : bind.settings.verify;
    if (verify == TlsVerify::none) return false;
    const auto names = [&](const std::string& own, const std::string& of_bind) {
        return (own.empty() ? of_bind : own) == file.name;
    };
    static const std::string kNone;
    return names(options ? options->ca_file : kNone, bind.ca_file) ||
           names(options ? options->ca_verify_file : kNone, bind.ca_verify_file) ||
           names(options ? options->crl_file : kNone, bind.crl_file);
}

bool TlsStore::verifies_by(const TrustFile& file, const TlsServer& server) {
    return server.settings.verify != TlsVerify::none && (server.ca_file == file.name || server.crl_file == file.name);
}

std::size_t TlsStore::users_of(const TrustFile& file) const {
    std::size_t count = 0;
    for (const auto& bind : binds)
        for (const TlsBind::Use& use : bind->uses) count += verifies_by(file, *bind, use.line);
    for (const auto& server : servers) count += verifies_by(file, *server);
    return count;
}

std::size_t TlsStore::binds_of(const CertificateList& list) const {
    return static_cast<std::size_t>(std::count_if(binds.begin(), binds.end(), [&list](const auto& bind) {
        return std::any_of(bind->uses.begin(), bind->uses.end(),
                           [&list](const TlsBind::Use& use) { return use.list == &list; });
    }));
}

bool TlsStore::is_listed(const StoredCertificate& stored) const {
    return std::any_of(lists.begin(), lists.end(), [&stored](const auto& list) {
        const auto& lines = list.second->lines;
        return std::any_of(lines.begin(), lines.end(), [&stored](const auto& line) { return line->stored == &stored; });
    });
}

// --- building ------------------------------------------------------------------------------------------------

void TlsStore::resolve_trust(TlsSettings& settings, const std::string& ca, const std::string& ca_verify,
                             const std::string& crl, const Swap& swap) const {
    settings.trust = settings.told = nullptr;
    if (settings.verify == TlsVerify::none) return;
    const auto content = [&](const std::string& name) -> std::shared_ptr<const Trust> {
        if (name.empty()) return nullptr;
        if (swap.file && swap.file->name == name) return swap.trust;
        const TrustFile* file = find_trust(name);
        return file ? file->content : nullptr;
    };
    const auto authorities = content(ca), untold = content(ca_verify), revoked = content(crl);
    settings.told = authorities;
    char name[96];
    std::snprintf(name, sizeof name, "%p %p %p", static_cast<const void*>(authorities.get()),
                  static_cast<const void*>(untold.get()), static_cast<const void*>(revoked.get()));
    std::weak_ptr<const Trust>& known = combined_[name];
    settings.trust = known.lock();
    // The address of what has gone may be another's now; then nobody holds the combination either.
    if (!settings.trust)
        known = settings.trust = Trust::all_of({authorities.get(), untold.get(), revoked.get()}, revoked != nullptr);
}

Result<std::shared_ptr<const TlsLine>> TlsStore::line_of(const TlsBind& bind, const ListOptions& options,
                                                         const Swap& swap) const {
    TlsSettings settings = bind.settings;
    const auto either = [](std::string& into, const std::string& own) {
        if (!own.empty()) into = own;
    };
    either(settings.ciphers, options.ciphers);
    either(settings.ciphersuites, options.ciphersuites);
    either(settings.curves, options.curves);
    either(settings.ecdhe, options.ecdhe);
    either(settings.sigalgs, options.sigalgs);
    either(settings.client_sigalgs, options.client_sigalgs);
    if (options.alpn) settings.alpn = *options.alpn;
    if (options.verify) settings.verify = *options.verify;
    if (options.min != TlsVersion::any) settings.min = options.min;
    if (options.max != TlsVersion::any) settings.max = options.max;
    settings.send_ca_names = settings.send_ca_names && !options.no_ca_names;
    std::string ca = bind.ca_file, ca_verify = bind.ca_verify_file, crl = bind.crl_file;
    either(ca, options.ca_file);
    either(ca_verify, options.ca_verify_file);
    either(crl, options.crl_file);
    // Who shares a file of ticket keys wants sessions shared, with other processes too; never past other demands.
    const bool shared = settings.ticket_keys && !settings.ticket_keys->file().empty();
    settings.session_scope = shared ? settings.ticket_keys->file() : bind.frontend + " " + bind.text;
    if (settings.verify != TlsVerify::none) settings.session_scope += "\n" + ca + "\n" + ca_verify + "\n" + crl;
    resolve_trust(settings, ca, ca_verify, crl, swap);
    if (settings.verify != TlsVerify::none && ca.empty() && ca_verify.empty())
        return Error{"Proxy '" + bind.frontend + "': verify is enabled but no CA file specified for bind '" +
                     bind.text + "' at [" + bind.file + ":" + std::to_string(bind.line_number) + "].\n"};
    return TlsLine::make(settings, TlsLine::Side::clients);
}

/// Looks for a response to staple; makes the slot for it if there is one, or should be.
Result<void> TlsStore::staple(StoredCertificate& stored, const Certificate& certificate, bool replaces) {
    const OcspUpdate update = stored.files.ocsp_update;
    const bool updates = update == OcspUpdate::on || (update == OcspUpdate::by_default && update_ocsp);
    const std::string uri = ocsp_uri_of(certificate);
    stored.staple = nullptr;
    if (certificate.ocsp().empty() && (!updates || uri.empty())) return {};
    const std::string id = ocsp_id_of(certificate);
    if (id.empty())
        return Error{certificate.ocsp().empty()
                         ? " '" + stored.name +
                               "' has an OCSP auto-update set to 'on' but an error occurred (maybe the "
                               "OCSP URI or the issuer could not be found)'.\n"
                         : " '" + stored.name +
                               ".ocsp' is present and activates OCSP but it is impossible to compute "
                               "the OCSP certificate ID (maybe the issuer could not be found)'.\n"};
    stored.staple = staples.find_or_make(id, stored.name);
    OcspStaple& staple = *stored.staple;
    if (!staple.issuer) {
        staple.uri = uri;
        X509_up_ref(staple.issuer = certificate.issuer());
        if (certificate.chain()) staple.chain = X509_chain_up_ref(certificate.chain());
    }
    if (updates) staple.update.wanted = true;
    if (certificate.ocsp().empty()) return {};
    const auto facts = read_ocsp_response(certificate.ocsp(), id);
    if (facts && (replaces || facts->expires > staple.expires())) staple.set(certificate.ocsp(), facts->expires);
    if (!facts) warnings.push_back("Loading: " + facts.error() + ". Content will be ignored.");
    return {};
}

namespace {

/// Whether OpenSSL will take the certificate on a line: its key may be too small, say.
Result<void> try_out(const TlsLine& line, const Certificate& certificate) {
    SSL* probe = SSL_new(line.context());
    const bool good = line.show(probe, certificate);
    SSL_free(probe);
    if (good) return {};
    return Error{"unable to load SSL certificate into SSL Context '" + certificate.path() +
                 "': " + take_openssl_error() + ".\n"};
}

}  // namespace

Result<TlsStore::Built> TlsStore::make(const TlsBind& bind, const Swap& swap) {
    Built built;
    if (!swap.file) built.lines = bind.lines;
    auto base = line_of(bind, {}, swap);
    if (!base) return Error{base.error()};
    built.line = bind.context && !swap.file ? bind.context->line() : *base;
    auto set = std::make_shared<CertificateSet>();
    for (const TlsBind::Use& use : bind.uses) {
        auto certificate = use.stored == swap.stored ? swap.certificate : use.stored->certificate;
        if (!certificate) continue;
        CertificateSet::Entry entry{.certificate = certificate,
                                    .staple = use.stored->staple,
                                    .early_data = bind.early_data,
                                    .has_default = use.is_default != TlsBind::Default::no};
        if (use.line) entry.filters = use.line->filters;
        if (use.line && use.line->options.any) {
            auto& line = built.lines[use.line->options.key()];
            if (!line) {
                auto made = line_of(bind, use.line->options, swap);
                if (!made) return Error{made.error()};
                line = *made;
            }
            entry.line = line;
            entry.early_data = entry.early_data || use.line->options.early_data;
        }
        if (!bind.context || use.stored == swap.stored)
            if (auto good = try_out(entry.line ? *entry.line : *built.line, *certificate); !good)
                return Error{good.error()};
        set->add(std::move(entry));
    }
    built.set = std::move(set);
    return built;
}

Result<std::shared_ptr<const TlsLine>> TlsStore::make(const TlsServer& server, const Swap& swap) const {
    TlsSettings settings = server.settings;
    resolve_trust(settings, server.ca_file, {}, server.crl_file, swap);
    std::shared_ptr<const Certificate> own;
    if (server.own) own = server.own == swap.stored ? swap.certificate : server.own->certificate;
    return TlsLine::make(settings, TlsLine::Side::servers, own.get());
}

Result<void> TlsStore::build(TlsBind& bind) {
    for (const TlsBind::Use& use : bind.uses)
        if (use.stored->certificate && !use.stored->staple)
            if (auto done = staple(*use.stored, *use.stored->certificate, false); !done) return done;
    auto built = make(bind, {});
    if (!built) return Error{built.error()};
    bind.lines = std::move(built->lines);
    if (!bind.context) bind.context = TlsContext::for_clients(bind.settings, built->line, bind.strict_sni);
    bind.context->replace(std::move(built->set));
    return {};
}

Result<void> TlsStore::build(TlsServer& server) {
    auto line = make(server, {});
    if (!line) return Error{line.error()};
    if (server.context)
        server.context->replace(std::move(*line));
    else
        server.context = TlsContext::for_servers(server.settings, std::move(*line));
    return {};
}

// --- replacing -----------------------------------------------------------------------------------------------

Result<void> TlsStore::replace(StoredCertificate& stored, std::shared_ptr<const Certificate> certificate) {
    const Swap swap{.stored = &stored, .certificate = certificate};
    const auto before = stored.staple;
    const bool used = users_of(stored) > 0;
    if (auto done = used ? staple(stored, *certificate, true) : Result<void>{}; !done) {
        stored.staple = before;
        return done;
    }
    std::vector<std::pair<TlsBind*, Built>> built;
    std::vector<std::pair<TlsServer*, std::shared_ptr<const TlsLine>>> lines;
    const auto fail = [&](const std::string& why) {
        stored.staple = before;
        return Error{why};
    };
    for (const auto& bind : binds) {
        if (!uses(*bind, stored)) continue;
        auto made = make(*bind, swap);
        if (!made) return fail(made.error());
        built.emplace_back(bind.get(), std::move(*made));
    }
    for (const auto& server : servers) {
        if (server->own != &stored) continue;
        auto made = make(*server, swap);
        if (!made) return fail(made.error());
        lines.emplace_back(server.get(), std::move(*made));
    }
    for (auto& [bind, made] : built) bind->context->replace(std::move(made.set));
    for (auto& [server, line] : lines) server->context->replace(std::move(line));
    stored.certificate = std::move(certificate);
    offer_to_tokens(stored);
    return {};
}

void TlsStore::offer_to_tokens(const StoredCertificate& stored) {
    std::lock_guard lock(token_mutex_);
    token_certificates_[stored.name] = stored.files.jwt ? stored.certificate : nullptr;
}

bool TlsStore::is_kept_from_tokens(std::string_view name) const {
    std::lock_guard lock(token_mutex_);
    const auto found = token_certificates_.find(name);
    return found != token_certificates_.end() && !found->second;
}

std::shared_ptr<const Certificate> TlsStore::token_certificate(std::string_view name) const {
    std::lock_guard lock(token_mutex_);
    const auto found = token_certificates_.find(name);
    return found == token_certificates_.end() ? nullptr : found->second;
}

Result<void> TlsStore::replace(TrustFile& file, std::shared_ptr<const Trust> content) {
    const Swap swap{.file = &file, .trust = content};
    std::vector<std::pair<TlsBind*, Built>> built;
    std::vector<std::pair<TlsServer*, std::shared_ptr<const TlsLine>>> lines;
    for (const auto& bind : binds) {
        if (std::none_of(bind->uses.begin(), bind->uses.end(),
                         [&](const TlsBind::Use& use) { return verifies_by(file, *bind, use.line); }))
            continue;
        auto made = make(*bind, swap);
        if (!made) return Error{made.error()};
        built.emplace_back(bind.get(), std::move(*made));
    }
    for (const auto& server : servers) {
        if (!verifies_by(file, *server)) continue;
        auto made = make(*server, swap);
        if (!made) return Error{made.error()};
        lines.emplace_back(server.get(), std::move(*made));
    }
    for (auto& [bind, made] : built) {
        bind->lines = std::move(made.lines);
        bind->context->replace(std::move(made.line), std::move(made.set));
    }
    for (auto& [server, line] : lines) server->context->replace(std::move(line));
    file.content = std::move(content);
    return {};
}

Result<void> TlsStore::add_line(CertificateList& list, std::unique_ptr<CertificateList::Line> line) {
    const CertificateList::Line* added = line.get();
    list.lines.push_back(std::move(line));
    for (const auto& bind : binds) {
        auto& uses = bind->uses;
        const auto last =
            std::find_if(uses.rbegin(), uses.rend(), [&list](const TlsBind::Use& use) { return use.list == &list; });
        if (last == uses.rend()) continue;
        uses.insert(last.base(), {.stored = added->stored, .list = &list, .line = added});
        if (auto built = build(*bind); !built) {
            remove_line(list, *added);
            return built;
        }
    }
    list.lines.back()->number = ++list.last_number;
    // One that was removed before may be there with its response still.
    StoredCertificate& stored = *added->stored;
    const OcspUpdate update = stored.files.ocsp_update;
    if (stored.staple && (update == OcspUpdate::on || (update == OcspUpdate::by_default && update_ocsp)))
        stored.staple->update.wanted = true;
    return {};
}

void TlsStore::remove_line(CertificateList& list, const CertificateList::Line& line) {
    StoredCertificate* const stored = line.stored;
    for (const auto& bind : binds) {
        const auto gone = std::erase_if(bind->uses, [&line](const TlsBind::Use& use) { return use.line == &line; });
        if (gone) static_cast<void>(build(*bind).ok());  // less than what could be built before
    }
    std::erase_if(list.lines, [&line](const auto& one) { return one.get() == &line; });
    // Its OCSP response stays, but is not fetched any more unless another one that is shown has the same ID.
    if (!stored || !stored->staple) return;
    stored->staple->update.wanted =
        std::any_of(
            certificates.begin(), certificates.end(),
            [&](const auto& one) { return one.second->staple == stored->staple && users_of(*one.second) > 0; }) &&
        stored->staple->update.wanted;
}

}  // namespace cfgproxy::net
