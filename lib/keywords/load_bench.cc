// Reads configuration files as `-c` does and tells how long it took: load_bench FILE... Exit codes are those of `-c`.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "config/print.h"
#include "config/reader.h"

int main(int argc, char** argv) {
    std::vector<std::string> paths(argv + 1, argv + argc);
    const auto start = std::chrono::steady_clock::now();
    auto loaded = cfgproxy::config::load(paths, {});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    const std::string text = cfgproxy::config::print_diagnostics(loaded.diagnostics, *loaded.source,
                                                                 {.version = "2.6.12", .aborted = loaded.aborted});
    std::fputs(text.c_str(), stderr);
    std::printf("%.1f ms\n", took.count());
    if (!loaded.config) return 1;
    return loaded.has_listener ? 0 : 2;
}
