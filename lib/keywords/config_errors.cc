// Answers in place of the built-in ones: errorfile, errorloc (manual 2.6 section 4.2, "errorfile").
#include <fstream>
#include <iterator>

#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

constexpr int kStatuses[] = {200, 400, 401, 403, 404, 405, 407, 408, 410, 413,
                             421, 422, 425, 429, 431, 500, 501, 502, 503, 504};

/// The status in the first argument; 0 after reporting that there is no answer of that status to replace.
int read_status(Parser& parser) {
    const auto status = config::leading_number(parser.arg(0));
    for (int known : kStatuses)
        if (known == status) return known;
    // 1.x knew more of them, but never sends these.
    parser.alert(parser.arg_word(0),
                 std::string(parser.keyword().name) + " : status code '" + std::to_string(status) + "' not handled.");
    return 0;
}

/// Null after reporting why the file cannot be used.
std::shared_ptr<const std::string> read_message(Parser& parser, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        parser.alert(parser.arg_word(1), "errorfile : error opening file " + quoted(path) + ".");
        return nullptr;
    }
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) {
        parser.alert(parser.arg_word(1), "errorfile : error reading file " + quoted(path) + ".");
        return nullptr;
    }
    if (text.size() > parser.global().buffer_size) {
        parser.warning(parser.arg_word(1), "custom error message file " + quoted(path) + " larger than " +
                                               std::to_string(parser.global().buffer_size) + " bytes. Truncating.");
        text.resize(parser.global().buffer_size);
    }
    const bool is_message = text.empty() || text.starts_with("HTTP/");
    if (!is_message) {
        parser.alert(parser.arg_word(1), "errorfile : " + quoted(path) + ": unable to parse headers (error offset: 0)");
        return nullptr;
    }
    return std::make_shared<const std::string>(std::move(text));
}

void set_error_file(Parser& parser) {
    const int status = read_status(parser);
    if (!status) return;
    auto raw = read_message(parser, std::string(parser.arg(1)));
    if (raw) parser.proxy().error_replies[status] = {.raw = std::move(raw)};
}

template <std::uint16_t Redirect>
void set_error_location(Parser& parser) {
    if (const int status = read_status(parser))
        parser.proxy().error_replies[status] = {.redirect = Redirect, .location = std::string(parser.arg(1))};
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "errorfile", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_file, .form = "errorfile : expects <status_code> and <file> as arguments."},
    {.name = "errorloc", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<302>, .form = "errorloc : expects <status_code> and <url> as arguments."},
    {.name = "errorloc302", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<302>, .form = "errorloc302 : expects <status_code> and <url> as arguments."},
    {.name = "errorloc303", .sections = kProxies, .arity = {2}, .support = Support::done, .parse = set_error_location<303>, .form = "errorloc303 : expects <status_code> and <url> as arguments."},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
