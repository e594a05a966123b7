#include "keywords/sample_support.h"

/// Words of raw buffers (manual 7.3.5) that are understood but not executed yet: a file that uses
/// one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "distcc_body",
     .args = "string[,integer]",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kResponseData,
     .since = "1.8"},
    {.name = "distcc_param",
     .args = "string[,integer]",
     .out = Type::sint,
     .needs = sample::kRequestData | sample::kResponseData,
     .since = "1.8"},
    {.name = "payload_lv",
     .args = "integer,integer[,string]",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kResponseData,
     .since = "1.5"},
    {.name = "rdp_cookie", .args = "[string]", .needs = sample::kRequestData, .since = "1.5"},
    {.name = "rdp_cookie_cnt", .args = "[string]", .out = Type::sint, .needs = sample::kRequestData, .since = "1.5"},
    {.name = "rep_ssl_hello_type", .out = Type::sint, .needs = sample::kResponseData, .since = "1.5"},
    {.name = "req.payload_lv",
     .args = "integer,integer[,string]",
     .out = Type::bin,
     .needs = sample::kRequestData,
     .since = "1.5"},
    {.name = "req.rdp_cookie", .args = "[string]", .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req.rdp_cookie_cnt",
     .args = "[string]",
     .out = Type::sint,
     .needs = sample::kRequestData,
     .since = "1.5"},
    {.name = "req.ssl_alpn", .needs = sample::kRequestData, .since = "2.0"},
    {.name = "req.ssl_cipherlist",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kClient | sample::kInternal,
     .since = "3.2"},
    {.name = "req.ssl_ec_ext", .out = Type::boolean, .needs = sample::kRequestData, .since = "1.6"},
    {.name = "req.ssl_hello_type", .out = Type::sint, .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req.ssl_keyshare_groups",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kClient | sample::kInternal,
     .since = "3.2"},
    {.name = "req.ssl_sigalgs",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kClient | sample::kInternal,
     .since = "3.2"},
    {.name = "req.ssl_sni", .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req.ssl_st_ext", .out = Type::sint, .needs = sample::kRequestData, .since = "1.6"},
    {.name = "req.ssl_supported_groups",
     .out = Type::bin,
     .needs = sample::kRequestData | sample::kClient | sample::kInternal,
     .since = "3.2"},
    {.name = "req.ssl_ver", .out = Type::sint, .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req_ssl_hello_type", .out = Type::sint, .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req_ssl_sni", .needs = sample::kRequestData, .since = "1.5"},
    {.name = "req_ssl_ver", .out = Type::sint, .needs = sample::kRequestData, .since = "1.5"},
    {.name = "res.payload_lv",
     .args = "integer,integer[,string]",
     .out = Type::bin,
     .needs = sample::kResponseData,
     .since = "1.5"},
    {.name = "res.ssl_hello_type", .out = Type::sint, .needs = sample::kResponseData, .since = "1.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
