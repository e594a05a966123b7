#include "keywords/sample_support.h"

/// Converters (manual 7.3.1) that are understood but not executed yet: a file that uses
/// one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Converter kTable[] = {
    {.name = "51d.single", .args = "string[,string,string,string,string]", .since = "1.6"},
    {.name = "da-csv-conv",
     .args = "string[,string,string,string,string,string,string,string,string,string,string,string]",
     .since = "1.6"},
    {.name = "debug", .args = "[string,string]", .in = Type::any, .out = Type::any, .since = "1.6"},
    {.name = "eth.data", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "eth.dst", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "eth.hdr", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "eth.proto", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "eth.src", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "eth.vlan", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "fe_exists", .out = Type::boolean, .since = "3.4"},
    {.name = "ip.data", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "ip.df", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "ip.dst", .in = Type::bin, .out = Type::address, .since = "3.4"},
    {.name = "ip.fp", .args = "[integer]", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "ip.hdr", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "ip.proto", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "ip.src", .in = Type::bin, .out = Type::address, .since = "3.4"},
    {.name = "ip.tos", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "ip.ttl", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "ip.ver", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "jwt_decrypt_cert", .args = "string", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "jwt_decrypt_jwk", .args = "string", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "jwt_decrypt_secret", .args = "string", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "nbsrv", .out = Type::sint, .since = "1.8"},
    {.name = "rfc7239_field", .args = "string", .since = "2.8"},
    {.name = "rfc7239_is_valid", .out = Type::boolean, .since = "2.8"},
    {.name = "rfc7239_n2nn", .out = Type::any, .since = "2.8"},
    {.name = "rfc7239_n2np", .out = Type::any, .since = "2.8"},
    {.name = "rfc7239_nn", .in = Type::any, .since = "3.1"},
    {.name = "rfc7239_np", .in = Type::any, .since = "3.1"},
    {.name = "srv_is_up", .out = Type::boolean, .since = "3.3"},
    {.name = "srv_queue", .out = Type::sint, .since = "2.1"},
    {.name = "tcp.dst", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.flags", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.mss", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.sack", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.tsopt", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.tsval", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.wscale", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options.wsopt", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.options_list", .in = Type::bin, .out = Type::bin, .since = "3.4"},
    {.name = "tcp.seq", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.src", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "tcp.win", .in = Type::bin, .out = Type::sint, .since = "3.4"},
    {.name = "when", .args = "string[,string,string]", .in = Type::any, .out = Type::any, .since = "3.1"},
    {.name = "x509_v_err_str", .in = Type::sint, .since = "2.7"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
