#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tls_store.h"

namespace cfgproxy::config {

/// A line of a crt-list: `FILE [options...] filter...` (manual, section 5.1 "crt-list").
struct ListLine {
    std::string path;  ///< as written; empty: nothing but blanks on the line
    net::ListOptions options;
    net::CertificateFiles files;  ///< `crt` is not set
    std::vector<std::string> filters;
    std::string warning;  ///< of what is read all the same; empty: none
    std::string pending;  ///< a word that is understood but not executed yet; empty: none
    std::uint32_t number = 0;
};

/// Reads one line, without its end. `file` and `number` are for the error, which is HAProxy's.
base::Result<ListLine> read_list_line(std::string_view line, std::string_view file, std::uint32_t number);

/// Reads a whole list; lines that are empty or comments are left out. `last`: the number of the last line.
base::Result<std::vector<ListLine>> read_list(std::string_view text, std::string_view file, std::uint32_t& last);

/// Puts `ca-base` in front of the files of authorities that the options name.
void add_base(net::ListOptions& options, const std::string& ca_base);

/// What `show ssl crt-list` says of a line's options: " [verify none]", or nothing.
std::string written_options(const net::ListOptions& options, const net::CertificateFiles& files);

/// How a certificate that is already known under other parameters is refused: a line for each; empty: they agree.
/// `updates`: what `ocsp-update` is where nothing is said.
std::string difference(const net::CertificateFiles& before, const net::CertificateFiles& now, bool updates);

}  // namespace cfgproxy::config
