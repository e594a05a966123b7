#include "base/thread_end.h"

#include <utility>
#include <vector>

namespace cfgproxy::base {
namespace {

constinit thread_local bool ended = false;

struct Ends {
    std::vector<std::pair<void (*)(void*), void*>> calls;
    ~Ends() {
        while (!calls.empty()) {
            const auto [run, what] = calls.back();
            calls.pop_back();
            run(what);
        }
        ended = true;
    }
};
thread_local Ends ends;

}  // namespace

bool at_thread_end(void (*run)(void* what), void* what) {
    if (!ended) ends.calls.emplace_back(run, what);
    return !ended;
}

}  // namespace cfgproxy::base
