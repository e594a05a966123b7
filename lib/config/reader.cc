#include "config/reader.h"

#include <algorithm>
#include <array>

#include "config/hint.h"
#include "config/sections.h"

namespace cfgproxy::config {

/// Turns statements into the model: knows which section is open, finds the row of each statement, checks what the row
/// says, and calls its function. One per load.
class Reader {
  public:
    Reader(model::Config& config, Source& source, base::Diagnostics& diagnostics, Environment& environment,
           Unresolved& unresolved, Era& era, const LoadOptions& options)
        : source_(source),
          diagnostics_(diagnostics),
          statements_(source, environment, diagnostics, options.build),
          sections_(config, diagnostics),
          parser_(config, diagnostics, environment, unresolved, era) {
        parser_.verbose_ = options.verbose;
        parser_.list_advisory_ = options.list_advisory;
        read_ = options.statements;
        diagnose_ = options.diagnostics;
    }

    /// False if HAProxy would not even look at what was read.
    bool read();

  private:
    void read_statement(const Statement& statement);
    void tell_time_remark(std::span<const Word> words, const base::Place& place, std::string remark);
    void read_words(std::span<const Word> words);
    void begin_section(const SectionWord& section, std::span<const Word> words);
    void read_keyword(std::span<const Word> words);
    bool is_in_place(const Found& found, std::span<const Word> words);
    bool is_well_prefixed(const Keyword& row, const Word& word);
    bool has_arity(const Keyword& row, const Word& word);
    void alert_prefix(const Word& word);
    void alert_unknown(const Word& word);

