// What proxies do to HTTP beside their rules: compression, retry-on, names of fields, http-buffer-request (manual 2.6
// section 4.2), and h1-case-adjust of the global section.
#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/offline.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Compression;
using model::Options;
using model::ProxySettings;
using Algorithm = Compression::Algorithm;

// --- statuses ------------------------------------------------------------------------------------------------

void refuse_range(Parser& parser, const Word& word, std::size_t at) {
    parser.alert(word, "Invalid status codes range " + quoted(word.text) + " in " + quoted(parser.words()[0].text) +
                           " at position " + std::to_string(at) +
                           ". Ranges must be in the form [+-]{low[-{high}]}[,...].");
}

/// One word of http-err-codes: "400-404,410" sets, "+..." adds, "-..." takes out. False after a report.
bool read_statuses(Parser& parser, const Word& word, model::StatusSet& statuses) {
    const std::string_view text = word.text;
    const char sign = text.empty() ? '\0' : text[0];
    std::size_t at = sign == '+' || sign == '-' ? 1 : 0;
    if (at == 0) statuses.clear();
    const auto number = [&](std::uint32_t& code) {
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), code);
        const bool good = error == std::errc{};
        at = static_cast<std::size_t>(end - text.data());
        return good;
    };
    for (;; ++at) {
        std::uint32_t low = 0, high = 0;
        if (!number(low)) return refuse_range(parser, word, at), false;
        high = low;
        if (at < text.size() && text[at] == '-' && (++at, !number(high))) return refuse_range(parser, word, at), false;
        if (at < text.size() && text[at] != ',') return refuse_range(parser, word, at), false;
        if (high < low || !model::StatusSet::is_code(low) || !model::StatusSet::is_code(high)) {
            parser.alert(word, "Invalid status codes range " + quoted(text) + " in " + quoted(parser.words()[0].text) +
                                   ". Codes must be between 100 and 599 and ranges in ascending order.");
            return false;
        }
        statuses.put(low, high, sign != '-');
        if (at == text.size()) return true;
    }
}

template <model::StatusSet model::Global::*Member>
void set_statuses(Parser& parser) {
    if (parser.args().empty())
        return parser.alert(parser.words()[0],
                            "Missing status codes range for " + quoted(parser.words()[0].text) + ".");
    for (const Word& word : parser.args())
        if (!read_statuses(parser, word, parser.global().*Member)) return;
}

// --- compression ---------------------------------------------------------------------------------------------

/// False after a report.
bool read_algorithm(Parser& parser, const Word& word, Algorithm& algorithm) {
    constexpr std::string_view kNames[] = {"identity", "gzip", "deflate", "raw-deflate"};
    const auto* found = std::find(std::begin(kNames), std::end(kNames), word.text);
    if (found == std::end(kNames)) {
        parser.alert(word, "'compression' : " + quoted(word.text) + " is not a supported algorithm.");
        return false;
    }
    algorithm = static_cast<Algorithm>(found - std::begin(kNames));
    return true;
}

/// The one written last is offered first, as HAProxy keeps them.
void add_algorithms(Parser& parser) {
    auto& list = parser.proxy().compression.response_algorithms;
    for (const Word& word : parser.args()) {
        Algorithm algorithm{};
        if (!read_algorithm(parser, word, algorithm)) return;
        list.insert(list.begin(), algorithm);
    }
}

void set_request_algorithm(Parser& parser) {
    Algorithm algorithm{};
    if (read_algorithm(parser, parser.arg_word(0), algorithm)) parser.proxy().compression.request_algorithm = algorithm;
}

template <std::vector<std::string> Compression::*List>
void add_types(Parser& parser) {
    for (const Word& word : parser.args()) (parser.proxy().compression.*List).emplace_back(word.text);
}

void set_direction(Parser& parser) {
    const std::string_view way = parser.arg(0);
    auto& compression = parser.proxy().compression;
    if (way != "request" && way != "response" && way != "both")
        return parser.alert(parser.arg_word(0), "'compression' expects 'request', 'response', or 'both'.");
    compression.requests = way != "response";
    compression.responses = way != "request";
}

void set_offload(Parser& parser) { parser.proxy().compression.offload = true; }

void ignore_offload(Parser& parser) {
    parser.warning(parser.words()[0], "'compression' : 'offload' ignored in 'defaults' section.");
}

template <std::uint32_t Compression::*Size>
void set_least_size(Parser& parser) {
    const auto size = base::parse_size(parser.arg(0));
    if (!size)
        return parser.alert(parser.arg_word(0), "unexpected " + quoted(parser.arg(0)) + " after size passed to " +
                                                    quoted(parser.words()[1].text));
    parser.proxy().compression.*Size = static_cast<std::uint32_t>(std::min<std::uint64_t>(*size, ~std::uint32_t{0}));
}

// --- retry-on ------------------------------------------------------------------------------------------------

