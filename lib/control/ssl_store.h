#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "control/cli_find.h"
#include "net/tls_store.h"

// What the commands about certificates share (management.txt 9.3: "show ssl ..." and kin).
namespace cfgproxy::control {

inline net::TlsStore& store_of(const CliCall& call) { return *call.generation->config->tls_store; }

/// A name that may begin with "*", for what a transaction has, and "\", so that a file may begin with "*".
struct AskedName {
    bool in_transaction = false;
    std::string name;
    explicit AskedName(std::string_view text) {
        in_transaction = text.starts_with('*');
        if (in_transaction) text.remove_prefix(1);
        if (text.starts_with('\\')) text.remove_prefix(1);
        name = text;
    }
};

/// An error with one line end behind it, as later releases make sure of for all.
inline void complain(CliCall& call, std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    call.error(text + "\n");
}

/// "The ongoing transaction is about 'A' but you are trying to WHAT 'B'"
inline std::string other_transaction(std::string_view about, std::string_view what, std::string_view name) {
    return "The ongoing transaction is about '" + std::string(about) + "' but you are trying to " + std::string(what) +
           " '" + std::string(name) + "'\n";
}

}  // namespace cfgproxy::control
