// Why a client's connection did not become a session (manual 7.3.3: fc_err and kin).
#include <algorithm>

#include "keywords/sample_support.h"

namespace cfgproxy::keywords {
namespace {

/// HAProxy's number, name and words for a failure.
struct Problem {
    std::uint8_t number;
    std::string_view name, text;
};
// clang-format off
constexpr Problem kProblems[] = {
    {11, "PRX_EMPTY", "Connection closed while waiting for PROXY protocol header"},
    {12, "PRX_ABORT", "Connection error while waiting for PROXY protocol header"},
    {13, "PRX_TIMEOUT", "Timeout while waiting for PROXY protocol header"},
    {14, "PRX_TRUNCATED", "Truncated PROXY protocol header received"},
    {15, "PRX_NOT_HDR", "Received something which does not look like a PROXY protocol header"},
    {16, "PRX_BAD_HDR", "Received an invalid PROXY protocol header"},
    {17, "PRX_BAD_PROTO", "Received an unhandled protocol in the PROXY protocol header"},
    {18, "CIP_EMPTY", "Connection closed while waiting for NetScaler Client IP header"},
    {19, "CIP_ABORT", "Connection error while waiting for NetScaler Client IP header"},
    {20, "CIP_TIMEOUT", "Timeout while waiting for a NetScaler Client IP header"},
    {21, "CIP_TRUNCATED", "Truncated NetScaler Client IP header received"},
    {22, "CIP_BAD_MAGIC", "Received an invalid NetScaler Client IP magic number"},
    {23, "CIP_BAD_PROTO", "Received an unhandled protocol in the NetScaler Client IP header"},
    {24, "SSL_EMPTY", "Connection closed during SSL handshake"},
    {25, "SSL_ABORT", "Connection error during SSL handshake"},
    {26, "SSL_TIMEOUT", "Timeout during SSL handshake"},
    {30, "SSL_CA_FAIL", "SSL client CA chain cannot be verified"},
    {31, "SSL_CRT_FAIL", "SSL client certificate not trusted"},
    {34, "SSL_HANDSHAKE", "SSL handshake failure"},
};
// clang-format on
constexpr Problem kNone{0, "", "Success"};

const Problem& problem_of(const Context& context) {
    if (context.client_problem.empty()) return kNone;
    const auto* found = std::find_if(std::begin(kProblems), std::end(kProblems),
                                     [&](const Problem& problem) { return problem.text == context.client_problem; });
    return found == std::end(kProblems) ? kNone : *found;
}

Found fetch_number(const Context& context, Arguments, Cursor&, Value& out) {
    return found_int(out, problem_of(context).number);
}

template <std::string_view Problem::*Member>
Found fetch_text(const Context& context, Arguments, Cursor&, Value& out) {
    return found_text(out, problem_of(context).*Member);
}

constexpr Fetch kTable[] = {
    {.name = "fc_err",
     .out = Type::sint,
     .needs = sample::kClient,
     .support = Support::done,
     .run = fetch_number,
     .since = "2.5"},
    {.name = "fc_err_name",
     .needs = sample::kClient,
     .support = Support::done,
     .run = fetch_text<&Problem::name>,
     .since = "3.1"},
    {.name = "fc_err_str",
     .needs = sample::kClient,
     .support = Support::done,
     .run = fetch_text<&Problem::text>,
     .since = "2.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