struct Reason {
    std::string_view name;
    std::uint32_t bits;
};
constexpr Reason kReasons[] = {
    {"401", model::kRetry401},
    {"403", model::kRetry403},
    {"404", model::kRetry404},
    {"408", model::kRetry408},
    {"421", model::kRetry421},
    {"425", model::kRetry425},
    {"429", model::kRetry429},
    {"500", model::kRetry500},
    {"501", model::kRetry501},
    {"502", model::kRetry502},
    {"503", model::kRetry503},
    {"504", model::kRetry504},
    {"0rtt-rejected", model::kRetry0RttRejected},
    {"conn-failure", model::kRetryConnFailure},
    {"empty-response", model::kRetryEmptyResponse},
    {"junk-response", model::kRetryJunkResponse},
    {"response-timeout", model::kRetryResponseTimeout},
    {"all-retryable-errors", model::kRetryConnFailure | model::kRetryEmptyResponse | model::kRetryJunkResponse |
                                 model::kRetryResponseTimeout | model::kRetry0RttRejected | model::kRetry500 |
                                 model::kRetry502 | model::kRetry503 | model::kRetry504},
};

void set_retry_on(Parser& parser) {
    auto& bits = parser.proxy().retry_on;
    bits = 0;
    if (parser.arg(0) == "none" && parser.args().size() == 1) return;
    for (const Word& word : parser.args()) {
        const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                         [&](const Reason& reason) { return reason.name == word.text; });
        if (word.text == "none") return parser.alert(word, "'retry-on' 'none' keyword only usable alone");
        if (found == std::end(kReasons)) return parser.alert(word, "'retry-on': unknown keyword " + quoted(word.text));
        bits |= found->bits;
    }
}

// --- fields --------------------------------------------------------------------------------------------------

void set_name_header(Parser& parser) { parser.proxy().send_name_header = base::lower(parser.arg(0)); }

void set_restrict_names(Parser& parser) {
    const std::string_view what = parser.arg(0);
    auto& restrict_names = parser.proxy().options.restrict_names;
    const std::string tail = "option 'http-restrict-req-hdr-names' expects 'preserve', 'reject' or 'delete' option.";
    if (what.empty()) return parser.alert(parser.words().back(), "missing parameter. " + tail);
    if (what == "preserve")
        restrict_names = model::RestrictNames::preserve;
    else if (what == "delete")
        restrict_names = model::RestrictNames::delete_;
    else if (what == "reject")
        restrict_names = model::RestrictNames::reject;
    else
        parser.alert(parser.arg_word(0), "invalid parameter " + quoted(what) + ". " + tail);
}

/// Empty, or what is wrong with "FROM TO".
std::string add_case(model::Global& global, std::string_view from, std::string_view to) {
    if (to.empty()) return "expect <to>";
    if (!base::iequal(from, to)) return "<from> and <to> must not differ except the case";
    if (!global.name_cases.emplace(base::lower(from), to).second) return "duplicate entry " + quoted(from);
    return {};
}

void set_case(Parser& parser) {
    if (const auto wrong = add_case(parser.global(), parser.arg(0), parser.arg(1)); !wrong.empty())
        parser.alert(parser.arg_word(0), "'h1-case-adjust' : " + wrong);
}

void read_case_file(config::Finalizing& finalizing) {
    const std::string& path = finalizing.config.global.name_cases_file;
    if (path.empty()) return;
    const std::string name = "h1-headers-case-adjust-file " + quoted(path);
    std::ifstream file(path);
    if (!file && base::may_be_elsewhere()) return;
    if (!file) return finalizing.alert({}, name + ": failed to open file.");
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        const std::string_view text = base::trim(line);
        if (text.empty() || text[0] == '#') continue;
        const auto blank = std::min(text.find_first_of(" \t"), text.size());
        const auto wrong = add_case(finalizing.config.global, text.substr(0, blank), base::trim(text.substr(blank)));
        if (!wrong.empty())
            return finalizing.alert({}, name + " : " + wrong + " at line " + std::to_string(number) + ".");
    }
}

