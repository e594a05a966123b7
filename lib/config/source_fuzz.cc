// Feeds arbitrary bytes to the reading of configuration files. The first byte chooses the environment; a second pass
// over the same bytes must give the same words. Places must lead back into the raw bytes.
#include <cstdlib>

#include "config/print.h"
#include "config/statements.h"

using namespace cfgproxy;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

/// Reads all; the result depends on nothing but the bytes.
std::string read(std::string_view bytes, unsigned choice) {
    config::Source source;
    config::Environment environment;
    environment.set("A", choice & 1 ? "x y  z " : "");
    if (choice & 2) environment.set("B", "\\\"'$#");
    base::Diagnostics diagnostics;
    config::Build build{
        .tls_number = choice & 4 ? 0x30000000u : 0u, .features = {"OPENSSL"}, .diag = (choice & 8) != 0};
    source.add_text("f.cfg", std::string(bytes));
    if (choice & 16) source.add_text("g.cfg", std::string(bytes));
    config::Statements statements(source, environment, diagnostics, build);
    std::string result;
    for (config::Statement s; statements.next(s);) {
        require(!s.words.empty() && s.words.size() <= bytes.size() * 64 + 64);
        for (const config::Word& w : s.words) {
            require(!w.text.empty() && w.place.line > 0 && w.place.column > 0 && w.place.length > 0);
            require(source.raw(w.place).size() == w.place.length);
            result += w.text;
            result += '\n';
        }
        if (s.words[0].text == "setenv" && s.words.size() > 2) environment.set(s.words[1].text, s.words[2].text);
        if (s.words[0].text == "section") statements.set_section(s.words.back().text);
        if (s.modern_error) {
            diagnostics.add(*s.modern_error);
            diagnostics.add(config::old_reading_warning(s, source));
        }
    }
    config::PrintOptions options{.pid = 1, .version = "x", .terminal = (choice & 32) != 0, .width = choice};
    result += config::print_diagnostics(diagnostics, source, options);
    for (const auto& d : diagnostics.list()) result += config::print_caret(d.place, source, choice);
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    require(read(bytes, data[0]) == read(bytes, data[0]));
    return 0;
}
