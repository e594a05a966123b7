#include "net/connection_failure.h"

#include <cerrno>

namespace cfgproxy::net {
namespace {

// clang-format off
constexpr ConnectionFailure kFailures[] = {
    {0, "", "Success"},
    {1, "CONF_FDLIM", "Reached configured maxconn value"},
    {2, "PROC_FDLIM", "Too many sockets on the process"},
    {3, "SYS_FDLIM", "Too many sockets on the system"},
    {4, "SYS_MEMLIM", "Out of system buffers"},
    {5, "NOPROTO", "Protocol or address family not supported"},
    {6, "SOCK_ERR", "General socket error"},
    {7, "PORT_RANGE", "Source port range exhausted"},
    {8, "CANT_BIND", "Can't bind to source address"},
    {9, "FREE_PORTS", "Out of local source ports on the system"},
    {10, "ADDR_INUSE", "Local source address already in use"},
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
    {27, "SSL_TOO_MANY", "Too many SSL connections"},
    {28, "SSL_NO_MEM", "Out of memory when initializing an SSL connection"},
    {29, "SSL_RENEG", "Rejected a client-initiated SSL renegotiation attempt"},
    {30, "SSL_CA_FAIL", "SSL client CA chain cannot be verified"},
    {31, "SSL_CRT_FAIL", "SSL client certificate not trusted"},
    {32, "SSL_MISMATCH", "Server presented an SSL certificate different from the configured one"},
    {33, "SSL_MISMATCH_SNI", "Server presented an SSL certificate different from the expected one"},
    {34, "SSL_HANDSHAKE", "SSL handshake failure"},
    {35, "SSL_HANDSHAKE_HB", "SSL handshake failure after heartbeat"},
    {36, "SSL_KILLED_HB", "Stopped a TLSv1 heartbeat attack (CVE-2014-0160)"},
    {37, "SSL_NO_TARGET", "Attempt to use SSL on an unknown target (internal error)"},
    {38, "SSL_EARLY_FAILED", "Server refused early data"},
    {39, "SOCKS4_SEND", "SOCKS4 Proxy write error during handshake"},
    {40, "SOCKS4_RECV", "SOCKS4 Proxy read error during handshake"},
    {41, "SOCKS4_DENY", "SOCKS4 Proxy deny the request"},
    {42, "SOCKS4_ABORT", "SOCKS4 Proxy handshake aborted by server"},
    {43, "SSL_FATAL", "SSL fatal error"},
    {44, "", "Error during QMux transport parameters initial exchange"},
    {45, "REVERSE", "Reverse connect failure"},
    {46, "POLLERR", "Poller reported POLLERR"},
    {47, "EREFUSED", "ECONNREFUSED returned by OS"},
    {48, "ERESET", "ECONNRESET returned by OS"},
    {49, "EUNREACH", "ENETUNREACH returned by OS"},
    {50, "ENOMEM", "ENOMEM returned by OS"},
    {51, "EBADF", "EBADF returned by OS"},
    {52, "EFAULT", "EFAULT returned by OS"},
    {53, "EINVAL", "EINVAL returned by OS"},
    {54, "ENCONN", "ENCONN returned by OS"},
    {55, "ENSOCK", "ENSOCK returned by OS"},
    {56, "ENOBUFS", "ENOBUFS returned by OS"},
    {57, "EPIPE", "EPIPE returned by OS"},
};
// clang-format on

const ConnectionFailure& by_name(std::string_view name) {
    for (const ConnectionFailure& failure : kFailures)
        if (failure.name == name) return failure;
    return kFailures[0];
}

}  // namespace

const ConnectionFailure& find_failure(std::string_view text) {
    for (const ConnectionFailure& failure : kFailures)
        if (failure.text == text) return failure;
    return kFailures[0];
}

const ConnectionFailure& failure_of_errno(int error) {
    switch (error) {
        case ECONNREFUSED:
            return by_name("EREFUSED");
        case ECONNRESET:
            return by_name("ERESET");
        case ENETUNREACH:
            return by_name("EUNREACH");
        case ENOMEM:
            return by_name("ENOMEM");
        case EBADF:
            return by_name("EBADF");
        case EFAULT:
            return by_name("EFAULT");
        case EINVAL:
            return by_name("EINVAL");
        case ENOTCONN:
            return by_name("ENCONN");
        case ENOTSOCK:
            return by_name("ENSOCK");
        case ENOBUFS:
            return by_name("ENOBUFS");
        case EPIPE:
            return by_name("EPIPE");
        default:
            return by_name("SOCK_ERR");
    }
}

}  // namespace cfgproxy::net
