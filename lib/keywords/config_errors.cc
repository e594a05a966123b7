// Answers in place of the built-in ones: errorfile, errorloc, errorfiles, http-error, and the section http-errors
// (manual 2.6 sections 4.2 and 3.9).
#include <algorithm>

#include "config/sections.h"
#include "keywords/replies.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

/// The status in `word`; 0 after reporting that there is no answer of that status to replace.
int read_status(Parser& parser, const Word& word) {
    const auto status = config::leading_number(word.text);
    if (has_error_page(status)) return static_cast<int>(status);
    // Until 2.1 others were read over; 2.2 began to refuse them.
    const bool was_warning = parser.keyword().since == "1.3" && !parser.keyword().name.ends_with("files");
    if (was_warning && status >= 400 && status < 600) {
        parser.note_until(word, "2.1", std::string(parser.keyword().name) + " " + std::to_string(status));
        parser.warning(word, "status code " + std::to_string(status) + " not handled by " +
                                 quoted(parser.keyword().name) + ", error customization will be ignored.");
        return 0;
    }
    parser.alert(word,
                 std::string(parser.keyword().name) + " : status code '" + std::to_string(status) + "' not handled.");
    return 0;
}

/// Null after reporting why the file cannot be used.
std::shared_ptr<const std::string> read_message(Parser& parser) {
    std::string error, warning;
    auto message = read_error_file(std::string(parser.arg(1)), parser.global().buffer_size, error, warning);
    if (!message) parser.alert(parser.arg_word(1), "errorfile : " + error);
    if (!warning.empty()) parser.warning(parser.arg_word(1), warning);
    return message;
}

/// The last line about a status counts, be it of whatever word.
void set_reply(Parser& parser, int status, model::ErrorReply reply) {
    for (model::ErrorFiles& files : parser.proxy().error_files) files.overridden.push_back(status);
    parser.proxy().error_replies[status] = std::move(reply);
}

void set_error_file(Parser& parser) {
    const int status = read_status(parser, parser.arg_word(0));
    if (!status) return;
    if (auto raw = read_message(parser)) set_reply(parser, status, {.raw = std::move(raw)});
}

template <std::uint16_t Redirect>
void set_error_location(Parser& parser) {
    if (const int status = read_status(parser, parser.arg_word(0)))
        set_reply(parser, status, {.redirect = Redirect, .location = std::string(parser.arg(1))});
}

void add_error_files(Parser& parser, model::ErrorFiles files) {
    for (model::ErrorFiles& earlier : parser.proxy().error_files)
        earlier.overridden.insert(earlier.overridden.end(), files.statuses.begin(), files.statuses.end());
    parser.proxy().error_files.push_back(std::move(files));
}

void set_error_files(Parser& parser) {
    model::ErrorFiles files{.section = std::string(parser.arg(0)), .place = parser.place()};
    for (const Word& word : parser.args().subspan(1)) {
        const int status = read_status(parser, word);
        if (!status) return;
        files.statuses.push_back(status);
    }
    add_error_files(parser, std::move(files));
}

void set_http_error(Parser& parser) {
    parser.frame = {.before = "http-error : ", .after = ""};
    parser.set_option_words(parser.words());
    ReplyFacts facts;
    auto reply = read_reply(parser, {.status = 0, .other_words = true}, facts);
    if (!reply) return;
    if (!facts.status) return parser.alert(parser.words()[0], "http-error : expects at least a <status> as arguments.");
    if (!has_error_page(facts.status))
        return parser.alert(parser.words()[0],
                            "http-error: status code '" + std::to_string(facts.status) + "' not handled.");
    if (facts.section.empty()) return set_reply(parser, facts.status, {.made = std::move(reply)});
    add_error_files(parser, {.section = facts.section, .statuses = {facts.status}, .place = parser.place()});
}

// --- the section ---------------------------------------------------------------------------------------------

