#include <sys/socket.h>

#include "log/format.h"
#include "stream/steps.h"

// The log lines of a stream (manual section 8): which format, which level, and whether there is one at all.

namespace cfgproxy::stream {
namespace {

/// The stream's line by `format`; by the options of the frontend (httplog and its kin) if that is null.
void append_line(Stream& stream, const model::Template* format, std::string& line) {
    const model::Options& options = stream.frontend->options;
    const log::Record& record = stream.record;
    if (format)
        log::render(*format, &record, stream.context, line);
    else if (options.clf_log && record.http)
        log::append_clf_line(record, line);
    else if (options.httplog && record.http)
        log::append_http_line(record, line);
    else if (options.httplog || options.tcplog)
        log::append_tcp_line(record, line);
    else
        log::append_connect_line(record, line);
}

bool nothing_was_said(Stream& stream) {
    const Endpoint& client = *stream.client.endpoint;
    if (stream.http()) return stream.record.request_ms < 0 && client.bytes_in() == 0;
    return client.bytes_in() == 0 && client.bytes_out() == 0;
}

/// What profiles ask for.
class StreamSource final : public log::LineSource {
  public:
    explicit StreamSource(Stream& stream) : stream_(stream) {}
    void render(const model::Template& format, std::string& out) override { append_line(stream_, &format, out); }

  private:
    Stream& stream_;
};

void send(Stream& stream, model::LogOrigin origin, log::Level level, const model::LogProfile* profile, bool failed) {
    const model::Proxy& frontend = *stream.frontend;
    thread_local std::string line, data;
    line.clear();
    data.clear();
    stream.record.origin = origin;
    stream.record.log_count = stream.fe->log_count.load(std::memory_order_relaxed);
    if (frontend.log_format_sd) append_line(stream, frontend.log_format_sd.get(), data);
    const bool session_error = origin == model::LogOrigin::error || origin == model::LogOrigin::killed;
    const bool own = session_error && frontend.error_log_format;
    append_line(stream, own ? frontend.error_log_format.get() : frontend.log_format.get(), line);
    StreamSource source(stream);
    stream.env().logger.send(frontend.logs, {.level = level,
                                             .text = line,
                                             .tag = frontend.log_tag,
                                             .wall_us = stream.loop().wall_us(),
                                             .structured_data = data,
                                             .origin = origin,
                                             .failed = failed,
                                             .profile = profile,
                                             .source = &source});
}

}  // namespace

void write_log(Stream& stream, model::LogOrigin origin) {
    const model::Proxy& frontend = *stream.frontend;
    const log::Record& record = stream.record;
    if (frontend.logs.empty() || stream.context.log_level < 0) return;
    const bool failed = stream.refused || record.termination[0] != '-' || record.redispatched || record.retries != 0 ||
                        (record.http && record.status >= 500);
    if (frontend.options.dontlog_normal && !failed) return;
    if (frontend.options.dontlognull && stream.first_request() && nothing_was_said(stream)) return;
    log::Level level = log::kInfo;
    if (frontend.options.log_separate_errors && failed) level = log::kErr;
    if (stream.context.log_level > 0) level = static_cast<log::Level>(stream.context.log_level - 1);
    send(stream, origin, level, nullptr, failed);
    stream.fe->log_count.fetch_add(1, std::memory_order_relaxed);
}

void write_rule_log(Stream& stream, model::LogOrigin origin, const model::LogProfile* profile) {
    if (stream.frontend->logs.empty() || stream.context.log_level < 0) return;
    log::Level level = log::kInfo;
    if (stream.context.log_level > 0) level = static_cast<log::Level>(stream.context.log_level - 1);
    send(stream, origin, level, profile, false);
}

void note_server_side(Stream& stream) {
    if (!stream.frontend->log_server_side || !stream.connection) return;
    sockaddr_storage address = {};
    socklen_t length = sizeof address;
    if (::getsockname(stream.connection->end().connection.fd(), reinterpret_cast<sockaddr*>(&address), &length) == 0)
        stream.record.backend_source = net::Address::from(reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace cfgproxy::stream
