// Certificates: show, new, set, commit, abort, del, dump (management.txt 9.3).
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "control/ssl_store.h"
#include "net/certificate_text.h"

namespace cfgproxy::control {
namespace {

using net::Certificate;
using net::StoredCertificate;
using Piece = Certificate::Piece;
using CertificatePointer = std::shared_ptr<const Certificate>;

constexpr base::Release kShowsFiles{3, 2};

void not_found(CliCall& call) {
    call.error("Can't display the certificate: Not found or the certificate is a bundle!\n");
}

void show_names(CliCall& call) {
    const net::TlsStore& store = store_of(call);
    if (store.transaction.stored) call.answer += "# transaction\n*" + store.transaction.stored->name + "\n";
    call.answer += "# filename\n";
    for (const auto& [name, stored] : store.certificates) call.answer += name + "\n";
}

/// Where its pieces come from, which later releases show.
std::string files_text(const net::CertificateFiles& files, bool updates) {
    std::string text;
    const auto add = [&text](std::string_view what, const std::string& file) {
        if (!file.empty()) text += fmt::format("{}: {}\n", what, file);
    };
    add("Crt filename", files.crt);
    add("Key filename", files.key);
    add("OCSP filename", files.ocsp);
    add("OCSP Issuer filename", files.issuer);
    add("SCTL filename", files.sctl);
    // HAProxy says "on" of an explicit "off" too; it tells whether the word was given.
    const bool on = files.ocsp_update != net::OcspUpdate::by_default || updates;
    text += fmt::format("Option: ocsp-update {}\nOption: jwt {}\n", on ? "on" : "off", files.jwt ? "on" : "off");
    return text;
}

std::string hexadecimal(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

void show_details(CliCall& call, const StoredCertificate& stored, const Certificate* certificate, bool uncommitted) {
    const net::TlsStore& store = store_of(call);
    call.answer += fmt::format("Filename: {}{}\n", uncommitted ? "*" : "", stored.name);
    if (call.generation->config->era >= kShowsFiles) call.answer += files_text(stored.files, false);
    const bool empty = !certificate || !certificate->leaf();
    const std::string_view status = empty                         ? "Empty"
                                    : uncommitted                 ? "Uncommitted"
                                    : store.users_of(stored) == 0 ? "Unused"
                                                                  : "Used";
    call.answer += fmt::format("Status: {}\n", status);
    if (!empty && !certificate->chain_file().empty())
        call.answer += fmt::format("Chain Filename: {}\n", certificate->chain_file());
    if (!empty) call.answer += net::certificate_details(*certificate->leaf(), certificate->chain());
    call.answer += "OCSP Response Key: ";
    if (stored.staple && !uncommitted) call.answer += hexadecimal(stored.staple->id);
    call.answer += '\n';
}

void show_ocsp(CliCall& call, const StoredCertificate& stored, const Certificate* certificate, bool uncommitted) {
    if (uncommitted && certificate && !certificate->ocsp().empty()) {
        call.answer += net::ocsp_response_text(certificate->ocsp());
        return;
    }
    const auto response = stored.staple ? stored.staple->response() : nullptr;
    if (response) call.answer += net::ocsp_response_text(*response);
}

void show(CliCall& call) {
    if (!has_level(call, Level::operator_)) return;
    if (call.argument(0).empty()) return show_names(call);
    const net::TlsStore& store = store_of(call);
    std::string_view asked = call.argument(0);
    const bool ocsp = asked.ends_with(".ocsp");
    if (ocsp) asked.remove_suffix(5);
    const AskedName name(asked);
    const StoredCertificate* stored = nullptr;
    if (name.in_transaction)
        stored = store.transaction.stored && store.transaction.stored->name == name.name ? store.transaction.stored
                                                                                         : nullptr;
    else
        stored = store.find(name.name);
    if (!stored) return not_found(call);
    const Certificate* certificate = name.in_transaction ? store.transaction.next.get() : stored->certificate.get();
    ocsp ? show_ocsp(call, *stored, certificate, name.in_transaction)
         : show_details(call, *stored, certificate, name.in_transaction);
}

void dump(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const net::TlsStore& store = store_of(call);
    const std::string_view asked = call.argument(0);
    if (asked.starts_with('*')) {
        if (!store.transaction.stored || store.transaction.stored->name != asked.substr(1)) return not_found(call);
        call.answer += net::certificate_pem(*store.transaction.next);
        return;
    }
    const StoredCertificate* stored = store.find(asked);
    if (!stored) return not_found(call);
    if (stored->certificate) call.answer += net::certificate_pem(*stored->certificate);
}

void make_new(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'new ssl cert' expects a filename\n");
    net::TlsStore& store = store_of(call);
    if (store.find(name)) return call.error("Certificate '" + name + "' already exists!\n");
    store.add(name);
    call.message("New empty certificate store '" + name + "'!\n", kSeverityNotice);
}

struct Ending {
    std::string_view text;
    Piece piece;
};
constexpr Ending kEndings[] = {
    {".key", Piece::key}, {".ocsp", Piece::ocsp}, {".sctl", Piece::sctl}, {".issuer", Piece::issuer}};

/// Which certificate, and which piece of it, a file is: "a.pem.key" is the key of "a.pem".
struct Target {
    std::string name;
    Piece piece = Piece::pem;
    explicit Target(std::string_view file) : name(file) {
        for (const Ending& ending : kEndings)
            if (file.ends_with(ending.text)) {
                name.resize(name.size() - ending.text.size());
                piece = ending.piece;
                return;
            }
    }
};

/// The certificate to change: of the transaction, or in the store. An error is appended to `why`.
StoredCertificate* find_target(const net::TlsStore& store, Target& target, std::string& why) {
    const auto& transaction = store.transaction;
    const bool may_be_crt = target.piece != Piece::pem && store.drops_extension;
    if (transaction.stored) {
        if (transaction.stored->name == target.name) return transaction.stored;
        if (may_be_crt && transaction.stored->name == target.name + ".crt") {
            target.name += ".crt";
            return transaction.stored;
        }
        why = other_transaction(transaction.stored->name, "set", target.name);
        return nullptr;
    }
    StoredCertificate* stored = store.find(target.name);
    if (!stored && may_be_crt && (stored = store.find(target.name + ".crt"))) target.name += ".crt";
    if (!stored) why = "Can't replace a certificate which is not referenced by the configuration!\n";
    return stored;
}

void set(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string file(call.argument(0));
    if (file.empty() || !call.payload.data())
        return call.error("'set ssl cert' expects a filename and a certificate as a payload\n");
    net::TlsStore& store = store_of(call);
    Target target(file);
    std::string why;
    StoredCertificate* stored = find_target(store, target, why);
    const auto fail = [&](const std::string& text) { call.error(text + "Can't update " + file + "!\n"); };
    if (!stored) return fail(why);
    auto& transaction = store.transaction;
    const Certificate* old = transaction.stored ? transaction.next.get() : stored->certificate.get();
    auto made = Certificate::with(old, target.name, target.piece, std::string(call.payload));
    if (!made) return fail(made.error() + "Can't load the payload\n");
    call.message(
        fmt::format("Transaction {} for certificate {}!\n", transaction.stored ? "updated" : "created", stored->name),
        kSeverityNotice);
    transaction.stored = stored;
    transaction.next = std::move(*made);
}

void commit(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'commit ssl cert' expects a filename\n");
    net::TlsStore& store = store_of(call);
    auto& transaction = store.transaction;
    const auto fail = [&](const std::string& text) { call.error(text + "Can't commit " + name + "!\n"); };
    if (!transaction.stored) return fail("No ongoing transaction! !\n");
    StoredCertificate& stored = *transaction.stored;
    if (stored.name != name) return fail(other_transaction(stored.name, "set", name));
    const CertificatePointer next = transaction.next;
    const std::size_t users = store.users_of(stored);
    if (!next->leaf() || ((next->key() || users > 0) && !next->key_fits()))
        return fail("inconsistencies between private key and certificate loaded '" + name + "'.\n");
    call.answer += "Committing " + name;
    const std::size_t warned = store.warnings.size();
    const auto done = store.replace(stored, next);
    if (done) call.answer.append(users, '.');
    call.answer += '\n';
    for (std::size_t i = warned; i < store.warnings.size(); ++i) call.answer += store.warnings[i] + "\n";
    call.answer += done ? "Success!\n" : done.error() + "Failed!\n";
    if (done) call.engine.update_ocsp();
    transaction = {};
}

void abort(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'abort ssl cert' expects a filename\n");
    auto& transaction = store_of(call).transaction;
    if (!transaction.stored) return call.error("No ongoing transaction!\n");
    if (transaction.stored->name != name)
        return call.error(other_transaction(transaction.stored->name, "abort a transaction for", name));
    transaction = {};
    call.message("Transaction aborted for certificate '" + name + "'!\n", kSeverityNotice);
}

void remove(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'del ssl cert' expects a certificate name\n");
    net::TlsStore& store = store_of(call);
    const auto fail = [&](const std::string& text) { complain(call, "Can't remove the certificate: " + text); };
    if (store.transaction.stored && store.transaction.stored->name == name)
        return fail("ongoing transaction for the certificate '" + name + "'");
    const StoredCertificate* stored = store.find(name);
    if (!stored) return fail("certificate '" + name + "' doesn't exist!\n");
    if (stored->files.jwt) return fail("certificate '" + name + "' in use for JWT validation, can't be deleted!\n");
    if (store.users_of(*stored) > 0 || store.is_listed(*stored))
        return fail("certificate '" + name + "' in use, can't be deleted!\n");
    store.certificates.erase(name);
    call.message("Certificate '" + name + "' deleted!\n", kSeverityNotice);
}

/// Our own: when certificates end, the next one first.
void show_expiry(CliCall& call) {
    if (!has_level(call, Level::operator_)) return;
    std::vector<std::pair<std::time_t, const StoredCertificate*>> all;
    for (const auto& [name, stored] : store_of(call).certificates)
        if (stored->certificate && stored->certificate->leaf())
            all.emplace_back(net::not_after(*stored->certificate->leaf()), stored.get());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->name < b.second->name;
    });
    constexpr std::time_t kDay = 24 * 60 * 60;
    call.answer += "# days notAfter (filename)\n";
    const std::time_t now = std::time(nullptr);
    for (const auto& [end, stored] : all)
        call.answer += fmt::format("{} {} ({})\n", end < now ? -1 : (end - now) / kDay,
                                   net::not_after_text(*stored->certificate->leaf()), stored->name);
}

void show_providers(CliCall& call) {
    call.answer += "Loaded providers : \n";
    for (const std::string& name : net::provider_names()) call.answer += "\t- " + name + "\n";
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "abort ssl cert", .level = Level::admin, .support = Support::done, .usage = "abort ssl cert <certfile>               : abort a transaction for a certificate file", .run = abort, .since = "2.0"},
    {.name = "commit ssl cert", .level = Level::admin, .support = Support::done, .usage = "commit ssl cert <certfile>              : commit a certificate file", .run = commit, .since = "2.0"},
    {.name = "del ssl cert", .level = Level::admin, .support = Support::done, .usage = "del ssl cert <certfile>                 : delete an unused certificate file", .run = remove, .since = "2.0"},
    {.name = "dump ssl cert", .level = Level::admin, .support = Support::done, .usage = "dump ssl cert <certfile>                : dump the SSL certificates in PEM format", .run = dump, .since = "3.0"},
    {.name = "new ssl cert", .level = Level::admin, .support = Support::done, .usage = "new ssl cert <certfile>                 : create a new certificate file to be used in a crt-list or a directory", .run = make_new, .since = "2.0"},
    {.name = "set ssl cert", .level = Level::admin, .support = Support::done, .usage = "set ssl cert <certfile> <payload>       : replace a certificate file", .run = set, .since = "2.0"},
    {.name = "show ssl cert", .support = Support::done, .usage = "show ssl cert [<certfile>]              : display the SSL certificates used in memory, or the details of a file", .run = show, .since = "2.0"},
    {.name = "show ssl expiry", .support = Support::done, .usage = "show ssl expiry                         : display when certificates expire, the next one first (cfgproxy only)", .run = show_expiry, .since = "3.0"},
    {.name = "show ssl providers", .support = Support::done, .usage = "show ssl providers                      : show loaded SSL providers", .run = show_providers, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
