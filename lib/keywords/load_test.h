#pragma once
#include <string>
#include <string_view>

#include "config/reader.h"

// What tests of configuration words share: a text goes in, model and messages come out.
namespace cfgproxy::keywords {

inline config::Loaded load(std::string_view text) {
    config::LoadOptions options;
    options.environment = {};
    options.build.tls_number = 0x30000000;
    return config::load_text("t.cfg", text, options);
}

/// Settings that keep HAProxy from warning, in six lines: what is tested begins at line 7.
inline std::string quiet(std::string_view text) {
    return "defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n\n" + std::string(text);
}

/// All messages, one per line: "A 7: text" for an alert about line 7, "W" for warnings, "N" for notices.
inline std::string messages(const config::Loaded& loaded) {
    std::string all;
    for (const auto& d : loaded.diagnostics.list()) {
        all += d.severity == base::Severity::alert ? "A " : d.severity == base::Severity::warning ? "W " : "N ";
        all += std::to_string(d.place.line) + ": " + d.text + "\n";
    }
    return all;
}

/// The messages of a quiet text.
inline std::string complaints(std::string_view text) { return messages(load(quiet(text))); }

}  // namespace cfgproxy::keywords
