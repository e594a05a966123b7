#include "reload.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "configuration.h"

namespace cfgproxy::daemon {

namespace {

std::uint64_t wall_us() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
}

std::string place_text(const base::Place& place) {
    return place.file == nullptr ? std::string() : fmt::format("[{}:{}] : ", *place.file, place.line);
}

}  // namespace

Reloader::Reloader(engine::Engine& engine, const Options& options, std::string_view program)
    : engine_(engine), options_(options), messages_(program) {
    messages_.set_quiet(options.silent());
}

Reloader::~Reloader() {
    {
        std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Reloader::start(std::shared_ptr<const model::Config> current) {
    current_ = std::move(current);
    // Signals are for the threads of the engine.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // chroot() may only follow when the thread has its own view of the file system.
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return started_; });
}

void Reloader::request() {
    {
        std::lock_guard lock(mutex_);
        requested_ = true;
    }
    changed_.notify_all();
}

void Reloader::run() {
    // Cannot fail but for lack of memory; then reloads after a chroot fail too, and say that they find no file.
    unshare(CLONE_FS);
    std::unique_lock lock(mutex_);
    started_ = true;
    changed_.notify_all();
    for (;;) {
        changed_.wait(lock, [this] { return requested_ || leaving_; });
        if (leaving_) return;
        requested_ = false;
        lock.unlock();
        const Outcome outcome = reload_once();
        if (outcome_hook_) outcome_hook_(outcome);
        lock.lock();
    }
}

Reloader::Outcome Reloader::reload_once() {
    report("Reloading the configuration.", false);
    config::Loaded loaded = config::load(options_.files, load_options(options_));
    messages_.laid_out(lay_out(loaded, messages_));
    report_messages(loaded.diagnostics);
    bool refused = loaded.diagnostics.warnings() > 0 && options_.zero_warning;
    if (!loaded.config || refused || !loaded.has_listener) {
        std::string_view why = !loaded.config ? "there are errors in the files"
                               : refused      ? "there are warnings and 'zero-warning' is set"
                                              : "no enabled listener found (check for 'bind' directives)";
        report(fmt::format("Reload refused, nothing has changed: {}.", why), true);
        return Outcome::refused;
    }
    complete(*loaded.config, options_);
    std::string fixed = fixed_settings_changed(current_->global, loaded.config->global);
    if (!fixed.empty() && outcome_hook_) {
        report(fmt::format("Reload: a changed {} needs a new process.", fixed), false);
        return Outcome::needs_process;
    }
    if (!fixed.empty())
        report(fmt::format("Reload: a changed {} takes effect only when a new process is started (-sf).", fixed), true);
    std::shared_ptr<const model::Config> next = std::move(loaded.config);
    base::Result<void> done = hand_over(next);
    if (!done.ok()) {
        report(fmt::format("Reload failed, nothing has changed: {}.", done.error()), true);
        return Outcome::needs_process;
    }
    current_ = next;
    report("Reload done, the new configuration is in use.", false);
    return Outcome::done;
}

base::Result<void> Reloader::hand_over(std::shared_ptr<const model::Config> next) {
    {
        std::lock_guard lock(mutex_);
        outcome_.reset();
    }
    engine_.reload(std::move(next), [this](base::Result<void> result) {
        {
            std::lock_guard lock(mutex_);
            outcome_ = std::move(result);
        }
        changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return outcome_.has_value() || leaving_; });
    return outcome_.has_value() ? *outcome_ : base::Result<void>(base::Error{"the process is leaving"});
}

void Reloader::report(std::string_view text, bool failure) {
    if (failure)
        messages_.warning(text);
    else
        messages_.notice(text);
    write_log({{failure ? log::kAlert : log::kNotice, std::string(text)}});
}

void Reloader::report_messages(const base::Diagnostics& diagnostics) {
    constexpr std::size_t kMost = 20;  // the log need not repeat a whole file
    std::vector<LogLine> lines;
    for (const base::Diagnostic& diagnostic : diagnostics.list()) {
        if (diagnostic.severity < base::Severity::warning || lines.size() == kMost) continue;
        lines.push_back({diagnostic.severity == base::Severity::alert ? log::kAlert : log::kWarning,
                         "Reload: " + place_text(diagnostic.place) + diagnostic.text});
    }
    write_log(lines);
}

void Reloader::write_log(const std::vector<LogLine>& lines) {
    const model::Global& global = current_->global;
    log::Logger::Identity identity;
    identity.tag = global.log_tag.empty() ? std::string(kLogTag) : global.log_tag;
    identity.hostname = global.log_send_hostname;
    identity.pid = static_cast<std::uint32_t>(getpid());
    log::Logger logger(identity);
    for (const LogLine& line : lines) logger.send(global.logs, line.level, line.text, {}, wall_us());
    logger.flush();
}

std::string fixed_settings_changed(const model::Global& before, const model::Global& after) {
    std::string names;
    auto compare = [&names](std::string_view name, const auto& a, const auto& b) {
        if (a == b) return;
        if (!names.empty()) names += ", ";
        names += name;
    };
    compare("'chroot'", before.chroot, after.chroot);
    compare("'user'", before.user, after.user);
    compare("'group'", before.group, after.group);
    compare("'uid'", before.uid, after.uid);
    compare("'gid'", before.gid, after.gid);
    compare("'nbthread'", before.threads, after.threads);
    compare("'ulimit-n'", before.ulimit_n, after.ulimit_n);
    compare("'fd-hard-limit'", before.descriptors_limit, after.descriptors_limit);
    compare("'cpu-map'", before.thread_processors, after.thread_processors);
    compare("'set-dumpable'", before.dumpable, after.dumpable);
    compare("'tune.renice.runtime'", before.nice_later, after.nice_later);
    compare("'pidfile'", before.pidfile, after.pidfile);
    compare("'daemon'", before.daemon, after.daemon);
    return names;
}

}  // namespace cfgproxy::daemon
