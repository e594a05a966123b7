// crt-lists and the names that bind lines answer to: show, add, del ssl crt-list, show ssl sni (management.txt 9.3).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "config/crt_list.h"
#include "config/duration.h"
#include "control/ssl_store.h"
#include "net/certificate_text.h"

namespace cfgproxy::control {
namespace {

using net::CertificateList;
using net::CertificateSet;
using net::StoredCertificate;
using net::TlsBind;

std::string without_slashes(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

void show(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const bool numbered = call.argument(0) == "-n";
    const std::string_view asked = call.argument(numbered ? 1 : 0);
    if (numbered && asked.empty()) return call.error("'show ssl crt-list -n' expects a filename or a directory\n");
    const net::TlsStore& store = store_of(call);
    if (asked.empty()) {
        for (const auto& [name, list] : store.lists) call.answer += name + "\n";
        return;
    }
    const CertificateList* list = store.find_list(without_slashes(asked));
    if (!list) return call.error("didn't find the specified filename\n");
    call.answer += "# " + list->name + "\n";
    for (const auto& line : list->lines) {
        call.answer += line->stored->name;
        if (numbered) call.answer += fmt::format(":{}", line->number);
        call.answer += config::written_options(line->options, line->stored->files);
        for (const std::string& filter : line->filters) call.answer += " " + filter;
        call.answer += '\n';
    }
}

/// The line that is to be added; nothing after an error, which is told.
struct Addition {
    CertificateList* list = nullptr;
    std::unique_ptr<CertificateList::Line> line;
    std::string warning, error;
};

/// Lists name only what is loaded already: the command line reads no files.
std::string unknown_file(const net::TlsStore& store, const net::ListOptions& options) {
    const std::pair<std::string_view, const std::string*> kFiles[] = {
        {"ca-file", &options.ca_file}, {"ca-verify-file", &options.ca_verify_file}, {"crl-file", &options.crl_file}};
    for (const auto& [option, file] : kFiles)
        if (!file->empty() && !store.find_trust(*file)) return fmt::format("'{}' : unable to load {}", option, *file);
    return {};
}

std::string read_addition(CliCall& call, Addition& into) {
    net::TlsStore& store = store_of(call);
    const std::string path = without_slashes(call.argument(0));
    into.list = store.find_list(path);
    if (!into.list) return "crt-list '" + path + "' does not exist!";
    const model::Global& global = call.generation->config->global;
    config::ListLine read;
    if (call.payload.data()) {
        if (call.payload.find('\n') != call.payload.npos) return "only one line of payload is supported!";
        auto parsed = config::read_list_line(call.payload, "CLI", 1);
        if (!parsed) return parsed.error();
        read = std::move(*parsed);
        config::add_base(read.options, global.ca_base);
        if (std::string unknown = unknown_file(store, read.options); !unknown.empty()) return unknown;
        if (!read.pending.empty()) return "'" + read.pending + "' is not executed yet by this version of cfgproxy";
    } else {
        read.path = call.argument(1);
    }
    if (read.path.empty()) return "'add ssl crtlist' should contain the certificate name in the payload";
    std::string name = read.path;
    if (!name.starts_with('/') && !name.starts_with('@') && !global.crt_base.empty())
        name = global.crt_base + "/" + name;
    StoredCertificate* stored = store.find(name);
    if (!stored) return "certificate '" + name + "' does not exist!";
    if (!stored->certificate || !stored->certificate->leaf()) return "certificate '" + name + "' is empty!";
    if (store.users_of(*stored) == 0) {
        stored->files.given = read.files.given;
        stored->files.ocsp_update = read.files.ocsp_update;
    } else if (const std::string why = config::difference(stored->files, read.files, store.update_ocsp); !why.empty()) {
        return "'" + name + "' is already instantiated with incompatible parameters:\n " + why;
    }
    if (into.list->folder) {
        const auto same = [stored](const auto& line) { return line->stored == stored; };
        if (std::any_of(into.list->lines.begin(), into.list->lines.end(), same))
            return "file already exists in this directory!";
        if (read.options.any || !read.filters.empty() || read.files.given != net::CertificateFiles::Given::nothing)
            return "this is a directory, SSL configuration, crt-store keywords and filters are not allowed";
    }
    into.warning = read.warning;
    into.line = std::make_unique<CertificateList::Line>(CertificateList::Line{
        .stored = stored, .options = std::move(read.options), .filters = std::move(read.filters)});
    return {};
}

void add(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(0).empty() || (!call.payload.data() && call.argument(1).empty()))
        return call.error("'add ssl crtlist' expects a filename and a certificate name\n");
    Addition addition;
    if (const std::string why = read_addition(call, addition); !why.empty())
        return complain(call, "Can't edit the crt-list: " + why);
    net::TlsStore& store = store_of(call);
    CertificateList& list = *addition.list;
    call.answer += fmt::format("Inserting certificate '{}' in crt-list '{}'", addition.line->stored->name, list.name);
    call.answer.append(store.binds_of(list), '.');
    const auto done = store.add_line(list, std::move(addition.line));
    call.answer += "\n" + addition.warning + (done ? "Success!\n" : done.error() + "Failed!\n");
    if (done) call.engine.update_ocsp();
}

/// The line that "CERTIFICATE[:NUMBER]" means; an error in `why` if there is none.
const CertificateList::Line* find_line(const CertificateList& list, const StoredCertificate& stored,
                                       std::uint32_t number, std::string& why) {
    std::vector<const CertificateList::Line*> all;
    for (const auto& line : list.lines)
        if (line->stored == &stored) all.push_back(line.get());
    if (all.empty()) {
        why = "certificate '" + stored.name + "' can't be found in crt-list '" + list.name + "'!";
        return nullptr;
    }
    std::string numbers;
    const CertificateList::Line* found = nullptr;
    for (const auto* line : all) {
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(line->number);
        if (!found && (number == 0 || line->number == number)) found = line;
    }
    if (!found)
        why = "found a certificate '" + stored.name +
              "' but the line number is incorrect, please specify a correct "
              "line number preceded by colons (" +
              numbers + ")!";
    if (number != 0 || all.size() == 1) return found;
    why = "found the certificate '" + stored.name +
          "' in several entries, please specify a line number preceded by "
          "colons (" +
          numbers + ")!";
    return nullptr;
}

/// Where the line is what clients get that ask for no known name.
std::string default_of(const net::TlsStore& store, const CertificateList::Line& line) {
    std::string places;
    for (const auto& bind : store.binds)
        for (const TlsBind::Use& use : bind->uses)
            if (use.line == &line && use.is_default != TlsBind::Default::no && !bind->strict_sni)
                places += fmt::format("\t- {}:{}\n", bind->file, bind->line_number);
    return places;
}

std::string remove_line(CliCall& call, std::string_view list_name, std::string_view asked, std::string& done) {
    net::TlsStore& store = store_of(call);
    std::uint32_t number = 0;
    std::string name(asked);
    if (const std::size_t colon = asked.find(':'); colon != asked.npos) {
        const std::string_view digits = asked.substr(colon + 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
            return "wrong line number after colons in '" + name + "'!";
        name.resize(colon);
    }
    const std::string path = without_slashes(list_name);
    CertificateList* list = store.find_list(path);
    if (!list) return "crt-list '" + path + "' does not exist!";
    const StoredCertificate* stored = store.find(name);
    if (!stored) return "certificate '" + name + "' does not exist!";
    if (!stored->certificate || !stored->certificate->leaf()) return "certificate '" + name + "' is empty!";
    std::string why;
    const CertificateList::Line* line = find_line(*list, *stored, number, why);
    if (!line) return why;
    if (const std::string places = default_of(store, *line); !places.empty())
        return "certificate '" + name +
               "' cannot be deleted, it is used as default certificate by the following "
               "frontends:\n" +
               places;
    store.remove_line(*list, *line);
    done = "Entry '" + name + "' deleted in crtlist '" + path + "'!\n";
    return {};
}

void remove(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(0).empty() || call.argument(1).empty())
        return call.error("'del ssl crtlist' expects a filename and a certificate name\n");
    std::string done;
    const std::string why = remove_line(call, call.argument(0), call.argument(1), done);
    if (!why.empty()) return complain(call, "Can't delete the entry: " + why);
    call.message(done, kSeverityNotice);
}

// --- show ssl sni --------------------------------------------------------------------------------------------

struct NamesQuery {
    std::string frontend;
    bool only_expired = false;
    std::time_t offset = 0;
};

/// Reads "[-f frontend] [-A] [-t offset]"; an error, or nothing.
std::string read_query(CliCall& call, NamesQuery& query) {
    for (std::size_t i = 0; !call.argument(i).empty(); ++i) {
        const std::string_view word = call.argument(i);
        if (word == "-A") {
            query.only_expired = true;
        } else if (word == "-f") {
            query.frontend = call.argument(++i);
            if (query.frontend.empty()) return "'-f' requires a frontend name!\n";
            if (!proxy_named(*call.generation->config, query.frontend, model::kFrontend))
                return "Couldn't find the specified frontend!\n";
        } else if (word == "-t") {
            const std::string_view value = call.argument(++i);
            if (value.empty()) return "'-t' requires an offset argument!\n";
            const auto time = config::parse_time(value, config::TimeUnit::s);
            if (time.status != config::Duration::Status::ok)
                return fmt::format("'-t {}' : unexpected character\n", value);
            if (time.value <= 0) return "'-t' expects a positive value";
            query.offset = static_cast<std::time_t>(time.value);
        } else {
            return "Invalid parameters, 'show ssl sni' only supports '-f', '-A' or '-t' options!\n";
        }
    }
    return {};
}

std::string_view kind_of(const net::Certificate& certificate) {
    switch (certificate.key_type()) {
        case net::Certificate::Key::ecdsa:
            return "ecdsa";
        case net::Certificate::Key::rsa:
            return "rsa";
        default:
            return "dsa";
    }
}

/// A name of a bind line and the certificate behind it.
struct Shown {
    std::string name;
    bool wildcard;
    const CertificateSet::Entry* entry;
};

/// Exact names first, each kind in the order of their bytes.
std::vector<Shown> names_of(const CertificateSet& set) {
    std::vector<Shown> all;
    for (const auto& entry : set.all()) {
        std::vector<CertificateSet::Filter> filters = CertificateSet::filters_of(*entry);
        if (entry->has_default) filters.emplace_back("*");
        std::vector<std::pair<bool, std::string>> seen;
        for (CertificateSet::Filter& filter : filters) {
            if (filter.excludes) continue;
            const std::pair key{filter.wildcard, filter.text};
            if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
            seen.push_back(key);
            all.push_back({std::move(filter.text), filter.wildcard, entry.get()});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) {
        return a.wildcard != b.wildcard ? b.wildcard : a.name < b.name;
    });
    return all;
}

void show_bind(std::string& to, const TlsBind& bind, const NamesQuery& query) {
    const auto set = bind.context->certificates();
    for (const Shown& shown : names_of(*set)) {
        const net::Certificate& certificate = *shown.entry->certificate;
        if (query.only_expired && std::time(nullptr) + query.offset <= net::not_after(*certificate.leaf())) continue;
        to += fmt::format("{}/{}:{}\t{}{}\t", bind.frontend, bind.file, bind.line_number, shown.wildcard ? "*" : "",
                          shown.name);
        bool excludes = false;
        for (const CertificateSet::Filter& filter : CertificateSet::filters_of(*shown.entry)) {
            if (!shown.wildcard || !filter.excludes) continue;
            to += "!" + filter.text + " ";
            excludes = true;
        }
        to += fmt::format("{}\t{}\t{}\t{}\t{}\n", excludes ? "" : "-", kind_of(certificate), certificate.path(),
                          net::not_after_text(*certificate.leaf()), net::not_before_text(*certificate.leaf()));
    }
}

void show_names(CliCall& call) {
    NamesQuery query;
    if (const std::string why = read_query(call, query); !why.empty()) return complain(call, why);
    call.answer += "# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\n";
    for (const auto& bind : store_of(call).binds)
        if (query.frontend.empty() || bind->frontend == query.frontend) show_bind(call.answer, *bind, query);
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "add ssl crt-list", .level = Level::admin, .support = Support::done, .usage = "add ssl crt-list <list> <cert> [opts]*  : add to crt-list file <list> a line <cert> or a payload", .run = add, .since = "2.0"},
    {.name = "del ssl crt-list", .level = Level::admin, .support = Support::done, .usage = "del ssl crt-list <list> <cert[:line]>   : delete a line <cert> from crt-list file <list>", .run = remove, .since = "2.0"},
    {.name = "show ssl crt-list", .level = Level::admin, .support = Support::done, .usage = "show ssl crt-list [-n] [<list>]         : show the list of crt-lists or the content of a crt-list file <list>", .run = show, .since = "2.0"},
    {.name = "show ssl sni", .support = Support::done, .usage = "show ssl sni [-f <frontend>] [-A] [-t <offset>] : display the list of SNI and their corresponding filename", .run = show_names, .since = "3.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
