// Actions that are understood but not executed yet: a file that uses one is refused (lib/README.md).
#include "config/keyword.h"

namespace cfgproxy::keywords {
namespace {

using config::ActionRow;
using config::kHttpAfterResponse;
using config::kHttpRequest;
using config::kHttpResponse;
using config::kQuicInitial;
using config::kTcpConnection;
using config::kTcpContent;
using config::kTcpResponse;
using config::kTcpSession;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "accept", .sets = kTcpConnection | kTcpResponse, .since = "1.5"},
    {.name = "accept", .sets = kTcpSession, .since = "1.7"},
    {.name = "accept", .sets = kTcpContent},
    {.name = "accept", .sets = kQuicInitial, .since = "3.4"},
    {.name = "add-acl(", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "add-headers-bin", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse, .since = "3.4"},
    {.name = "attach-srv", .sets = kTcpSession, .since = "2.9"},
    {.name = "cache-store", .sets = kHttpResponse, .since = "1.8"},
    {.name = "cache-use", .sets = kHttpRequest, .since = "1.8"},
    {.name = "capture", .sets = kHttpRequest | kHttpResponse, .since = "1.6"},
    {.name = "capture", .sets = kHttpAfterResponse, .since = "2.6"},
    {.name = "capture", .sets = kTcpContent, .since = "1.5"},
    {.name = "close", .sets = kTcpResponse, .since = "1.5"},
    {.name = "del-acl(", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "del-acl(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "del-headers-bin", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse, .since = "3.4"},
    {.name = "del-map(", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "del-map(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "dgram-drop", .sets = kQuicInitial, .since = "3.4"},
    {.name = "do-log", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "3.1"},
    {.name = "do-log", .sets = kQuicInitial, .since = "3.4"},
    {.name = "do-resolve(", .sets = kHttpRequest | kTcpContent, .since = "2.0"},
    {.name = "early-hint", .sets = kHttpRequest, .since = "1.9"},
    {.name = "expect-netscaler-cip layer4", .sets = kTcpConnection, .since = "1.7"},
    {.name = "expect-proxy layer4", .sets = kTcpConnection, .since = "1.5"},
    {.name = "lua.", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "lua.", .sets = kHttpAfterResponse, .since = "2.9"},
    {.name = "normalize-uri", .sets = kHttpRequest, .since = "2.4"},
    {.name = "ot-group", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kTcpContent | kTcpResponse, .since = "2.4"},
    {.name = "pause", .sets = kHttpRequest | kHttpResponse, .since = "3.2"},
    {.name = "reject", .sets = kTcpConnection | kTcpResponse, .since = "1.5"},
    {.name = "reject", .sets = kTcpSession, .since = "1.7"},
    {.name = "reject", .sets = kTcpContent},
    {.name = "reject", .sets = kQuicInitial, .since = "3.4"},
    {.name = "sc-add-gpc(", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.8"},
    {.name = "sc-inc-gpc(", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "sc-inc-gpc(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "sc-inc-gpc0(", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "sc-inc-gpc0(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "sc-inc-gpc0(", .sets = kTcpSession, .since = "1.7"},
    {.name = "sc-inc-gpc1(", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "1.9"},
    {.name = "sc-inc-gpc1(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "sc-set-gpt(", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "sc-set-gpt(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "sc-set-gpt0(", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "sc-set-gpt0(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "sc-set-gpt0(", .sets = kTcpSession, .since = "1.7"},
    {.name = "send-retry", .sets = kQuicInitial, .since = "3.4"},
    {.name = "send-spoe-group", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .since = "1.8"},
    {.name = "set-bandwidth-limit", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .since = "2.7"},
    {.name = "set-bc-mark", .sets = kHttpRequest | kTcpContent, .since = "3.0"},
    {.name = "set-bc-tos", .sets = kHttpRequest | kTcpContent, .since = "3.0"},
    {.name = "set-dst", .sets = kHttpRequest | kTcpConnection | kTcpSession, .since = "1.7"},
    {.name = "set-dst", .sets = kTcpContent, .since = "2.0"},
    {.name = "set-dst-port", .sets = kHttpRequest | kTcpConnection | kTcpSession, .since = "1.7"},
    {.name = "set-dst-port", .sets = kTcpContent, .since = "2.0"},
    {.name = "set-fc-mark", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "3.0"},
    {.name = "set-fc-tos", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "3.0"},
    {.name = "set-headers-bin", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse, .since = "3.4"},
    {.name = "set-log-level", .sets = kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "set-map(", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "set-map(", .sets = kHttpAfterResponse, .since = "2.8"},
    {.name = "set-mark", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "set-mark", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "set-nice", .sets = kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "set-priority-class", .sets = kHttpRequest | kTcpContent, .since = "1.9"},
    {.name = "set-priority-offset", .sets = kHttpRequest | kTcpContent, .since = "1.9"},
    {.name = "set-retries", .sets = kHttpRequest | kTcpContent, .since = "3.1"},
    {.name = "set-src", .sets = kHttpRequest, .since = "1.6"},
    {.name = "set-src", .sets = kTcpConnection | kTcpSession, .since = "1.7"},
    {.name = "set-src", .sets = kTcpContent, .since = "2.5"},
    {.name = "set-src-port", .sets = kHttpRequest, .since = "1.6"},
    {.name = "set-src-port", .sets = kTcpConnection | kTcpSession, .since = "1.7"},
    {.name = "set-src-port", .sets = kTcpContent, .since = "2.5"},
    {.name = "set-tos", .sets = kHttpRequest | kHttpResponse, .since = "1.5"},
    {.name = "set-tos", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "set-var(", .sets = kTcpConnection, .since = "2.5"},
    {.name = "set-var(", .sets = kTcpSession, .since = "1.7"},
    {.name = "set-var(", .sets = kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "set-var-fmt(", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .since = "2.5"},
    {.name = "silent-drop", .sets = kHttpRequest | kHttpResponse | kTcpConnection | kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "silent-drop", .sets = kTcpSession, .since = "1.7"},
    {.name = "switch-mode", .sets = kTcpContent, .since = "2.4"},
    {.name = "track-sc0", .sets = kHttpRequest, .since = "1.6"},
    {.name = "track-sc0", .sets = kHttpResponse | kTcpSession, .since = "1.7"},
    {.name = "track-sc0", .sets = kTcpConnection | kTcpContent, .since = "1.5"},
    {.name = "track-sc1", .sets = kHttpRequest, .since = "1.6"},
    {.name = "track-sc1", .sets = kHttpResponse | kTcpSession, .since = "1.7"},
    {.name = "track-sc1", .sets = kTcpConnection | kTcpContent, .since = "1.5"},
    {.name = "track-sc2", .sets = kHttpRequest, .since = "1.6"},
    {.name = "track-sc2", .sets = kHttpResponse | kTcpSession, .since = "1.7"},
    {.name = "track-sc2", .sets = kTcpConnection | kTcpContent, .since = "1.5"},
    {.name = "unset-var(", .sets = kTcpConnection, .since = "2.5"},
    {.name = "unset-var(", .sets = kTcpSession | kTcpContent | kTcpResponse, .since = "1.7"},
    {.name = "use-service", .sets = kHttpRequest | kTcpContent, .since = "1.6"},
    {.name = "wait-for-body", .sets = kHttpRequest | kHttpResponse, .since = "2.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