void* open_http_errors(Parser& parser) {
    const auto words = parser.words();
    if (words.size() < 2) {
        parser.alert(words[0], "missing name for http-errors section.");
        return nullptr;
    }
    const std::string_view name = words[1].text;
    if (const auto bad = config::find_invalid_char(name); bad != std::string_view::npos)
        parser.alert(words[1], "character '" + std::string(1, name.empty() ? ' ' : name[bad]) +
                                   "' is not permitted in 'http-errors' name " + quoted(name) + ".");
    auto& sections = parser.config().http_errors;
    for (const auto& known : sections)
        if (known->name == name)
            parser.alert_tight(words[1], "http-errors section " + quoted(name) + " already exists (declared at " +
                                             *known->place.file + ":" + std::to_string(known->place.line) + ").");
    auto section = std::make_unique<model::HttpErrors>();
    section->name = name;
    section->place = words[1].place;
    sections.push_back(std::move(section));
    return sections.back().get();
}

void add_section_file(Parser& parser) {
    const int status = read_status(parser, parser.arg_word(0));
    if (!status) return;
    if (auto raw = read_message(parser)) parser.opened<model::HttpErrors>().replies[status] = {.raw = std::move(raw)};
}

// --- when all sections are read -----------------------------------------------------------------------------

/// Puts the answers that a section has for a proxy among the proxy's own.
void take_over(config::Finalizing& finalizing, model::Proxy& proxy, const model::ErrorFiles& files) {
    const model::HttpErrors& section = *files.found;
    const std::string at = " (at " + *files.place.file + ":" + std::to_string(files.place.line) + ").";
    for (const int status : files.statuses)
        if (!section.replies.contains(status))
            finalizing.warning(files.place, "config: proxy " + quoted(proxy.name) + " : status '" +
                                                std::to_string(status) + "' not declared in http-errors section " +
                                                quoted(section.name) + at);
    const auto has = [](const std::vector<int>& list, int status) {
        return std::find(list.begin(), list.end(), status) != list.end();
    };
    for (const auto& [status, reply] : section.replies) {
        const bool wanted = files.statuses.empty() || has(files.statuses, status);
        if (wanted && !has(files.overridden, status)) proxy.error_replies[status] = reply;
    }
}

void find_error_files(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        for (model::ErrorFiles& files : proxy->error_files) {
            for (const auto& section : finalizing.config.http_errors)
                if (section->name == files.section) files.found = section.get();
            if (files.found)
                take_over(finalizing, *proxy, files);
            else
                finalizing.alert(files.place, "proxy " + quoted(proxy->name) + ": unknown http-errors section " +
                                                  quoted(files.section) + " (at " + *files.place.file + ":" +
                                                  std::to_string(files.place.line) + ").");
        }
    }
}

constexpr config::Pass kPasses[] = {{"find error files", 22, find_error_files}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

constexpr config::SectionOpener kSections[] = {{"http-errors", open_http_errors}};
static_assert(base::well_formed(kSections));
const base::Table<config::SectionOpener> kRegisteredSections{kSections};

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "errorfile", .sections = kHttpErrors, .arity = {2}, .support = Support::done, .parse = add_section_file, .form = "errorfile: expects <status_code> and <file> as arguments.", .since = "2.2"},
    {.name = "errorfile", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_file, .form = "errorfile : expects <status_code> and <file> as arguments."},
    {.name = "errorfiles", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_error_files, .form = "errorfiles : expects <name> as argument.", .since = "2.2"},
    {.name = "errorloc", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<302>, .form = "errorloc : expects <status_code> and <url> as arguments."},
    {.name = "errorloc302", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<302>, .form = "errorloc302 : expects <status_code> and <url> as arguments."},
    {.name = "errorloc303", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<303>, .form = "errorloc303 : expects <status_code> and <url> as arguments."},
    {.name = "http-error", .sections = kProxies, .support = Support::done, .parse = set_http_error, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
