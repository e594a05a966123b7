#include "config/crt_list.h"

#include <algorithm>
#include <cctype>

#include "base/table.h"
#include "base/text.h"
#include "config/alpn.h"
#include "config/tls_versions.h"

namespace cfgproxy::config {
namespace {

using base::Error;
using base::Result;
using net::CertificateFiles;
using net::ListOptions;
using net::OcspUpdate;
using net::TlsVerify;
using net::TlsVersion;

constexpr std::size_t kLongestLine = 65535, kMostWords = 2048;

/// A word between the brackets; `set` gives an error, or nothing.
struct Option {
    std::string_view name;
    bool has_value = true;
    std::string_view missing = {};
    std::string (*set)(ListOptions& options, std::string_view value) = nullptr;
};

template <std::string ListOptions::*Member>
std::string set_text(ListOptions& options, std::string_view value) {
    options.*Member = value;
    return {};
}

template <bool ListOptions::*Member>
std::string set_flag(ListOptions& options, std::string_view) {
    options.*Member = true;
    return {};
}

template <TlsVersion ListOptions::*Member>
std::string set_version(ListOptions& options, std::string_view value) {
    options.*Member = version_named(value);
    if (options.*Member == TlsVersion::any) return "'" + std::string(value) + "' : unknown ssl/tls version";
    return {};
}

std::string set_alpn(ListOptions& options, std::string_view value) {
    std::string error;
    options.alpn = protocol_list(value, error);
    return error.empty() ? error : "'alpn' : " + error;
}

std::string set_no_alpn(ListOptions& options, std::string_view) {
    options.alpn = "";
    return {};
}

std::string set_verify(ListOptions& options, std::string_view value) {
    if (value == "none")
        options.verify = TlsVerify::none;
    else if (value == "optional")
        options.verify = TlsVerify::optional;
    else if (value == "required")
        options.verify = TlsVerify::required;
    else
        return "'verify' : unknown verify method '" + std::string(value) +
               "', only 'none', 'optional', and 'required' are supported";
    return {};
}

// clang-format off
constexpr Option kOptions[] = {
    {"allow-0rtt", false, "", set_flag<&ListOptions::early_data>},
    {"alpn", true, "the comma-delimited ALPN protocol suite", set_alpn},
    {"ca-file", true, "CAfile path", set_text<&ListOptions::ca_file>},
    {"ca-verify-file", true, "CAfile path", set_text<&ListOptions::ca_verify_file>},
    {"ciphers", true, "cipher suite", set_text<&ListOptions::ciphers>},
    {"ciphersuites", true, "cipher suite", set_text<&ListOptions::ciphersuites>},
    {"client-sigalgs", true, "signature algorithm list", set_text<&ListOptions::client_sigalgs>},
    {"crl-file", true, "CRLfile path", set_text<&ListOptions::crl_file>},
    {"curves", true, "curve suite", set_text<&ListOptions::curves>},
    {"ecdhe", true, "named curve", set_text<&ListOptions::ecdhe>},
    {"no-alpn", false, "", set_no_alpn},
    {"no-ca-names", false, "", set_flag<&ListOptions::no_ca_names>},
    {"npn", true, "the comma-delimited NPN protocol suite", set_text<&ListOptions::npn>},
    {"sigalgs", true, "signature algorithm list", set_text<&ListOptions::sigalgs>},
    {"ssl-max-ver", true, "the ssl/tls version", set_version<&ListOptions::max>},
    {"ssl-min-ver", true, "the ssl/tls version", set_version<&ListOptions::min>},
    {"verify", true, "verify method", set_verify},
};
// clang-format on
static_assert(std::is_sorted(std::begin(kOptions), std::end(kOptions),
                             [](const Option& a, const Option& b) { return a.name < b.name; }));

const Option* find_option(std::string_view name) {
    const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                     [name](const Option& option) { return option.name == name; });
    return found == std::end(kOptions) ? nullptr : found;
}

/// Parameters of a crt-store that lines of a list may have too.
struct FileOption {
    std::string_view name;
    std::string CertificateFiles::*member;
};
constexpr FileOption kFileOptions[] = {{"crt", &CertificateFiles::crt},
                                       {"issuer", &CertificateFiles::issuer},
                                       {"key", &CertificateFiles::key},
                                       {"ocsp", &CertificateFiles::ocsp},
                                       {"sctl", &CertificateFiles::sctl}};
constexpr std::string_view kPending[] = {"acme", "bits", "curves", "domains", "generate-dummy", "keytype", "ktls"};

/// The words of a line and where its brackets stand among them: words before `options_from` are the path, from
/// `options_to` on filters. Both 0 without brackets.
struct Words {
    std::vector<std::string_view> all;
    std::size_t options_from = 0, options_to = 0;
};

class LineReader {
  public:
    LineReader(std::string_view file, std::uint32_t number)
        : where_("parsing [" + std::string(file) + ":" + std::to_string(number) + "]: ") {
        line_.number = number;
    }

