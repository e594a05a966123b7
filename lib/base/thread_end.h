#pragma once

namespace cfgproxy::base {

/// Has `run(what)` called when the calling thread ends (the first one: when the process does), the latest call first.
/// False: the thread has ended, and it will not be called.
bool at_thread_end(void (*run)(void* what), void* what);

}  // namespace cfgproxy::base
