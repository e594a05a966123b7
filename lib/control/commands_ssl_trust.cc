// Files of authorities and revocation lists: show, new, set, add, commit, abort, del (management.txt 9.3).
#include <fmt/format.h>

#include <charconv>

#include "control/ssl_store.h"
#include "net/certificate_text.h"

namespace cfgproxy::control {
namespace {

using net::Trust;
using net::TrustFile;
using Kind = TrustFile::Kind;

constexpr auto kCa = Kind::authorities, kCrl = Kind::revocations;

/// How messages call them.
template <Kind kind>
constexpr std::string_view kWord = kind == kCa ? "CA" : "CRL";
template <Kind kind>
constexpr std::string_view kOption = kind == kCa ? "ca-file" : "crl-file";

template <Kind kind>
net::TlsStore::TrustTransaction& transaction_of(CliCall& call) {
    return kind == kCa ? store_of(call).ca_transaction : store_of(call).crl_transaction;
}

std::size_t size_of(const std::shared_ptr<const Trust>& content) { return content ? content->size() : 0; }

template <Kind kind>
void show_names(CliCall& call) {
    const auto line = [](const std::string& name, const std::shared_ptr<const Trust>& content) {
        return kind == kCa ? fmt::format("{} - {} certificate(s)\n", name, size_of(content)) : name + "\n";
    };
    const auto& transaction = transaction_of<kind>(call);
    if (transaction.file) call.answer += "# transaction\n*" + line(transaction.file->name, transaction.next);
    call.answer += "# filename\n";
    for (const auto& [name, file] : store_of(call).trust_files)
        if (file->kind == kind) call.answer += line(name, file->content);
}

template <Kind kind>
void add_details(std::string& to, const Trust& content, std::size_t index) {
    const auto add = [&](const auto& all, std::string_view title, auto text) {
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i] && (index == 0 || index == i + 1))
                to += fmt::format(" \n{} #{}:\n{}", title, i + 1, text(*all[i]));
    };
    if (kind == kCa)
        add(content.certificates(), "Certificate", [](const auto& one) { return net::certificate_details(one); });
    else
        add(content.revocation_lists(), "Certificate Revocation List",
            [](const auto& one) { return net::revocation_details(one); });
}

/// HAProxy always has the authorities of the machine, for its own client, and shows them. Here they are read when
/// somebody asks; where a chroot hides them they are not shown.
void add_system_authorities(net::TlsStore& store) {
    const std::string name = "@system-ca";
    if (store.find_trust(name)) return;
    if (auto content = Trust::from_path(name))
        store.trust_files[name] =
            std::make_unique<TrustFile>(TrustFile{.name = name, .kind = kCa, .content = std::move(*content)});
}

template <Kind kind>
void show(CliCall& call) {
    if (!has_level(call, Level::operator_)) return;
    if (kind == kCa) add_system_authorities(store_of(call));
    std::string_view asked = call.argument(0);
    if (asked.empty()) return show_names<kind>(call);
    std::size_t index = 0;
    if (const std::size_t colon = asked.find(':'); colon != asked.npos) {
        const std::string_view number = asked.substr(colon + 1);
        const auto read = std::from_chars(number.data(), number.data() + number.size(), index);
        if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || index == 0)
            return call.error(fmt::format("wrong {} index after colons in '{}'!\n", kWord<kind>, asked));
        asked = asked.substr(0, colon);
    }
    const AskedName name(asked);
    const auto& transaction = transaction_of<kind>(call);
    const TrustFile* file = name.in_transaction ? transaction.file : store_of(call).find_trust(name.name);
    if (!file || file->name != name.name || file->kind != kind)
        return call.error(fmt::format("Can't display the {} file : Not found!\n", kWord<kind>));
    const auto& content = name.in_transaction ? transaction.next : file->content;
    const std::string_view status = !content                              ? "Empty"
                                    : name.in_transaction                 ? "Uncommitted"
                                    : store_of(call).users_of(*file) == 0 ? "Unused"
                                                                          : "Used";
    // HAProxy shows nothing of a CA file that is empty, or has no certificate of that number.
    std::string details;
    if (content) add_details<kind>(details, *content, index);
    if (kind == kCa && details.empty()) return;
    call.answer += fmt::format("Filename: {}{}\nStatus: {}\n", name.in_transaction ? "*" : "", file->name, status);
    call.answer += details;
}

template <Kind kind>
void make_new(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error(fmt::format("'new ssl {}' expects a filename\n", kOption<kind>));
    net::TlsStore& store = store_of(call);
    if (store.find_trust(name)) return call.error(fmt::format("{} file '{}' already exists!\n", kWord<kind>, name));
    store.trust_files[name] = std::make_unique<TrustFile>(TrustFile{.name = name, .kind = kind});
    call.message(fmt::format("New {} file created '{}'!\n", kWord<kind>, name), kSeverityNotice);
}

template <Kind kind, bool adds>
void set(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty() || !call.payload.data())
        return call.error(
            fmt::format("'set ssl {}' expects a filename and {}s as a payload\n", kOption<kind>, kWord<kind>));
    auto& transaction = transaction_of<kind>(call);
    const auto fail = [&](const std::string& text) { call.error(text + "Can't update " + name + "!\n"); };
    if (transaction.file && transaction.file->name != name)
        return fail(other_transaction(transaction.file->name, "set", name));
    TrustFile* file = transaction.file ? transaction.file : store_of(call).find_trust(name);
    if (!file)
        return fail(
            fmt::format("Can't replace a {} file which is not referenced by the configuration!\n", kWord<kind>));
    const auto& old = transaction.file ? transaction.next : file->content;
    auto content = Trust::from_pem(std::string(call.payload), adds ? old.get() : nullptr);
    if (!content) return fail("Invalid payload\n");
    call.message(
        fmt::format("transaction {} for {} {}!\n", transaction.file ? "updated" : "created", kWord<kind>, name),
        kSeverityNotice);
    transaction = {file, std::move(*content)};
}

