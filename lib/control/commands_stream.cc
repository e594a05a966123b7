// Commands about sessions: show sess, shutdown session (management.txt 9.3). Sessions belong to threads, which are
// visited one after the other.
#include <fmt/format.h>

#include <cstdlib>

#include "control/cli.h"
#include "control/cli_find.h"
#include "control/stat_fields.h"
#include "control/text.h"
#include "log/date.h"
#include "stream/session.h"
#include "stream/stream.h"

namespace cfgproxy::control {
namespace {

using stream::Stream;

// How far a side is, as HAProxy numbers the states of its stream connectors.
enum ConnectorState { kInitial = 0, kQueued = 2, kConnecting = 5, kEstablished = 8, kClosed = 10 };

ConnectorState server_side_state(Stream& s) {
    if (s.applet) return kEstablished;
    if (s.connection) return s.connection->socket().connecting() ? kConnecting : kEstablished;
    if (s.step_name() == "queue") return kQueued;
    return kInitial;
}
std::string_view state_name(ConnectorState state) {
    switch (state) {
        case kInitial:
            return "INI";
        case kQueued:
            return "QUE";
        case kConnecting:
            return "CON";
        case kEstablished:
            return "EST";
        case kClosed:
            return "CLO";
    }
    return "";
}

std::uint64_t pointer_number(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

/// "4s" until `deadline`; `never` if there is none.
std::string until(std::uint64_t deadline, std::uint64_t now_ms, std::string_view never = "") {
    if (deadline == net::Timer::kNever) return std::string(never);
    return human_time(deadline > now_ms ? static_cast<std::int64_t>((deadline - now_ms) / 1000) : 0);
}

std::string_view proto_of(const net::Address& source) {
    return source.family() == AF_INET ? "tcpv4" : source.family() == AF_INET6 ? "tcpv6" : "unix_stream";
}
std::string place(const net::Address& address) {
    return address.is_ip() ? fmt::format("{}:{}", address.ip_text(), address.port()) : "unix:1";
}

/// What both forms of `show sess` tell about one stream, copied on its thread.
struct Facts {
    std::uint64_t pointer = 0, id = 0, accept_wall_us = 0, age_s = 0;
    std::string proto, source, destination, server_source, server_address;
    std::string frontend = "GLOBAL", backend = "<NONE>", server = "<none>", step;
    std::uint32_t frontend_id = 0, server_id = 0;
    std::int64_t backend_id = -1;
    std::string frontend_mode = "tcp", backend_mode = "-";
    std::string client_mux = "PASS", server_mux = "PASS";    ///< what is spoken, as HAProxy names it
    std::string client_left, server_left, phase_left, left;  ///< until the deadlines
    int client_fd = -1, server_fd = -1;
    ConnectorState server_state = kInitial;
    std::uint32_t retries = 0, calls = 0, thread = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;
    int status = -1;
    bool http = false, applet = false;
};

Facts facts_of(Stream& s, std::string_view never) {
    Facts f;
    stream::Session& session = s.session;
    const std::uint64_t now = s.now_ms();
    f.pointer = pointer_number(&s);
    f.id = s.record.request_counter;
    f.accept_wall_us = s.record.accept_wall_us;
    const std::uint64_t wall = s.loop().wall_us();
    f.age_s = wall > f.accept_wall_us ? (wall - f.accept_wall_us) / 1000000 : 0;
    f.proto = proto_of(session.source);
    f.source = place(session.source);
    f.destination = place(session.destination);
    f.frontend = s.frontend->name;
    f.frontend_id = s.frontend->id;
    f.frontend_mode = mode_name(s.frontend->mode);
    if (s.backend->is_backend()) {
        f.backend = s.backend->name;
        f.backend_id = s.backend->id;
        f.backend_mode = mode_name(s.backend->mode);
    }
    if (s.server) {
        f.server = s.server->name();
        f.server_id = s.server->config().id;
        f.server_address = place(s.server->address());
    }
    f.client_left = until(s.client.deadline, now, never);
    f.server_left = until(s.origin.deadline, now, never);
    f.phase_left = until(s.phase_deadline, now, never);
    f.left = until(std::min({s.client.deadline, s.origin.deadline, s.phase_deadline}), now, never);
    f.client_fd = session.connection().fd();
    f.server_fd = s.connection ? s.connection->socket().fd() : -1;
    f.server_state = server_side_state(s);
    f.retries = s.record.retries;
    f.calls = session.requests;
    f.thread = s.env().thread();
    f.bytes_in = s.client.endpoint->bytes_in();
    f.bytes_out = s.client.endpoint->bytes_out();
    f.step = s.step_name();
    f.status = s.record.status;
    f.http = s.http();
    if (f.http) f.client_mux = session.h2() ? session.h2()->name() : "H1";
    if (f.http) f.server_mux = s.connection && s.connection->mux() ? s.connection->mux()->name() : "H1";
    f.applet = s.applet != nullptr;
    return f;
}

Facts facts_of(const CliSession& session, stream::Env& env, std::string_view never) {
    Facts f;
    const std::uint64_t age_us = env.loop.now_us() - session.accept_us();
    f.pointer = pointer_number(&session);
    f.id = session.id();
    f.accept_wall_us = env.loop.wall_us() - age_us;
    f.age_s = age_us / 1000000;
    f.proto = session.proto();
    f.source = session.peer().is_ip() ? place(session.peer()) : fmt::format("unix:{}", session.socket_number());
    f.destination = f.source;
    f.client_left = until(session.deadline_ms(), env.loop.now_ms(), never);
    f.left = f.client_left;
    f.server_left = f.phase_left = never;
    f.client_fd = session.connection().fd();
    f.server_state = kEstablished;
    f.calls = session.commands();
    f.applet = true;
    return f;
}

void append_line(std::string& to, const Facts& f) {
    to += fmt::format(
        "0x{:x}: proto={} src={} fe={} be={} srv={} ts=00 epoch=0 age={} calls={} rate=0 cpu=0 lat=0 "
        "rq[f=000000h,i=0,an=00h,rx={},wx=,ax={}] rp[f=000000h,i=0,an=00h,rx={},wx=,ax=] "
        "scf=[8,0h,fd={}] scb=[{},0h,fd={}] exp={} rc={} c_exp={}\n",
        f.pointer, f.proto, f.source, f.frontend, f.backend, f.server, human_time(static_cast<std::int64_t>(f.age_s)),
        f.calls, f.client_left, f.phase_left, f.server_left, f.client_fd, static_cast<int>(f.server_state), f.server_fd,
        f.left, f.retries, f.server_state == kConnecting ? f.phase_left : "");
}

std::string precise_date(std::uint64_t wall_us) {
    std::string date;
    log::append_local_ms(date, wall_us);
    return date += fmt::format("{:03}", wall_us % 1000);
}

/// Everything that there is to tell, in the layout of `show sess <id>`; what only HAProxy's innards have is left out.
void append_details(std::string& to, const Facts& f) {
    const auto with_address = [](const std::string& address) { return address.empty() ? "" : " addr=" + address; };
    to += fmt::format("0x{:x}: [{}] id={} proto={} source={}\n", f.pointer, precise_date(f.accept_wall_us), f.id,
                      f.proto, f.source);
    to += fmt::format(
        "  flags=0x0, conn_retries={}, conn_exp={} conn_et=0x000 srv_conn=0x{:x}, pend_pos=(nil) "
        "waiting=0 epoch=0\n",
        f.retries, f.server_state == kConnecting ? f.phase_left : "<NEVER>", 0);
    to += fmt::format("  frontend={} (id={} mode={}), listener=? (id=1){}\n", f.frontend, f.frontend_id,
                      f.frontend_mode, with_address(f.destination));
    to += fmt::format("  backend={} (id={} mode={}){}\n", f.backend, f.backend_id, f.backend_mode,
                      with_address(f.server_source));
    to += fmt::format("  server={} (id={}){}\n", f.backend_id < 0 ? "<NONE>" : f.server,
                      f.backend_id < 0 ? "-1" : std::to_string(f.server_id), with_address(f.server_address));
    to += fmt::format("  task=0x{:x} (state=0x00 nice=0 calls={} rate=0 exp={} tmask=0x{:x} age={})\n", f.pointer,
                      f.calls, f.left, 1ull << (f.thread & 63), human_time(static_cast<std::int64_t>(f.age_s)));
    if (f.http) to += fmt::format("  txn=0x{:x} flags=0x0 status={} step={}\n", f.pointer, f.status, f.step);
    to += fmt::format(
        "  scf=0x{:x} flags=0x00000000 state=EST endp=CONN sub=1\n      co0 ctrl={} xprt=RAW mux={} "
        "data=STRM fd={}\n",
        f.pointer, f.proto, f.client_mux, f.client_fd);
    to += fmt::format("  scb=0x{:x} flags=0x00000000 state={} endp={} sub=0\n", f.pointer, state_name(f.server_state),
                      f.applet           ? "APPCTX"
                      : f.server_fd >= 0 ? "CONN"
                                         : "NONE");
    if (f.server_fd >= 0)
        to += fmt::format("      co1 ctrl=tcp xprt=RAW mux={} data=STRM fd={}\n", f.server_mux, f.server_fd);
    to += fmt::format("  req=0x{:x} (f=0x000000 an=0x0 pipe=0 tofwd=0 total={})\n      an_exp={} rex={} wex=<NEVER>\n",
                      f.pointer, f.bytes_in, f.phase_left, f.client_left);
    to += fmt::format(
        "  res=0x{:x} (f=0x000000 an=0x0 pipe=0 tofwd=0 total={})\n      an_exp=<NEVER> rex={} "
        "wex=<NEVER>\n",
        f.pointer, f.bytes_out, f.server_left);
}

/// What threads that are visited add to; thread after thread, so that it needs no lock.
struct Gathered {
    std::string text;
    bool found = false;
};

/// Calls `each` for every stream of a thread.
template <class Each>
void for_each_stream(stream::Env& env, Each each) {
    for (stream::Session *session = env.sessions->front(), *next; session; session = next) {
        next = env.sessions->next(*session);
        session->for_each_stream(each);
    }
}

/// show sess [all|<id>]
void show_sess(CliCall& call) {
    const std::string_view which = call.argument(0);
    const bool details = !which.empty();
    const std::uint64_t only = which == "all" ? 0 : std::strtoull(std::string(which).c_str(), nullptr, 0);
    const bool list = which.empty() || (which != "all" && only == 0);
    auto gathered = std::make_shared<Gathered>();
    const std::string_view never = list ? "" : "<NEVER>";
    const auto add = [gathered, list, only](const Facts& f) {
        if (only && f.pointer != only) return;
        gathered->found = true;
        list ? append_line(gathered->text, f) : append_details(gathered->text, f);
    };
    call.deferred = true;
    call.engine.visit_threads(
        [add, never](stream::Env& env) {
            for_each_stream(env, [&](Stream& s) { add(facts_of(s, never)); });
            if (env.thread() != 0 || !cli_service()) return;
            auto& sessions = cli_service()->sessions;
            for (CliSession* session = sessions.front(); session; session = sessions.next(*session))
                add(facts_of(*session, env, never));
        },
        [waiter = call.waiter, gathered, details, only] {
            if (details && only && !gathered->found) gathered->text = "Session not found.\n";
            waiter->answer(std::move(gathered->text));
        });
}

void shutdown_session(CliCall& call) {
    const std::uint64_t which = std::strtoull(std::string(call.argument(0)).c_str(), nullptr, 0);
    if (which == 0) return call.error("Session pointer expected (use 'show sess').\n");
    auto gathered = std::make_shared<Gathered>();
    call.error("No such session (use 'show sess').\n");  // marked as the severity asks
    std::string refusal = std::move(call.answer);
    call.answer.clear();
    call.deferred = true;
    call.engine.visit_threads(
        [gathered, which](stream::Env& env) {
            for_each_stream(env, [&](Stream& s) {
                if (pointer_number(&s) != which) return;
                gathered->found = true;
                s.on_shutdown('K');
            });
        },
        [waiter = call.waiter, gathered, refusal] { waiter->answer(gathered->found ? "" : refusal); });
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "show sess", .level = Level::operator_, .support = Support::done, .usage = "show sess [id]                          : report the list of current sessions or dump this exact session", .run = show_sess, .since = "1.3"},
    {.name = "shutdown session", .level = Level::admin, .support = Support::done, .usage = "shutdown session [id]                   : kill a specific session", .run = shutdown_session},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
