#pragma once
#include "engine/engine.h"

namespace cfgproxy::daemon {

/// Until install_signals(): signals that would end a process that is just starting (SIGUSR1 of a reload that comes too
/// early, SIGHUP, SIGTTOU...) wait. To be called before any thread or process is made.
void hold_signals();

/// From now on signals reach the engine (management manual, section 4): SIGTERM and SIGINT stop it, SIGUSR1 lets it
/// drain, SIGUSR2 reloads, SIGHUP logs the servers' states, SIGTTOU and SIGTTIN pause and resume; SIGPIPE and SIGQUIT
/// do nothing. A SIGINT that was ignored when the program started (nohup, a shell's background job) stays ignored.
/// `engine` must outlive every signal. Whatever was held arrives now.
void install_signals(engine::Engine& engine);

/// That the signal does nothing to this process; children inherit it.
bool is_ignored(int number);

/// Ends the process as the signal that stopped the engine would have, since shells and init systems look at that; back
/// only if it was no signal.
void leave_by_signal();

}  // namespace cfgproxy::daemon