    Result<ListLine> read(std::string_view text) {
        if (text.size() >= kLongestLine)
            return Error{where_ + "line too long, limit is " + std::to_string(kLongestLine) + " characters"};
        auto split = split_words(text);
        if (!split) return Error{split.error()};
        words_ = std::move(*split);
        if (words_.all.empty()) return std::move(line_);
        line_.path = words_.all[0];
        if (words_.options_from > 1)
            line_.warning = where_ + "malformated line, filters can't be between filename and options!";
        std::size_t at = words_.options_from ? words_.options_from : 1;
        while (at < words_.options_to)
            if (std::string error = read_option(at); !error.empty()) return Error{std::move(error)};
        for (; at < words_.all.size(); ++at) line_.filters.emplace_back(words_.all[at]);
        return std::move(line_);
    }

  private:
    Result<Words> split_words(std::string_view text) const {
        Words words;
        bool in_word = false, closed = false;
        std::size_t begin = 0;
        const auto end_word = [&](std::size_t at) {
            if (in_word) words.all.push_back(text.substr(begin, at - begin));
            in_word = false;
        };
        for (std::size_t at = 0; at < text.size(); ++at) {
            const char c = text[at];
            if (std::isspace(static_cast<unsigned char>(c))) {
                end_word(at);
            } else if (c == '[') {
                end_word(at);
                if (words.options_from) return Error{where_ + "too many '['"};
                if (words.all.empty()) return Error{where_ + "file must start with a cert"};
                words.options_from = words.all.size();
            } else if (c == ']') {
                end_word(at);
                if (closed) return Error{where_ + "too many ']'"};
                if (!words.options_from) return Error{where_ + "missing '['"};
                closed = true;
                words.options_to = words.all.size();
            } else if (!in_word) {
                if (words.all.size() == kMostWords) return Error{where_ + "too many args "};
                in_word = true;
                begin = at;
            }
        }
        end_word(text.size());
        return words;
    }

    std::string_view word(std::size_t at) const { return at < words_.all.size() ? words_.all[at] : std::string_view(); }

    /// Reads the option at `at` and moves behind it.
    std::string read_option(std::size_t& at) {
        const std::string_view name = word(at), value = word(at + 1);
        if (const Option* option = find_option(name)) {
            line_.options.any = true;
            if (option->has_value && value.empty())
                return "'" + std::string(name) + "' : missing " + std::string(option->missing);
            if (std::string error = option->set(line_.options, value); !error.empty()) return error;
            at += option->has_value ? 2 : 1;
            if (at > words_.options_to) return where_ + "ssl args out of '[]' for " + std::string(name);
            return {};
        }
        if (!read_file_option(name, value)) return where_ + "unknown ssl keyword " + std::string(name);
        if (!problem_.empty()) return problem_;
        line_.files.given = CertificateFiles::Given::in_list;
        at += 2;
        return {};
    }

    bool read_file_option(std::string_view name, std::string_view value) {
        for (const FileOption& option : kFileOptions)
            if (option.name == name) {
                line_.files.*option.member = value;
                return true;
            }
        if (name == "ocsp-update") {
            if (value != "on" && value != "off")
                problem_ = "parsing [" + where_.substr(9, where_.size() - 12) +
                           "] : cannot parse 'ocsp-update' value '" + std::string(value) +
                           "', 'on' or 'off' is expected.\n";
            line_.files.ocsp_update = value == "on" ? OcspUpdate::on : OcspUpdate::off;
            return true;
        }
        if (name == "jwt") {
            if (value != "on" && value != "off")
                problem_ = "parsing [" + where_.substr(9, where_.size() - 12) + "] : cannot parse 'jwt' value '" +
                           std::string(value) + "', 'on' or 'off' is expected.\n";
            line_.files.jwt = value == "on";
            return true;
        }
        const bool known = std::find(std::begin(kPending), std::end(kPending), name) != std::end(kPending);
        if (known) line_.pending = name;
        return known;
    }

    std::string where_, problem_;
    Words words_;
    ListLine line_;
};

}  // namespace

Result<ListLine> read_list_line(std::string_view line, std::string_view file, std::uint32_t number) {
    return LineReader(file, number).read(line);
}

