// Health checks: option httpchk, http-check (manual 2.6 section 4.2).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::HttpCheck;

/// [METHOD] URI [VERSION]. Until 2.1 headers could stand behind the version, in the same word.
void set_http_check(Parser& parser) {
    auto& check = parser.proxy().http_check;
    const auto args = parser.args();
    check.enabled = true;
    parser.proxy().options.tcp_check = false;
    check.method = "OPTIONS";
    check.uri = "/";
    check.version = "HTTP/1.0";
    check.extra.clear();
    if (args.size() == 1) check.uri = args[0].text;
    if (args.size() > 1) {
        check.method = args[0].text;
        check.uri = args[1].text;
    }
    if (args.size() < 3) return;
    std::string_view version = args[2].text;
    const auto end = version.find("\r\n");
    check.version = version.substr(0, end);
    if (end == std::string_view::npos) return;
    check.extra = version.substr(end + 2);
    parser.warning(args[2],
                   "'option httpchk' : hiding headers or body at the end of the version string is "
                   "deprecated. Please, consider to use 'http-check send' directive instead.");
}

void set_tcp_check(Parser& parser) {
    parser.proxy().options.tcp_check = true;
    parser.proxy().http_check.enabled = false;
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option httpchk", .sections = kBackends, .arity = {0, 3}, .support = Support::done, .parse = set_http_check},
    {.name = "option tcp-check", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_tcp_check, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