    const Source& source_;
    base::Diagnostics& diagnostics_;
    Statements statements_;
    Sections sections_;
    Parser parser_;
    bool in_section_ = false;
    bool other_section_ = false;  ///< one that is not `global` has been seen
    bool diagnose_ = false;
    bool skipping_ = false;  ///< the section as a whole was refused
    std::vector<ReadStatement>* read_ = nullptr;
};

bool Reader::read() {
    const std::string* file = nullptr;
    for (Statement statement; statements_.next(statement);) {
        if (statement.place.file != file) {
            file = statement.place.file;
            in_section_ = skipping_ = false;
            if (file) (void)parser_.default_path.enter(*file);
        }
        read_statement(statement);
    }
    return !statements_.aborted();
}

void Reader::read_statement(const Statement& statement) {
    const std::size_t alerts = diagnostics_.alerts(), messages = diagnostics_.list().size();
    parser_.place_ = statement.place;
    parser_.negated_ = parser_.defaulted_ = false;
    std::span<const Word> words = statement.words;
    if (read_)
        read_->push_back({.words = words, .place = statement.place, .old_spelling = statement.modern_error != nullptr});
    if (words[0].text == "no" || words[0].text == "default") {
        (words[0].text == "no" ? parser_.negated_ : parser_.defaulted_) = true;
        words = words.subspan(1);
        if (words.empty()) {
            alert_unknown(statement.words[0]);
            return;
        }
    }
    auto& unresolved = parser_.unresolved_.expressions;
    const std::size_t before = unresolved.size();
    read_words(words);
    // What a wrong line has begun is gone, and its expressions with it.
    if (diagnostics_.alerts() > alerts)
        unresolved.erase(unresolved.begin() + static_cast<std::ptrdiff_t>(before), unresolved.end());
    if (diagnose_ && words[0].text == "acl" && words.size() > 3) tell_odd_patterns(words.subspan(3), diagnostics_);
    if (std::string remark = take_time_remark(); !remark.empty()) tell_time_remark(words, statement.place, remark);
    if (statement.modern_error && diagnostics_.alerts() > alerts) {
        // The line is no sense in the old reading either: say what is wrong in today's.
        diagnostics_.shrink(messages);
        diagnostics_.add(*statement.modern_error);
    } else if (statement.modern_error) {
        diagnostics_.add(old_reading_warning(statement, source_));
        parser_.era().note_word(statement.modern_error->place, "1.5", "lone quotes");
    }
}

/// HAProxy says it of a server in the frame that server lines have, and elsewhere of no line at all.
void Reader::tell_time_remark(std::span<const Word> words, const base::Place& place, std::string remark) {
    if (words[0].text == "server" && words.size() > 1 && parser_.proxy_)
        remark = "[" + *place.file + ":" + std::to_string(place.line) + "] : 'server " + parser_.proxy_->name + "/" +
                 std::string(words[1].text) + "' : " + remark;
    diagnostics_.general(base::Severity::warning, place, std::move(remark));
}

void Reader::read_words(std::span<const Word> words) {
    if (const SectionWord* section = find_section(words[0].text)) {
        if (!parser_.negated_ && !parser_.defaulted_) return begin_section(*section, words);
        alert_prefix(words[0]);
        parser_.negated_ = parser_.defaulted_ = false;
        return begin_section(*section, words);
    }
    if (!in_section_)
        parser_.alert_tight(words[0], "unknown keyword '" + std::string(words[0].text) + "' out of section.");
    else if (!skipping_)
        read_keyword(words);
}

void Reader::begin_section(const SectionWord& section, std::span<const Word> words) {
    in_section_ = true;
    parser_.section_ = section.section;
    if (section.section != kGlobal) {
        other_section_ = true;
    } else if (other_section_ && diagnose_) {
        base::Diagnostic late{base::Severity::diag, words[0].place,
                              "global section detected after a non-global one, the prevalence of their statements is "
                              "unspecified"};
        diagnostics_.add(std::move(late));
    }
    if (read_) {
        read_->back().section = section.section;
        read_->back().begins_section = true;
    }
    statements_.set_section(words.size() > 1 ? words[1].text : words[0].text);
    parser_.words_ = words;
    parser_.args_ = words.subspan(1);
    parser_.opened_ = nullptr;
    parser_.section_pending_ = false;
    parser_.note_until(words[0], section.until, section.name);
    parser_.note_since(section.since);
    if (section.support == Support::pending) parser_.refuse_pending(words[0], "section", section.name);
    parser_.section_pending_ = section.support == Support::pending;
    if (const auto* opener = base::Table<SectionOpener>::find(section.name)) {
        parser_.opened_ = opener->open(parser_);
        skipping_ = !parser_.opened_;
        return;
    }
    if (parser_.section_pending_) {
        skipping_ = false;
        return;
    }
    Sections::Open open;
    skipping_ = !sections_.open(section, words, open);
    if (skipping_) return;
    parser_.proxy_ = open.proxy;
    parser_.inherited_ = open.inherited;
    parser_.userlist_ = open.userlist;
    if (open.addresses.empty()) return;

    // `listen NAME ADDRESS` of 1.x is a bind line inside the section's own.
    const std::array<Word, 2> bind{Word{"bind", words[0].place}, open.addresses[0]};
    parser_.tell_modern_form(open.addresses[0],
                             "'" + std::string(section.name) +
                                 " <name> <address>' is from HAProxy 1.x, which later releases refuse: "
                                 "'bind <address>' is its modern form");
    parser_.note_until(open.addresses[0], "1.5", std::string(section.name) + " <name> <address>");
    read_keyword(bind);
    for (auto& bound : open.proxy->binds) bound.is_section_address = true;
}

void Reader::read_keyword(std::span<const Word> words) {
    std::array<std::string_view, 4> texts;
    const std::size_t count = std::min(words.size(), texts.size());
    for (std::size_t i = 0; i < count; ++i) texts[i] = words[i].text;
    const Found found = find_keyword(std::span(texts).first(count), parser_.section_);
    // The address on a section's line is read as a statement of its own, which it is not.
    if (read_ && !read_->back().begins_section) {
        read_->back().section = parser_.section_;
        read_->back().row = found.row;
        read_->back().name_words = found.row ? found.words : 1;
        read_->back().negated = parser_.negated_;
        read_->back().defaulted = parser_.defaulted_;
    }
    if (!found.row) return alert_unknown(words[0]);
    const Keyword& row = *found.row;
    parser_.keyword_ = &row;
    parser_.words_ = words;
    parser_.args_ = words.subspan(found.words);
    if (!is_well_prefixed(row, words[0]) || !is_in_place(found, words)) return;
    if (!has_arity(row, words[found.words - 1])) return;
    parser_.note_until(words[found.words - 1], row.until, row.name);
    parser_.note_since(row.since);
    if (row.support == Support::pending) {
        const std::size_t alerts = diagnostics_.alerts();
        parser_.run(row);
        if (diagnostics_.alerts() == alerts) parser_.refuse_pending(words[found.words - 1], "keyword", row.name);
        return;
    }
    if (!row.modern.empty())
        parser_.tell_modern_form(words[0], "'" + std::string(row.name) + "' is not known to HAProxy after " +
                                               std::string(row.until) + ": '" + std::string(row.modern) +
                                               "' is its modern form");
    if (row.support == Support::advisory) parser_.tell_advisory(words[found.words - 1], "keyword", row.name);
    parser_.run(row);
}

bool Reader::is_well_prefixed(const Keyword& row, const Word& word) {
    const int wanted = (parser_.negated_ ? kNo : 0) | (parser_.defaulted_ ? kDefault : 0);
    if ((row.prefixes & wanted) == wanted) return true;
    if (word.text == "option")
        parser_.alert_tight(word, "negation/default is not supported for option '" +
                                      std::string(row.name.substr(word.text.size() + 1)) + "'.");
    else
        alert_prefix(word);
    return false;
}

void Reader::alert_prefix(const Word& word) {
    parser_.alert_tight(word,
                        "negation/default currently supported only for options, log, busy-polling, "
                        "set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping.");
}

/// Reports a word of another kind of section; true if the line should be read nevertheless.
bool Reader::is_in_place(const Found& found, std::span<const Word> words) {
    const Keyword& row = *found.row;
    const Word& word = words[0];
    const std::string name(row.name);
    if (found.here) {
        if (parser_.in_defaults() && row.named_defaults && parser_.proxy().name.empty()) {
            parser_.alert(word, "'" + name + "' not allowed in anonymous 'defaults' section.");
            return false;
        }
        return true;
    }
    if (!(parser_.section_ & kProxies) || !(row.sections & kProxies)) {
        alert_unknown(word);
        return false;
    }
    if (parser_.in_defaults()) {
        parser_.alert(word, "'" + name + "' not allowed in 'defaults' section.");
        return false;
    }
    const std::string lacks = parser_.section_ == kInBackend ? "frontend" : "backend";
    const std::string owner = std::string(kind_of(parser_.proxy())) + " '" + parser_.proxy().name + "'";
    if (row.misplaced == Misplaced::own) return true;
    if (row.misplaced == Misplaced::refuse) {
        parser_.alert(word, "'" + name + "' not allowed because " + owner + " has no " + lacks + " capability.");
        return false;
    }
    if (row.misplaced == Misplaced::timeout) {
        parser_.warning(word, "'" + name + "' will be ignored because " + owner + " has no " + lacks + " capability");
        return true;
    }
    const std::string_view shown = word.text == "option" ? words[found.words - 1].text : word.text;
    std::string text = "'" + std::string(shown) + "' ignored because " + owner + " has no " + lacks + " capability.";
    if (!row.meant.empty()) text += " Maybe you want '" + std::string(row.meant) + "' instead ?";
    parser_.warning(word, std::move(text));
    // Options in the wrong section are an error since 3.2.
    if (row.misplaced == Misplaced::skip && word.text == "option")
        parser_.note_until(words[found.words - 1], "3.1", name + " in a " + std::string(name_of(parser_.section_)));
    return row.misplaced == Misplaced::read;
}

bool Reader::has_arity(const Keyword& row, const Word& word) {
    if (parser_.args().size() < row.arity.min && !parser_.negated_) {
        const bool continues =
            row.form.starts_with("expects") || row.form.starts_with("requires") || row.form.starts_with("needs");
        std::string text;
        if (row.form.empty())
            text = "'" + std::string(row.name) + "' expects more arguments.";
        else if (continues)
            text = "'" + std::string(row.name) + "' " + std::string(row.form);
        else
            text = row.form;
        parser_.alert(word, std::move(text));
        return false;
    }
    return !parser_.too_many(row.arity.max, row.name);
}

void Reader::alert_unknown(const Word& word) {
    const bool is_userlist = parser_.section_ == kUserlist;
    std::string text = "unknown keyword '" + std::string(word.text) + "' in '" +
                       std::string(is_userlist ? "users" : name_of(parser_.section_)) + "' section";
    std::string_view near;
    if (!is_userlist) near = find_similar(word.text, first_words(parser_.section_));
    if (near == word.text) near = {};  // it is what follows that is unknown
    if (!near.empty()) text += "; did you mean '" + std::string(near) + "' maybe ?";
    diagnostics_.alert(word.place, std::move(text), std::string(near));
}

namespace {

void tell_era(Loaded& loaded) {
    base::Diagnostic notice{base::Severity::notice, loaded.era.place, loaded.era.text() + "."};
    notice.in_file = loaded.era.place.line != 0;
    loaded.diagnostics.add(std::move(notice));
}

/// Names that stand for nothing are told beside lines that are wrong, but for those that such a line may have given.
void add_unknown_names(Loaded& loaded, model::Config& config, Unresolved& unresolved) {
    std::vector<std::string> given;
    for (const base::Diagnostic& wrong : loaded.diagnostics.list()) {
        if (!wrong.fatal) continue;
        std::string line(loaded.source->raw_line(wrong.place));
        std::replace(line.begin(), line.end(), '\t', ' ');
        for (const std::string_view word : base::split(line, ' ')) {
            if (word == "stick-table") given.emplace_back("unable to find table");
            given.push_back("'" + std::string(word) + "'");
        }
    }
    base::Diagnostics unknown;
    find_names(config, unresolved, unknown);
    for (const base::Diagnostic& name : unknown.list())
        if (std::none_of(given.begin(), given.end(),
                         [&](const std::string& word) { return name.text.find(word) != name.text.npos; }))
            loaded.diagnostics.add(name);
}

Loaded load_source(Loaded loaded, const LoadOptions& options) {
    auto config = std::make_unique<model::Config>();
    config->pattern_lists = std::make_shared<sample::PatternLists>();
    const sample::PatternLists::Reading reading(*config->pattern_lists);
    if (options.no_verify) config->global.verify_servers = net::TlsVerify::none;
    config->global.insecure_fork = options.insecure_fork;
    config->global.no_reuse_port = options.no_reuse_port;
    Environment environment = options.environment;
    Unresolved unresolved;
    if (options.era) loaded.era.set_by_command_line(*options.era);
    Reader reader(*config, *loaded.source, loaded.diagnostics, environment, unresolved, loaded.era, options);
    loaded.aborted = !reader.read();
    config->era = loaded.era.release;
    config->oldest_release = base::parse_release(loaded.era.oldest).value_or(base::Release{1, 3});
    if (config->global.external_check_inherits) {
        auto inherited = std::make_shared<std::vector<std::string>>();
        for (const auto& [name, value] : environment.all()) inherited->push_back(name + "=" + value);
        config->global.check_environment = std::move(inherited);
    }
    // What is said about the whole makes no sense of a file that was not understood.
    if (loaded.aborted) return loaded;
    if (loaded.diagnostics.alerts()) {
        if (options.names_despite_errors) add_unknown_names(loaded, *config, unresolved);
        return loaded;
    }
    finalize(*config, unresolved, loaded.diagnostics);
    if (loaded.diagnostics.alerts()) return loaded;
    if (options.diagnostics) tell_suspicions(*config, loaded.diagnostics);
    if (!resolve_servers(*config, loaded.diagnostics)) {
        loaded.aborted = true;
        return loaded;
    }
    config->pattern_lists->give_numbers();
    config->sources = loaded.source;
    config->warnings = static_cast<std::uint32_t>(loaded.diagnostics.warnings());
    loaded.has_listener = has_listener(*config);
    if (options.verbose) tell_era(loaded);
    if (loaded.diagnostics.pendings() == 0 || options.keep_pending) loaded.config = std::move(config);
    return loaded;
}

}  // namespace

Loaded load(std::span<const std::string> paths, const LoadOptions& options) {
    Loaded loaded;
    loaded.source = std::make_shared<Source>();
    for (const std::string& path : paths) {
        auto added = loaded.source->add_path(path);
        if (added) continue;
        loaded.diagnostics.general(base::Severity::alert, {},
                                   "Cannot open configuration file/directory " + path + " : " + added.error());
        return loaded;
    }
    return load_source(std::move(loaded), options);
}

Loaded load_text(std::string_view name, std::string_view text, const LoadOptions& options) {
    Loaded loaded;
    loaded.source = std::make_shared<Source>();
    loaded.source->add_text(std::string(name), std::string(text));
    return load_source(std::move(loaded), options);
}

}  // namespace cfgproxy::config