constexpr config::Pass kPasses[] = {{"read h1-case-adjust-file", 90, read_case_file}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

constexpr std::uint32_t kHere = kInFrontend | kInBackend | kInListen;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "compression algo", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_algorithms, .form = "'compression' expects <algorithm>.", .since = "1.5"},
    {.name = "compression algo-req", .sections = kProxies, .arity = {1, 1}, .support = Support::done, .parse = set_request_algorithm, .form = "'compression' expects <algorithm>.", .since = "2.8"},
    {.name = "compression algo-res", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_algorithms, .form = "'compression' expects <algorithm>.", .since = "2.8"},
    {.name = "compression direction", .sections = kProxies, .arity = {1, 1}, .support = Support::done, .parse = set_direction, .form = "'compression' expects 'request', 'response', or 'both'.", .since = "2.8"},
    {.name = "compression minsize-req", .sections = kProxies, .arity = {1, 1}, .support = Support::done, .parse = set_least_size<&Compression::min_request>, .form = "'minsize-req' expects an integer argument.", .since = "3.2"},
    {.name = "compression minsize-res", .sections = kProxies, .arity = {1, 1}, .support = Support::done, .parse = set_least_size<&Compression::min_response>, .form = "'minsize-res' expects an integer argument.", .since = "3.2"},
    {.name = "compression offload", .sections = kInDefaults, .support = Support::done, .parse = ignore_offload, .since = "1.5"},
    {.name = "compression offload", .sections = kHere, .support = Support::done, .parse = set_offload, .since = "1.5"},
    {.name = "compression type", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_types<&Compression::response_types>, .form = "'compression' expects <type>.", .since = "1.5"},
    {.name = "compression type-req", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_types<&Compression::request_types>, .form = "'compression' expects <type>.", .since = "2.8"},
    {.name = "compression type-res", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_types<&Compression::response_types>, .form = "'compression' expects <type>.", .since = "2.8"},
    {.name = "h1-case-adjust", .sections = kGlobal, .arity = {2, 2}, .support = Support::done, .parse = set_case, .form = "expects <from> and <to> as argument.", .since = "2.1"},
    {.name = "h1-case-adjust-file", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text<&model::Global::name_cases_file>, .form = "expects <file> as argument.", .since = "2.1"},
    {.name = "h2-workaround-bogus-websocket-clients", .sections = kGlobal, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&model::Global::h2_bogus_websockets>, .since = "2.5"},
    {.name = "http-err-codes", .sections = kGlobal, .support = Support::done, .parse = set_statuses<&model::Global::error_statuses>, .since = "3.0"},
    {.name = "http-fail-codes", .sections = kGlobal, .support = Support::done, .parse = set_statuses<&model::Global::failure_statuses>, .since = "3.0"},
    {.name = "http-send-name-header", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_name_header, .form = "requires a header string.", .since = "1.5"},
    {.name = "option accept-invalid-http-request", .sections = kFrontends, .support = Support::done, .parse = set_switch<&Options::accept_invalid_request>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option accept-invalid-http-response", .sections = kBackends, .support = Support::done, .parse = set_switch<&Options::accept_invalid_response>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option accept-unsafe-violations-in-http-request", .sections = kFrontends, .support = Support::done, .parse = set_switch<&Options::accept_invalid_request>, .prefixes = kNo | kDefault, .since = "3.1", .misplaced = Misplaced::skip},
    {.name = "option accept-unsafe-violations-in-http-request", .sections = kInBackend, .support = Support::done, .parse = set_switch<&Options::accept_invalid_request>, .prefixes = kNo | kDefault, .since = "3.1", .until = "3.1", .misplaced = Misplaced::skip},
    {.name = "option accept-unsafe-violations-in-http-response", .sections = kBackends, .support = Support::done, .parse = set_switch<&Options::accept_invalid_response>, .prefixes = kNo | kDefault, .since = "3.1", .misplaced = Misplaced::skip},
    {.name = "option accept-unsafe-violations-in-http-response", .sections = kInFrontend, .support = Support::done, .parse = set_switch<&Options::accept_invalid_response>, .prefixes = kNo | kDefault, .since = "3.1", .until = "3.1", .misplaced = Misplaced::skip},
    {.name = "option disable-h2-upgrade", .sections = kFrontends, .support = Support::done, .parse = set_switch<&Options::disable_h2_upgrade>, .prefixes = kNo | kDefault, .since = "2.2", .misplaced = Misplaced::skip},
    {.name = "option h1-case-adjust-bogus-client", .sections = kFrontends, .support = Support::done, .parse = set_switch<&Options::adjust_case_client>, .prefixes = kNo | kDefault, .since = "2.1", .misplaced = Misplaced::skip},
    {.name = "option h1-case-adjust-bogus-server", .sections = kBackends, .support = Support::done, .parse = set_switch<&Options::adjust_case_server>, .prefixes = kNo | kDefault, .since = "2.1", .misplaced = Misplaced::skip},
    {.name = "option http-buffer-request", .sections = kProxies, .support = Support::done, .parse = set_switch<&Options::http_buffer_request>, .prefixes = kNo | kDefault, .since = "1.6", .misplaced = Misplaced::skip},
    {.name = "option http-drop-request-trailers", .sections = kBackends, .support = Support::done, .parse = set_switch<&Options::drop_request_trailers>, .prefixes = kNo | kDefault, .since = "3.2", .misplaced = Misplaced::skip},
    {.name = "option http-drop-response-trailers", .sections = kFrontends, .support = Support::done, .parse = set_switch<&Options::drop_response_trailers>, .prefixes = kNo | kDefault, .since = "3.2", .misplaced = Misplaced::skip},
    {.name = "option http-restrict-req-hdr-names", .sections = kProxies, .arity = {0, 1}, .support = Support::done, .parse = set_restrict_names, .since = "2.6", .misplaced = Misplaced::skip},
    {.name = "retry-on", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_retry_on, .form = "needs at least one keyword to specify when to retry", .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
