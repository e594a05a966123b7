// `cfgproxy check`: what -c finds, for people (with the line, a caret, and what is expected) and for tools.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/json.h"
#include "base/letters.h"
#include "base/offline.h"
#include "base/version.h"
#include "config/findings.h"
#include "config/print.h"
#include "configuration.h"
#include "subcommand.h"

namespace cfgproxy::daemon {

namespace {

using config::Finding;

constexpr std::size_t kShownPerKind = 3;   ///< of findings that say the same of different lines
constexpr std::size_t kLongestText = 240;  ///< lists of all actions are cut there

struct Report {
    const std::vector<Finding>& findings;
    const config::Loaded& loaded;
    bool verbose = false;  ///< then a note tells the era
    std::size_t count(Finding::Kind kind) const {
        return static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(), [kind](const Finding& f) { return f.kind == kind; }));
    }
};

std::string place_of(const Finding& finding) {
    if (!finding.place.file || finding.place.line == 0) return {};
    return fmt::format("{}:{}:{}: ", *finding.place.file, finding.place.line, finding.place.column);
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// One finding as compilers show theirs: place, kind and text, the line with a caret, and what is known about it.
std::string show(const Finding& finding, const config::Loaded& loaded) {
    std::string text = finding.text;
    if (text.size() > kLongestText) text = text.substr(0, kLongestText) + "...";
    std::string out =
        fmt::format("{}{}: {} [{}]\n", place_of(finding), name_of(finding.kind), text, finding.mistake->code);
    if (finding.place.line > 0) out += config::print_caret(finding.place, *loaded.source, 100);
    if (!finding.meant.empty()) out += fmt::format("  did you mean '{}'?\n", finding.meant);
    if (!finding.expected.empty()) out += fmt::format("  expected: {}\n", finding.expected);
    if (!finding.advice.empty()) out += fmt::format("  {}\n", finding.advice);
    return out;
}

/// Whose defaults count, and the line that says so: "FILE:LINE:COLUMN: defaults of HAProxy 2.4: ...".
std::string era_of(const config::Loaded& loaded) {
    const base::Place& place = loaded.era.place;
    const std::string where =
        place.file && place.line > 0 ? fmt::format("{}:{}:{}: ", *place.file, place.line, place.column) : "";
    return where + loaded.era.text();
}

std::string verdict_of(const Report& report) {
    std::string verdict;
    for (auto [kind, what] : {std::pair{Finding::Kind::error, "error"},
                              {Finding::Kind::pending, "word"},
                              {Finding::Kind::warning, "warning"},
                              {Finding::Kind::note, "note"}}) {
        const std::size_t count = report.count(kind);
        if (count == 0) continue;
        if (!verdict.empty()) verdict += ", ";
        verdict += counted(count, what);
        if (kind == Finding::Kind::pending) verdict += " not executed yet";
    }
    return (verdict.empty() ? "no complaints" : verdict) + "\n";
}

/// Findings that differ in their place only are shown a few times and counted then.
std::string in_text(const Report& report) {
    std::map<std::string, std::vector<const Finding*>> alike;
    for (const Finding& f : report.findings) alike[std::string(f.mistake->code) + f.text].push_back(&f);
    std::string out;
    for (const Finding& f : report.findings) {
        const auto& group = alike[std::string(f.mistake->code) + f.text];
        const auto at = std::find(group.begin(), group.end(), &f) - group.begin();
        if (static_cast<std::size_t>(at) < kShownPerKind) out += show(f, report.loaded);
        if (static_cast<std::size_t>(at) != kShownPerKind) continue;
        out += fmt::format("  ... the same at {} more: line{}", counted(group.size() - kShownPerKind, "place"),
                           group.size() - kShownPerKind == 1 ? "" : "s");
        for (std::size_t i = kShownPerKind; i < group.size(); ++i)
            out += fmt::format("{} {}", i == kShownPerKind ? "" : ",", group[i]->place.line);
        out += "\n";
    }
    if (!report.verbose && report.count(Finding::Kind::error) == 0) out += era_of(report.loaded) + "\n";
    return out + verdict_of(report);
}

std::string_view json_kind(Finding::Kind kind) { return kind == Finding::Kind::pending ? "pending" : name_of(kind); }

void era_in_json(base::JsonWriter& json, const config::Era& era) {
    json.key("era");
    json.open('{');
    json.member("release", era.release.text());
    json.member("reason", era.text());
    if (era.place.file && era.place.line > 0) {
        json.member("file", *era.place.file);
        json.member("line", era.place.line);
        json.member("column", era.place.column);
    }
    json.close();
}

std::string in_json(const Report& report) {
    base::JsonWriter json;
    json.open('{');
    json.member("tool", "cfgproxy");
    json.member("version", base::kVersion);
    era_in_json(json, report.loaded.era);
    json.key("findings");
    json.open('[');
    for (const Finding& f : report.findings) {
        json.open('{');
        json.member("code", f.mistake->code);
        json.member("name", f.mistake->name);
        json.member("kind", json_kind(f.kind));
        if (f.place.file) json.member("file", *f.place.file);
        if (f.place.line > 0) {
            json.member("line", f.place.line);
            json.member("column", f.place.column);
            json.member("length", f.place.length);
        }
        json.member("message", f.text);
        if (!f.meant.empty()) json.member("meant", f.meant);
        if (!f.expected.empty()) json.member("expected", f.expected);
        if (!f.advice.empty()) json.member("advice", f.advice);
        json.close();
    }
    json.close();
    json.key("counts");
    json.open('{');
    for (Finding::Kind kind :
         {Finding::Kind::error, Finding::Kind::pending, Finding::Kind::warning, Finding::Kind::note})
        json.member(json_kind(kind), report.count(kind));
    json.close();
    json.close();
    return json.take();
}

std::string_view sarif_level(Finding::Kind kind) {
    if (kind == Finding::Kind::error) return "error";
    return kind == Finding::Kind::note ? "note" : "warning";
}

/// One kind of mistake as SARIF's list of rules shows it; its number is what results refer to.
void sarif_rules(base::JsonWriter& json, std::map<std::string_view, std::size_t>& numbers) {
    json.key("rules");
    json.open('[');
    for (const config::Mistake& mistake : config::all_mistakes()) {
        if (!numbers.try_emplace(mistake.code, numbers.size()).second) continue;
        json.open('{');
        json.member("id", mistake.code);
        json.member("name", mistake.name);
        json.key("shortDescription");
        json.open('{');
        json.member("text", mistake.about);
        json.close();
        json.close();
    }
    json.close();
}

/// A file's name as a URI reference: what URIs do not take is escaped.
std::string uri_of(std::string_view path) {
    std::string uri;
    for (const char c : path) {
        const bool plain = base::is_unreserved(c) || std::string_view("/+@,=").find(c) != std::string_view::npos;
        uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return uri.starts_with('/') ? "file://" + uri : uri;
}

/// The column (from 1, in characters) that the `bytes`-th byte of a line has.
std::size_t column_of(std::string_view line, std::size_t bytes) {
    line = line.substr(0, bytes);
    return 1 +
           static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void sarif_location(base::JsonWriter& json, const Finding& f, const config::Source& source) {
    json.key("locations");
    json.open('[');
    json.open('{');
    json.key("physicalLocation");
    json.open('{');
    json.key("artifactLocation");
    json.open('{');
    json.member("uri", uri_of(*f.place.file));
    json.close();
    if (f.place.line > 0) {
        json.key("region");
        json.open('{');
        json.member("startLine", f.place.line);
        const std::string_view line = source.raw_line(f.place);
        json.member("startColumn", column_of(line, f.place.column - 1));
        json.member("endColumn", column_of(line, f.place.column - 1 + f.place.length));
        json.close();
    }
    json.close();
    json.close();
    json.close();
}

void sarif_result(base::JsonWriter& json, const Finding& f, std::size_t rule, const config::Source& source) {
    std::string text = f.text;
    if (!f.meant.empty()) text += fmt::format(" Did you mean '{}'?", f.meant);
    if (!f.expected.empty()) text += fmt::format(" Expected: {}", f.expected);
    json.open('{');
    json.member("ruleId", f.mistake->code);
    json.member("ruleIndex", rule);
    json.member("level", sarif_level(f.kind));
    json.key("message");
    json.open('{');
    json.member("text", text);
    json.close();
    if (f.place.file) sarif_location(json, f, source);
    json.close();
}

/// SARIF 2.1.0 (OASIS), whose columns are characters.
std::string in_sarif(const Report& report) {
    std::map<std::string_view, std::size_t> numbers;
    base::JsonWriter json;
    json.open('{');
    json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json.member("version", "2.1.0");
    json.key("runs");
    json.open('[');
    json.open('{');
    json.key("tool");
    json.open('{');
    json.key("driver");
    json.open('{');
    json.member("name", "cfgproxy");
    json.member("version", base::kVersion);
    sarif_rules(json, numbers);
    json.close();
    json.close();
    json.member("columnKind", "unicodeCodePoints");
    json.key("properties");
    json.open('{');
    era_in_json(json, report.loaded.era);
    json.close();
    json.key("results");
    json.open('[');
    for (const Finding& f : report.findings) sarif_result(json, f, numbers[f.mistake->code], *report.loaded.source);
    json.close();
    json.close();
    json.close();
    json.close();
    return json.take();
}

struct Format {
    std::string_view name;
    std::string (*print)(const Report&);
};
constexpr Format kFormats[] = {{"human", in_text}, {"json", in_json}, {"sarif", in_sarif}};

constexpr Flag kFlags[] = {
    {"--era", "X.Y", "takes the defaults of that HAProxy release, whatever words the files use"},
    {"--format", "human|json|sarif", "how findings are printed (to standard output)"},
    {"--language", "", "words that are not executed yet are no reason for status 1"},
    {"--offline", "", "asks this machine for no users, groups, host names, certificates, other files"},
    {"--verbose", "", "lists suspicious statements, words without effect here, and modern forms of old ones"},
    {"--zero-warning", "", "warnings are errors"},
};

int check(const Arguments& arguments, Messages& messages) {
    const std::string wanted = arguments.value("--format", "human");
    const auto format = std::find_if(std::begin(kFormats), std::end(kFormats),
                                     [&wanted](const Format& row) { return row.name == wanted; });
    if (format == std::end(kFormats)) {
        fmt::print(stderr, "{} check: no format '{}'; there are human, json and sarif.\n", messages.name(), wanted);
        return 2;
    }
    base::offline() = arguments.has("--offline");
    Options options;
    options.verbose = options.diagnostics = arguments.has("--verbose");
    config::LoadOptions load = load_options(options);
    if (arguments.has("--era")) {
        const std::string era = arguments.value("--era", "");
        load.era = base::parse_release(era);
        if (!load.era) {
            fmt::print(stderr, "{} check: --era expects a HAProxy release from 1.3 to {} (got '{}').\n",
                       messages.name(), base::kNewestRelease.text(), era);
            return 2;
        }
    }
    load.keep_pending = load.names_despite_errors = true;
    load.list_advisory = arguments.has("--verbose");
    config::Loaded loaded = load_operands(arguments.operands(), load);
    const std::vector<Finding> findings = config::find_all(loaded);
    const Report report{findings, loaded, options.verbose};
    std::fputs(format->print(report).c_str(), stdout);
    const bool wrong = report.count(Finding::Kind::error) > 0 ||
                       (!arguments.has("--language") && report.count(Finding::Kind::pending) > 0) ||
                       (arguments.has("--zero-warning") && report.count(Finding::Kind::warning) > 0);
    return wrong ? 1 : 0;
}

constexpr Subcommand kRows[] = {
    {.name = "check",
     .operands = "FILE...",
     .help = "checks files, which together make one configuration, and explains what is wrong",
     .flags = kFlags,
     .least = 1,
     .run = check},
};
const base::Table<Subcommand> kRegistered{kRows};

}  // namespace

}  // namespace cfgproxy::daemon