Result<std::vector<ListLine>> read_list(std::string_view text, std::string_view file, std::uint32_t& last) {
    std::vector<ListLine> lines;
    last = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        ++last;
        const std::string where = "parsing [" + std::string(file) + ":" + std::to_string(last) + "]: ";
        if (const std::size_t nul = line.find('\0'); nul != line.npos)
            return Error{where + "Stray NUL character at position " + std::to_string(nul + 1) + ".\n"};
        if (line.empty() || line.front() == '#' || line.front() == '\r') continue;
        auto read = read_list_line(line, file, last);
        if (!read) return Error{read.error()};
        if (end == text.npos) {
            // Written by a program that did not get to the end, perhaps.
            return Error{where + "Missing LF on last line, file might have been truncated at position " +
                         std::to_string(line.size() + 1) + ".\n"};
        }
        if (!read->path.empty()) lines.push_back(std::move(*read));
    }
    return lines;
}

void add_base(ListOptions& options, const std::string& ca_base) {
    if (ca_base.empty()) return;
    for (std::string* file : {&options.ca_file, &options.ca_verify_file, &options.crl_file})
        if (!file->empty() && !file->starts_with('/') && !file->starts_with('@')) *file = ca_base + "/" + *file;
}

std::string written_options(const ListOptions& options, const CertificateFiles& files) {
    if (!options.any && files.given == CertificateFiles::Given::nothing) return {};
    std::string text;
    const auto add = [&text](std::string_view word, std::string_view value = {}) {
        if (!text.empty()) text += ' ';
        text += word;
        if (!value.empty()) text.append(" ").append(value);
    };
    const auto add_text = [&add](std::string_view word, const std::string& value) {
        if (!value.empty()) add(word, value);
    };
    add_text("npn", options.npn);
    if (options.alpn) options.alpn->empty() ? add("no-alpn") : add("alpn", protocol_names(*options.alpn));
    constexpr std::string_view kVerify[] = {"none", "optional", "required"};
    if (options.verify) add("verify", kVerify[static_cast<int>(*options.verify)]);
    if (options.no_ca_names) add("no-ca-names");
    if (options.early_data) add("allow-0rtt");
    add_text("ca-file", options.ca_file);
    add_text("crl-file", options.crl_file);
    add_text("ciphers", options.ciphers);
    add_text("ciphersuites", options.ciphersuites);
    add_text("curves", options.curves);
    add_text("ecdhe", options.ecdhe);
    add_text("client-sigalgs", options.client_sigalgs);
    add_text("sigalgs", options.sigalgs);
    for (const TlsVersionName& row : kTlsVersions)
        if (row.version == options.min) add("ssl-min-ver", row.name);
    for (const TlsVersionName& row : kTlsVersions)
        if (row.version == options.max) add("ssl-max-ver", row.name);
    if (files.given != CertificateFiles::Given::nothing && files.ocsp_update != OcspUpdate::by_default)
        add("ocsp-update", files.ocsp_update == OcspUpdate::on ? "on" : "off");
    if (files.given != CertificateFiles::Given::nothing && files.jwt) add("jwt", "on");
    return " [" + text + "]";
}

std::string difference(const CertificateFiles& before, const CertificateFiles& now, bool updates) {
    using Given = CertificateFiles::Given;
    std::string text;
    if (before.given == Given::nothing && now.given == Given::nothing) return {};
    if (before.given == Given::in_store && now.given == Given::nothing) return {};
    if (before.given == Given::nothing)
        text += "Can't use the certificate previously defined without any keyword with these keywords:\n";
    else if (now.given == Given::nothing)
        text += "Can't use the certificate previously defined with keywords without these keywords:\n";
    for (const FileOption& option : kFileOptions) {
        if (option.name == "crt") continue;
        const std::string &was = before.*option.member, &is = now.*option.member;
        if (was != is)
            text += "- different parameter '" + std::string(option.name) + "' : previously '" +
                    (was.empty() ? "(null)" : was) + "' vs '" + (is.empty() ? "(null)" : is) + "'\n";
    }
    const auto effective = [updates](OcspUpdate value) {
        return value == OcspUpdate::by_default ? updates : value == OcspUpdate::on;
    };
    const auto name = [updates](OcspUpdate value) -> std::string {
        if (value == OcspUpdate::by_default)
            return std::string("'default' (ocsp-update.mode ") + (updates ? "on)" : "off)");
        return value == OcspUpdate::on ? "'on'" : "'off'";
    };
    if (effective(before.ocsp_update) != effective(now.ocsp_update))
        text += "- different parameter 'ocsp-update' : previously " + name(before.ocsp_update) + " vs " +
                name(now.ocsp_update) + "\n";
    if (before.jwt != now.jwt)
        text += std::string("- different parameter 'jwt' : previously '") + (before.jwt ? "on" : "off") + "' vs '" +
                (now.jwt ? "on" : "off") + "'\n";
    return text;
}

}  // namespace cfgproxy::config
