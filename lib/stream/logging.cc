#include <sys/socket.h>

#include "log/format.h"
#include "log/lines.h"
#include "net/tls.h"
#include "stream/session_log.h"
#include "stream/steps.h"

// The log lines of a stream (manual section 8): which format, which level, and whether there is one at all.

namespace cfgproxy::stream {
namespace {

/// Who has something to say: a stream, or a connection that is none (yet).
struct Subject {
    Env& env;
    const model::Proxy& frontend;
    server::Frontend& counters;
    log::Record& record;
    const sample::Context& context;
};

/// The line by `format`; by the options of the frontend (httplog and its kin) if that is null.
void append_line(const Subject& subject, const model::Template* format, std::string& line) {
    const log::Record& record = subject.record;
    if (format)
        log::render(*format, &record, subject.context, line);
    else
        log::append_line(subject.frontend.options, record, line);
}

bool nothing_was_said(Stream& stream) {
    const Endpoint& client = *stream.client.endpoint;
    if (stream.http()) return stream.record.request_ms < 0 && client.bytes_in() == 0;
    return client.bytes_in() == 0 && client.bytes_out() == 0;
}

/// What profiles ask for.
class SubjectSource final : public log::LineSource {
  public:
    explicit SubjectSource(const Subject& subject) : subject_(subject) {}
    void render(const model::Template& format, std::string& out) override { append_line(subject_, &format, out); }

  private:
    const Subject& subject_;
};

/// A line that came about as `origin` tells.
struct Event {
    model::LogOrigin origin;
    log::Level level = log::kInfo;
    const model::LogProfile* profile = nullptr;
    bool failed = false;
};

void send(const Subject& subject, const Event& event) {
    const model::Proxy& frontend = subject.frontend;
    thread_local std::string line, data;
    line.clear();
    data.clear();
    subject.record.origin = event.origin;
    subject.record.log_count = subject.counters.log_count.load(std::memory_order_relaxed);
    if (frontend.log_format_sd) append_line(subject, frontend.log_format_sd.get(), data);
    const bool killed = event.origin == model::LogOrigin::killed;
    const bool session_error = event.origin == model::LogOrigin::error || killed;
    if (session_error && frontend.error_log_format)
        append_line(subject, frontend.error_log_format.get(), line);
    else if (killed)
        log::append_error_line(subject.record, line);
    else
        append_line(subject, frontend.log_format.get(), line);
    SubjectSource source(subject);
    subject.env.logger.send(frontend.logs, {.level = event.level,
                                            .text = line,
                                            .tag = frontend.log_tag,
                                            .wall_us = subject.env.loop.wall_us(),
                                            .structured_data = data,
                                            .origin = event.origin,
                                            .failed = event.failed,
                                            .profile = event.profile,
                                            .source = &source});
}

Subject subject_of(Stream& stream) {
    return {stream.env(), *stream.frontend, *stream.fe, stream.record, stream.context};
}

/// What is known of a connection that has no stream.
void fill(log::Record& record, Session& session, const sample::Context& context) {
    Env& env = session.env();
    const Binding& binding = session.binding();
    record.http = binding.frontend->mode == model::Mode::http;
    record.client = context.src;
    record.frontend_address = context.dst;
    record.accept_wall_us = session.accept_wall_us;
    record.request_wall_us = env.loop.wall_us();
    record.frontend_name = record.backend_name = binding.frontend->name;
    record.server_name = "<NOSRV>";
    record.bind_id = binding.bind->id;
    record.bind_name = binding.bind->name;
    record.pid = env.process.pid;
    record.request_counter = env.process.requests.fetch_add(1, std::memory_order_relaxed);
    record.frontend_ssl = binding.bind->tls.context != nullptr;
    record.handshake_ms = session.handshake_ms;
    if (const net::Tls* tls = session.connection().tls()) {
        record.tls_version = tls->version();
        record.tls_cipher = tls->cipher().empty() ? "(NONE)" : tls->cipher();
    }
    record.total_ms = record.active_ms = static_cast<std::int64_t>((env.loop.now_us() - session.accept_us) / 1000);
    record.status = 0;
    record.termination[0] = 'P';
    record.termination[1] = 'R';
    record.active_connections = env.process.connections.get();
    record.frontend_connections = binding.state->connections.get();
    record.live = context.live;
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
    send(subject_of(stream), {.origin = origin, .level = level, .failed = failed});
    stream.fe->log_count.fetch_add(1, std::memory_order_relaxed);
}

void write_rule_log(Stream& stream, model::LogOrigin origin, const model::LogProfile* profile) {
    if (stream.frontend->logs.empty() || stream.context.log_level < 0) return;
    log::Level level = log::kInfo;
    if (stream.context.log_level > 0) level = static_cast<log::Level>(stream.context.log_level - 1);
    send(subject_of(stream), {.origin = origin, .level = level, .profile = profile});
}

void SessionLog::write_log(model::LogOrigin origin, const model::LogProfile* profile) {
    const model::Proxy& frontend = *session_.binding().frontend;
    if (frontend.logs.empty()) return;
    log::Record record;
    fill(record, session_, context_);
    send({session_.env(), frontend, *session_.binding().state, record, context_},
         {.origin = origin, .profile = profile});
}

void SessionLog::write_failure(std::string_view why) {
    const model::Proxy& frontend = *session_.binding().frontend;
    if (frontend.logs.empty()) return;
    log::Record record;
    fill(record, session_, context_);
    record.error = why;
    const log::Level level = frontend.options.log_separate_errors ? log::kErr : log::kInfo;
    send({session_.env(), frontend, *session_.binding().state, record, context_},
         {.origin = model::LogOrigin::killed, .level = level, .failed = true});
    session_.binding().state->log_count.fetch_add(1, std::memory_order_relaxed);
}

void note_server_side(Stream& stream) {
    if (!stream.frontend->log_server_side || !stream.connection) return;
    sockaddr_storage address = {};
    socklen_t length = sizeof address;
    if (::getsockname(stream.connection->socket().fd(), reinterpret_cast<sockaddr*>(&address), &length) == 0)
        stream.record.backend_source = net::Address::from(reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace cfgproxy::stream
