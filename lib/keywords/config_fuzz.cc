// Whole configurations: whatever bytes there are, reading them, the findings, the dump, tidying and migrating end, and
// what belongs together agrees. Words of the language get in by a mutator that puts one of all words, or a line of the
// tables in compat-tests/language, somewhere into the bytes.
#include <cstdlib>
#include <random>
#include <string>

#include "base/json_reader.h"
#include "base/offline.h"
#include "config/dump.h"
#include "config/findings.h"
#include "config/migrate.h"
#include "config/tidy.h"

using namespace cfgproxy;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

template <class Row>
void add_names(std::vector<std::string>& words) {
    for (const Row* row : base::Table<Row>::all()) words.emplace_back(row->name);
}

const std::vector<std::string>& all_words() {
    static const std::vector<std::string> words = [] {
        std::vector<std::string> all = {
            "if",  "unless", "{", "}",  "!",           "or", "no", "default", "from", "%[",   "]",  "127.0.0.1:80",
            "10s", "1k",     "0", "-1", "99999999999", "\"", "'",  "\\",      "#",    "${A}", "on", "off"};
        for (const auto& section : config::all_sections()) all.push_back("\n" + std::string(section.name));
        add_names<config::Keyword>(all);
        add_names<config::BindOption>(all);
        add_names<config::ServerOption>(all);
        add_names<config::ActionRow>(all);
        add_names<sample::Fetch>(all);
        add_names<sample::Converter>(all);
        add_names<sample::AclName>(all);
        return all;
    }();
    return words;
}

config::Loaded read(std::string_view text, std::vector<config::ReadStatement>& statements) {
    config::LoadOptions options;
    options.environment = {};
    options.keep_pending = options.verbose = options.list_advisory = options.diagnostics = true;
    options.statements = &statements;
    return config::load_text("f.cfg", text, options);
}

/// Files are opened by words of the language, so what might be a path is not tried.
bool is_harmless(std::string_view text) { return text.find('/') == text.npos || text.find("/dev") == text.npos; }

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    std::minstd_rand random(seed);
    if (random() % 3 == 0) return LLVMFuzzerMutate(data, size, most);
    std::string text(reinterpret_cast<const char*>(data), size);
    const std::string& word = all_words()[random() % all_words().size()];
    const std::string separator = random() % 4 == 0 ? "\n" : " ";
    text.insert(text.empty() ? 0 : random() % text.size(), separator + word + separator);
    text.resize(std::min(text.size(), most));
    std::copy(text.begin(), text.end(), data);
    return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!is_harmless(text)) return 0;
    base::offline() = true;
    std::vector<config::ReadStatement> statements;
    config::Loaded loaded = read(text, statements);
    for (const config::Finding& f : config::find_all(loaded)) require(f.mistake && !f.text.empty());
    const std::string tidied = config::tidy(text);
    require(config::tidy(tidied) == tidied);
    const auto dumped = config::read_dump(config::dump_json(loaded, statements));
    require(dumped.ok());
    const auto plain = config::plain_sections(statements);
    require(dumped->size() == plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i)
        require((*dumped)[i].words == plain[i].words && (*dumped)[i].statements == plain[i].statements);
    if (loaded.diagnostics.alerts() > 0) return 0;
    const config::Migrated migrated = config::migrate(loaded, statements, 0, "3.4");
    std::vector<config::ReadStatement> again;
    const config::Loaded reread = read(migrated.bytes, again);
    (void)reread;
    return 0;
}
