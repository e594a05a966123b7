#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "log/log.h"
#include "messages.h"
#include "model/config.h"
#include "options.h"

namespace cfgproxy::daemon {

/// Reads the files again on SIGUSR2 and hands the new configuration to the engine (DESIGN: generations). Reading has a
/// thread of its own, so that traffic does not wait for a big file or a slow name server. Whatever goes wrong is
/// printed and logged, and changes nothing.
///
/// After `chroot` the files are out of the process's sight. This thread is therefore made before, and unshares its
/// file-system context (root and current folder): it goes on seeing what the process saw, under the same names, while
/// the threads that handle traffic are confined. It has no privilege that they have not: setuid() and setgroups() hold
/// for all threads, so a reload reads what the configured user may read. The price: whoever executes code of his own
/// inside the process can reach, through this thread, the files that this user may read outside of the chroot. The
/// alternatives were folders kept open (the same price, and names such as errorfiles', certificates' and the
/// resolver's would all have to be translated) or a second process that parses for us (it could not hand over the
/// result). Those who want the strict form use `-sf`, which never needs the old process to read anything.
class Reloader {
  public:
    /// `engine` must outlive it. `options` and `program` are those of the start.
    Reloader(engine::Engine& engine, const Options& options, std::string_view program);
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    /// Starts the thread, which only waits; after fork and before chroot. `current` is the running configuration.
    void start(std::shared_ptr<const model::Config> current);
    /// How a reload ended. `needs_process`: the files are good, but only a new process can put them into force.
    enum class Outcome { done, refused, needs_process };
    /// Called by the reading thread at the end of each reload. With it a change that a running process cannot make is
    /// left to whoever is told, and nothing else of the files is put into force; without it that is a warning. Before
    /// start().
    void set_outcome_hook(std::function<void(Outcome)> hook) { outcome_hook_ = std::move(hook); }
    /// Any thread: the files are to be read again. While a reload is under way, one more is remembered.
    void request();

  private:
    void run();
    Outcome reload_once();
    base::Result<void> hand_over(std::shared_ptr<const model::Config> next);
    void report(std::string_view text, bool failure);
    void report_messages(const base::Diagnostics& diagnostics);
    struct LogLine {
        log::Level level;
        std::string text;
    };
    void write_log(const std::vector<LogLine>& lines);

    engine::Engine& engine_;
    const Options options_;
    Messages messages_;
    std::shared_ptr<const model::Config> current_;
    std::thread thread_;
    std::function<void(Outcome)> outcome_hook_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool started_ = false;
    bool requested_ = false;
    bool leaving_ = false;
    std::optional<base::Result<void>> outcome_;  // of the engine's part
};

/// The settings that differ between two configurations but cannot change in a running process, by name.
std::string fixed_settings_changed(const model::Global& before, const model::Global& after);

}  // namespace cfgproxy::daemon