template <Kind kind>
void commit(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'commit ssl ca-file' expects a filename\n");
    auto& transaction = transaction_of<kind>(call);
    const auto fail = [&](const std::string& text) { call.error(text + "Can't commit " + name + "!\n"); };
    if (!transaction.file) return fail("No ongoing transaction! !\n");
    if (transaction.file->name != name) return fail(other_transaction(transaction.file->name, "set", name));
    net::TlsStore& store = store_of(call);
    call.answer += "Committing " + name;
    call.answer.append(store.users_of(*transaction.file), '.');
    const auto done = store.replace(*transaction.file, transaction.next);
    call.answer += done ? "\nSuccess!\n" : "\n" + done.error() + "Failed!\n";
    transaction = {};
}

template <Kind kind>
void abort(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error(fmt::format("'abort ssl {}' expects a filename\n", kOption<kind>));
    auto& transaction = transaction_of<kind>(call);
    if (!transaction.file) return call.error("No ongoing transaction!\n");
    if (transaction.file->name != name)
        return call.error(other_transaction(transaction.file->name, "abort a transaction for", name));
    transaction = {};
    call.message("Transaction aborted for certificate '" + name + "'!\n", kSeverityNotice);
}

template <Kind kind>
void remove(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty())
        return call.error(fmt::format("'del ssl {}' expects a {} file name\n", kOption<kind>, kWord<kind>));
    const auto fail = [&](const std::string& text) {
        complain(call, fmt::format("Can't remove the {} file: {}", kWord<kind>, text));
    };
    const auto& transaction = transaction_of<kind>(call);
    if (transaction.file && transaction.file->name == name)
        return fail(fmt::format("ongoing transaction for the {} file '{}'", kWord<kind>, name));
    net::TlsStore& store = store_of(call);
    const TrustFile* file = store.find_trust(name);
    if (!file) return fail(fmt::format("{} file '{}' doesn't exist!\n", kWord<kind>, name));
    if (kind == kCrl && file->kind != kCrl) return fail("'del ssl crl-file' does not work on CA files!\n");
    if (store.users_of(*file) > 0)
        return fail(fmt::format("{} file '{}' in use, can't be deleted!\n", kWord<kind>, name));
    store.trust_files.erase(name);
    call.message(fmt::format("{} file '{}' deleted!\n", kWord<kind>, name), kSeverityNotice);
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "abort ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "abort ssl ca-file <cafile>              : abort a transaction for a CA file", .run = abort<kCa>, .since = "2.0"},
    {.name = "abort ssl crl-file", .level = Level::admin, .support = Support::done, .usage = "abort ssl crl-file <crlfile>            : abort a transaction for a CRL file", .run = abort<kCrl>, .since = "2.0"},
    {.name = "add ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "add ssl ca-file <cafile> <payload>      : add a certificate into the CA file", .run = set<kCa, true>, .since = "3.0"},
    {.name = "commit ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "commit ssl ca-file <cafile>             : commit a CA file", .run = commit<kCa>, .since = "2.0"},
    {.name = "commit ssl crl-file", .level = Level::admin, .support = Support::done, .usage = "commit ssl crl-file <crlfile>           : commit a CRL file", .run = commit<kCrl>, .since = "2.0"},
    {.name = "del ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "del ssl ca-file <cafile>                : delete an unused CA file", .run = remove<kCa>, .since = "2.0"},
    {.name = "del ssl crl-file", .level = Level::admin, .support = Support::done, .usage = "del ssl crl-file <crlfile>              : delete an unused CRL file", .run = remove<kCrl>, .since = "2.0"},
    {.name = "new ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "new ssl ca-file <cafile>                : create a new CA file to be used in a crt-list", .run = make_new<kCa>, .since = "2.0"},
    {.name = "new ssl crl-file", .level = Level::admin, .support = Support::done, .usage = "new ssl crlfile <crlfile>               : create a new CRL file to be used in a crt-list", .run = make_new<kCrl>, .since = "2.0"},
    {.name = "set ssl ca-file", .level = Level::admin, .support = Support::done, .usage = "set ssl ca-file <cafile> <payload>      : replace a CA file", .run = set<kCa, false>, .since = "2.0"},
    {.name = "set ssl crl-file", .level = Level::admin, .support = Support::done, .usage = "set ssl crl-file <crlfile> <payload>    : replace a CRL file", .run = set<kCrl, false>, .since = "2.0"},
    {.name = "show ssl ca-file", .support = Support::done, .usage = "show ssl ca-file [<cafile>[:<index>]]   : display the SSL CA files used in memory, or the details of a <cafile>, or a single certificate of index <index> of a CA file <cafile>", .run = show<kCa>, .since = "2.0"},
    {.name = "show ssl crl-file", .support = Support::done, .usage = "show ssl crl-file [<crlfile[:<index>>]] : display the SSL CRL files used in memory, or the details of a <crlfile>, or a single CRL of index <index> of CRL file <crlfile>", .run = show<kCrl>, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
