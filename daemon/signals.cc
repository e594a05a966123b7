#include "signals.h"

#include <atomic>
#include <csignal>

namespace cfgproxy::daemon {

namespace {

std::atomic<engine::Engine*> g_engine{nullptr};
std::atomic<int> g_stopped_by{0};
static_assert(std::atomic<engine::Engine*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr int kHandled[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGTTOU, SIGTTIN, SIGTERM, SIGINT};

/// Runs in signal context: only Engine's signal-safe functions may be called.
void on_signal(int number) {
    engine::Engine* engine = g_engine.load();
    switch (number) {
        case SIGTERM:
        case SIGINT:
            g_stopped_by = number;
            engine->stop_now();
            break;
        case SIGUSR1:
            engine->soft_stop();
            break;
        case SIGUSR2:
            engine->wish_reload();
            break;
        case SIGHUP:
            engine->log_states();
            break;
        case SIGTTOU:
            engine->pause();
            break;
        case SIGTTIN:
            engine->resume();
            break;
        default:
            break;
    }
}

void handle(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    // One at a time: handlers need not think of each other.
    for (int other : kHandled) sigaddset(&action.sa_mask, other);
    sigaction(number, &action, nullptr);
}

sigset_t held() {
    sigset_t set;
    sigemptyset(&set);
    for (int number : {SIGUSR1, SIGUSR2, SIGHUP, SIGTTOU, SIGTTIN}) sigaddset(&set, number);
    return set;
}

}  // namespace

bool is_ignored(int number) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    return action.sa_handler == SIG_IGN;
}

void hold_signals() {
    sigset_t set = held();
    sigprocmask(SIG_BLOCK, &set, nullptr);
    handle(SIGPIPE, SIG_IGN);
}

void install_signals(engine::Engine& engine) {
    g_engine = &engine;
    for (int number : kHandled)
        if (number != SIGINT || !is_ignored(SIGINT)) handle(number, on_signal);
    handle(SIGQUIT, SIG_IGN);
    sigset_t set = held();
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void leave_by_signal() {
    int number = g_stopped_by;
    if (number == 0) return;
    handle(number, SIG_DFL);
    raise(number);
}

}  // namespace cfgproxy::daemon
