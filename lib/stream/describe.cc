// What developers may ask of a stream's two sides: `fs.debug_str`, `bs.debug_str`, `term_events` (manual 7.3.2, 7.3.4).
#include <fmt/format.h>

#include <iterator>

#include "net/tls.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

enum Layer : unsigned { kStream = 1, kProtocol = 2, kTls = 4, kConnection = 8, kSocket = 16 };

template <class... Args>
void append(std::string& to, fmt::format_string<Args...> form, Args&&... args) {
    if (!to.empty()) to += ' ';
    fmt::format_to(std::back_inserter(to), form, std::forward<Args>(args)...);
}

void describe_connection(std::string& to, unsigned layers, net::Connection& connection, const ServerMux* mux,
                         bool ending, bool http) {
    if (layers & kProtocol)
        mux ? append(to, "mux={} streams={} ending={}", mux->name(), mux->streams(), static_cast<int>(ending))
            : append(to, "mux={}", http ? "H1" : "PASS");
    if (layers & kTls) {
        if (const net::Tls* tls = connection.tls())
            append(to, "xprt=SSL version={} cipher={}", tls->version(), tls->cipher());
        else
            append(to, "xprt=RAW");
    }
    if (layers & kConnection)
        append(to, "conn.closed={} conn.err={}", static_cast<int>(connection.peer_closed()), connection.error());
    if (layers & kSocket)
        append(to, "fd={} rd={} wr={}", connection.fd(), static_cast<int>(connection.can_receive()),
               static_cast<int>(connection.can_send()));
}

/// HAProxy's letter of a place, in capitals for the server's side, and what happened there as a hexadecimal digit.
enum Event : char { kClosed = '2', kFailed = '3', kTruncated = '5', kTimeout = '7', kStopped = '8', kProtocol_ = '9' };

std::string event(char place, bool of_server, char what) {
    return {static_cast<char>(of_server ? place - 'a' + 'A' : place), what};
}

std::string connection_events(const net::Connection& connection, bool of_server) {
    if (connection.error()) return event('f', of_server, kFailed);
    return connection.peer_closed() ? event('f', of_server, kClosed) : std::string{};
}

std::string end_events(const Endpoint* end, bool of_server) {
    if (!end) return "-";
    if (end->reset_code()) return event('e', of_server, kStopped);
    switch (end->trouble()) {
        case Trouble::closed:
            return event('e', of_server, kTruncated);
        case Trouble::reset:
            return event('e', of_server, kFailed);
        case Trouble::malformed:
        case Trouble::too_long:
            return event('e', of_server, kProtocol_);
        default:
            return end->peer_closed() ? event('e', of_server, kClosed) : std::string{};
    }
}

std::string stream_events(char cause) {
    switch (cause) {
        case 'C':
            return event('s', false, kFailed);
        case 'S':
            return event('s', true, kFailed);
        case 'c':
            return event('s', false, kTimeout);
        case 's':
            return event('s', true, kTimeout);
        case '-':
            return {};
        case 'I':
        case 'R':
            return event('s', false, 'A');
        default:
            return event('s', false, kStopped);
    }
}

}  // namespace

std::string_view Stream::describe(bool of_server, unsigned layers, base::Arena& to) const {
    if (of_server && !connection) return {};
    if (layers == 0) layers = ~0u;
    const End& side = of_server ? origin : client;
    std::string text;
    if ((layers & kStream) && side.endpoint)
        append(text, "sid={} in={} out={} done={} unsent={} trouble={} step={}",
               side.endpoint->stream_number().value_or(0), side.endpoint->bytes_in(), side.endpoint->bytes_out(),
               static_cast<int>(side.input_done), static_cast<int>(side.endpoint->has_unsent()),
               static_cast<int>(side.endpoint->trouble()), step_name());
    if (of_server)
        describe_connection(text, layers, connection->socket(), connection->mux(),
                            connection->h2() && connection->h2()->ending(), record.http);
    else
        describe_connection(text, layers, session.connection(), session.h2(), session.h2() && session.h2()->ending(),
                            record.http);
    return to.copy(text);
}

/// Of HTTP/1 and plain bytes the protocol has no events of its own.
std::string_view Stream::endings(base::Arena& to) const {
    return to.copy(fmt::format("{{{},-,{},{},{},-,{}}}", connection_events(session.connection(), false),
                               end_events(client.endpoint, false), stream_events(record.termination[0]),
                               end_events(connection ? origin.endpoint : nullptr, true),
                               connection ? connection_events(connection->socket(), true) : "-"));
}

}  // namespace cfgproxy::stream
