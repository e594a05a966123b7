// Commands that show what the process is made of: threads, descriptors, libraries (management.txt 9.3). Their lines
// have HAProxy's layout; what only its innards have is left out or 0.
#include <fmt/format.h>
#include <link.h>
#include <pthread.h>
#include <time.h>

#include "control/cli.h"
#include "control/cli_find.h"
#include "engine/listen.h"
#include "stream/session.h"
#include "stream/stream.h"

namespace cfgproxy::control {
namespace {

using stream::Env;

/// What every thread adds to, one after the other, so that it needs no lock.
struct PerThreadNumbers {
    struct Row {
        std::uint64_t turns = 0, busy_us = 0, sessions = 0, streams = 0, accepted = 0;
        std::uint64_t cpu_ns = 0, id = 0;
    };
    std::vector<Row> rows;
    void add(Env& env) {
        Row row;
        row.turns = env.loop.turns();
        row.busy_us = env.loop.busy_us();
        for (stream::Session* session = env.sessions->front(); session; session = env.sessions->next(*session)) {
            ++row.sessions;
            session->for_each_stream([&row](stream::Stream&) { ++row.streams; });
        }
        timespec cpu{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
        row.cpu_ns = static_cast<std::uint64_t>(cpu.tv_sec) * 1000000000 + static_cast<std::uint64_t>(cpu.tv_nsec);
        row.id = pthread_self();
        if (env.current)
            for (const auto& frontend : env.current->generation->objects.frontends)
                if (frontend) row.accepted += frontend->traffic.of(env.thread()).connections.get();
        rows.push_back(row);
    }
};

/// Has every thread add its numbers, then answers with what `format` makes of them.
void ask_threads(CliCall& call, std::function<std::string(const PerThreadNumbers&)> format) {
    auto numbers = std::make_shared<PerThreadNumbers>();
    call.deferred = true;
    call.engine.visit_threads(
        [numbers](Env& env) { numbers->add(env); },
        [numbers, format = std::move(format), waiter = call.waiter] { waiter->answer(format(*numbers)); });
}

void show_threads(CliCall& call) {
    ask_threads(call, [](const PerThreadNumbers& numbers) {
        std::string text;
        const std::size_t count = numbers.rows.size();
        for (std::size_t n = 0; n < count; ++n) {
            const auto& row = numbers.rows[n];
            const bool active = row.streams > 0 || n == 0;  // the command line runs on the first one
            text += fmt::format("{} Thread {:<2}: id=0x{:x} act={:d} glob=0 wq={:d} rq=0 tl=0 tlsz=0 rqsz=0\n",
                                n == 0 ? '*' : ' ', n + 1, row.id, active, row.sessions > 0);
            text += fmt::format("      1/{:<2}   stuck=0 prof=0 harmless={:d} wantrdv=0\n", n + 1, !active);
            text += fmt::format("             cpu_ns: poll={} now={} diff=0\n             curr_task=0\n", row.cpu_ns,
                                row.cpu_ns);
        }
        return text;
    });
}

void show_activity(CliCall& call) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    ask_threads(call, [now](const PerThreadNumbers& numbers) {
        const std::size_t count = numbers.rows.size();
        std::string text = fmt::format("thread_id: 1 (1..{})\ndate_now: {}.{:06}\n", count,
                                       static_cast<std::int64_t>(now.tv_sec), now.tv_nsec / 1000);
        const auto line = [&](std::string_view name, auto number_of, bool average = false) {
            std::uint64_t sum = 0;
            std::string each;
            for (const auto& row : numbers.rows) {
                sum += number_of(row);
                each += fmt::format(" {}", number_of(row));
            }
            if (average) sum = (sum + count / 2) / std::max<std::size_t>(count, 1);
            text += count == 1 ? fmt::format("{}: {}\n", name, sum) : fmt::format("{}: {} [{} ]\n", name, sum, each);
        };
        using Row = PerThreadNumbers::Row;
        line("loops", [](const Row& row) { return row.turns; });
        line("stream_calls", [](const Row& row) { return row.streams; });
        line(
            "avg_loop_us", [](const Row& row) { return row.turns ? row.busy_us / row.turns : 0; }, true);
        line("accepted", [](const Row& row) { return row.accepted; });
        return text;
    });
}

void show_tasks(CliCall& call) {
    call.answer +=
        fmt::format("Running tasks: 0 ({} threads)\n  function                     places     %    lat_tot   lat_avg\n",
                    call.engine.process().threads);
}

void show_profiling(CliCall& call) {
    call.answer +=
        "Per-task CPU profiling              : off           # set profiling tasks {on|auto|off}\n"
        "Memory usage profiling              : off           # set profiling memory {on|off}\n";
}

int append_library(dl_phdr_info* info, std::size_t, void* text) {
    std::uintptr_t low = ~std::uintptr_t{0}, high = 0;
    for (int n = 0; n < info->dlpi_phnum; ++n) {
        const auto& part = info->dlpi_phdr[n];
        if (part.p_type != PT_LOAD) continue;
        low = std::min<std::uintptr_t>(low, info->dlpi_addr + part.p_vaddr);
        high = std::max<std::uintptr_t>(high, info->dlpi_addr + part.p_vaddr + part.p_memsz);
    }
    std::string name = info->dlpi_name;
    if (high == 0 || name.starts_with("linux-")) return 0;
    if (name.empty()) name = program_invocation_name;
    *static_cast<std::string*>(text) +=
        fmt::format("0x{:012x}-0x{:012x} (0x{:07x}) {}\n", low, high - 1, high - low, name);
    return 0;
}

void show_libs(CliCall& call) { dl_iterate_phdr(append_library, &call.answer); }

// --- descriptors ---------------------------------------------------------------------------------------------

std::string descriptor_line(int fd, std::uint32_t thread, const void* owner, std::string_view what) {
    return fmt::format(
        "{:7} : st=0x000121(cl heopI W:srA R:srA) ref=0 gid=1 tmask=0x{:x} umask=0x0 prmsk=0x{:x} pwmsk=0x0 "
        "owner={} iocb={}\n",
        fd, 1ull << (thread & 63), 1ull << (thread & 63), fmt::ptr(owner), what);
}

/// The lines of several threads, by number of the descriptor.
struct Descriptors {
    std::vector<std::pair<int, std::string>> lines;
    void add(int fd, std::uint32_t thread, const void* owner, const std::string& what) {
        if (fd >= 0) lines.emplace_back(fd, descriptor_line(fd, thread, owner, what));
    }
    void add(Env& env) {
        for (stream::Session* session = env.sessions->front(); session; session = env.sessions->next(*session)) {
            const std::string frontend = " fe=" + session->binding().frontend->name;
            add(session->connection().fd(), env.thread(), session, "0x0(sock_conn_iocb) back=0" + frontend);
            session->for_each_stream([&](stream::Stream& s) {
                if (s.connection == nullptr) return;
                add(s.connection->socket().fd(), env.thread(), s.connection,
                    "0x0(sock_conn_iocb) back=1" + (s.server ? " sv=" + s.server->name() : std::string()) +
                        " px=" + s.backend->name +
                        (s.connection->mux() ? " mux=" + std::string(s.connection->mux()->name()) : ""));
            });
        }
        if (env.thread() != 0 || !cli_service()) return;
        auto& sessions = cli_service()->sessions;
        for (CliSession* session = sessions.front(); session; session = sessions.next(*session))
            add(session->connection().fd(), 0, session, "0x0(sock_conn_iocb) back=0 fe=GLOBAL");
    }
    std::string text(int only) {
        std::sort(lines.begin(), lines.end());
        std::string all;
        for (const auto& [fd, line] : lines)
            if (only < 0 || fd == only) all += line;
        return all;
    }
};

void show_fd(CliCall& call) {
    // 2.7 and later: letters that choose kinds; a number may follow.
    int only = -1;
    for (std::size_t n = 0; !call.argument(n).empty(); ++n)
        if (call.argument(n).find_first_not_of("0123456789") == std::string_view::npos)
            only = static_cast<int>(leading_number(call.argument(n)));
    auto found = std::make_shared<Descriptors>();
    const auto add = [&](const engine::ListenSocket& socket, const std::string& frontend) {
        found->add(socket.fd(), 0, &socket, "0x0(sock_accept_iocb) l.st=RDY fe=" + frontend);
    };
    call.engine.visit_listeners(add);
    call.deferred = true;
    call.engine.visit_threads([found](Env& env) { found->add(env); },
                              [found, only, waiter = call.waiter] { waiter->answer(found->text(only)); });
}

// --- limits of rates -----------------------------------------------------------------------------------------

void set_rate_limit(CliCall& call) {
    stream::Process& process = call.engine.process();
    std::atomic<std::uint32_t>* limit = nullptr;
    std::uint32_t unit = 1;
    const bool global = call.argument(1) == "global";
    if (global && call.argument(0) == "connections") limit = &process.connection_rate_limit;
    if (global && call.argument(0) == "sessions") limit = &process.session_rate_limit;
    if (global && call.argument(0) == "ssl-sessions") limit = &process.tls_rate_limit;
    if (global && call.argument(0) == "http-compression") {
        limit = &process.compression_rate_limit;
        unit = 1024;
    }
    if (!limit)
        return call.error(
            "'set rate-limit' only supports :\n"
            "   - 'connections global' to set the per-process maximum connection rate\n"
            "   - 'sessions global' to set the per-process maximum session rate\n"
            "   - 'ssl-sessions global' to set the per-process maximum SSL session rate\n"
            "   - 'http-compression global' to set the per-process maximum compression speed in kB/s\n");
    if (call.argument(2).empty()) return call.error("Expects an integer value.\n");
    const long long wanted = leading_number(call.argument(2));
    if (wanted < 0) return call.error("Value out of range.\n");
    *limit = static_cast<std::uint32_t>(wanted) * unit;
    if (process.tell_room) process.tell_room();
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "set rate-limit", .level = Level::admin, .support = Support::done, .usage = "set rate-limit <setting> <value>        : change a rate limiting value", .run = set_rate_limit},
    {.name = "show activity", .support = Support::done, .usage = "show activity                           : show per-thread activity stats (for support/developers)", .run = show_activity, .since = "1.8"},
    {.name = "show fd", .level = Level::operator_, .support = Support::done, .usage = "show fd [num]                           : dump list of file descriptors in use or a specific one", .run = show_fd, .since = "1.8"},
    {.name = "show libs", .level = Level::operator_, .support = Support::done, .usage = "show libs                               : show loaded object files and libraries", .run = show_libs, .since = "2.4"},
    {.name = "show profiling", .level = Level::admin, .support = Support::done, .usage = "show profiling [<what>|<#lines>|byaddr]*: show profiling state (all,status,tasks,memory)", .run = show_profiling, .since = "1.9"},
    {.name = "show tasks", .support = Support::done, .usage = "show tasks                              : show running tasks", .run = show_tasks, .since = "2.4"},
    {.name = "show threads", .support = Support::done, .usage = "show threads                            : show some threads debugging information", .run = show_threads, .since = "1.9"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
