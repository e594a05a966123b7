#include "engine/ocsp_updater.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "net/tls_store.h"

namespace cfgproxy::engine {
namespace {

// How often it is looked what is due, how long before the end of a response another is asked for, and after a failure.
constexpr std::uint64_t kLookMs = 1000;
constexpr std::time_t kMarginSeconds = 60, kRetrySeconds = 60;

constexpr std::string_view kTexts[] = {"Unknown",
                                       "Update successful",
                                       "HTTP error",
                                       "Missing \"ocsp-response\" header",
                                       "OCSP response check failure",
                                       "Error during insertion"};

/// Checks what came and takes it into use; the status.
int take(net::OcspStaple& staple, const OcspAnswer& answer) {
    if (answer.status != OcspAnswer::good) return answer.status;
    if (!net::verify_ocsp_response(answer.body, staple)) return OcspAnswer::bad_response;
    const auto facts = net::read_ocsp_response(answer.body, staple.id);
    if (!facts) return OcspAnswer::not_kept;
    staple.set(answer.body, facts->expires);
    return OcspAnswer::good;
}

}  // namespace

OcspUpdater::OcspUpdater(net::Loop& loop, std::function<void(std::string_view)> log)
    : loop_(loop), log_(std::move(log)), timer_([this] { look(); }), self_(std::make_shared<OcspUpdater*>(this)) {}

OcspUpdater::~OcspUpdater() {
    *self_ = nullptr;
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    changed_.notify_all();
    if (const int fd = socket_.load(); fd >= 0) ::shutdown(fd, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
}

void OcspUpdater::adopt(std::shared_ptr<const model::Config> config) {
    config_ = std::move(config);
    if (config_->global.ocsp.disabled) return;
    const auto all = config_->tls_store->staples.all();
    for (const auto& staple : all)
        if (staple->update.wanted && !thread_.joinable()) {
            // Signals are for the threads of the engine.
            sigset_t everything, before;
            sigfillset(&everything);
            pthread_sigmask(SIG_SETMASK, &everything, &before);
            thread_ = std::thread([this] { work(); });
            pthread_sigmask(SIG_SETMASK, &before, nullptr);
        }
    if (!all.empty()) timer_.set(loop_, loop_.now_ms() + 1);
}

void OcspUpdater::schedule(net::OcspStaple& staple, bool after_failure) const {
    const model::OcspSettings& settings = config_->global.ocsp;
    const std::time_t now = std::time(nullptr), expires = staple.expires();
    auto& update = staple.update;
    update.next = std::min<std::time_t>(now + settings.max_seconds, std::max<std::time_t>(0, expires - kMarginSeconds));
    if (staple.response()) update.next = std::max<std::time_t>(update.next, now + settings.min_seconds);
    if (after_failure) {
        const std::time_t delay = kRetrySeconds << std::min(update.failures_in_a_row, 10u);
        update.next = std::max(update.next, now + std::min<std::time_t>(delay, settings.max_seconds));
    }
    update.scheduled = true;
}

void OcspUpdater::look() {
    if (busy_ || !config_ || config_->global.ocsp.disabled) return;
    const std::time_t now = std::time(nullptr);
    std::shared_ptr<net::OcspStaple> due;
    bool any = false;
    for (const auto& staple : config_->tls_store->staples.all()) {
        auto& update = staple->update;
        if (!update.wanted && !update.once) continue;
        any = true;
        if (!update.scheduled) schedule(*staple, false);
        if (update.next <= now && (!due || update.next < due->update.next)) due = staple;
    }
    if (any) timer_.set(loop_, loop_.now_ms() + kLookMs);
    if (!due) return;
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    busy_ = due->update.running = true;
    due->update.status = OcspAnswer::none;
    {
        const std::lock_guard lock(mutex_);
        job_ = std::make_unique<Job>(Job{due, due->uri, config_->global.ocsp.proxy});
    }
    changed_.notify_all();
}

void OcspUpdater::work() {
    unshare(CLONE_FS);  // names are looked up with files that a chroot may hide
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return job_ || leaving_; });
        if (leaving_) return;
        const auto job = std::move(job_);
        lock.unlock();
        auto answer = std::make_shared<OcspAnswer>(
            fetch_ocsp(job->uri, net::ocsp_request_for(job->staple->id), job->proxy, socket_));
        loop_.post([self = self_, staple = job->staple, answer] {
            if (*self) (*self)->finish(staple, *answer);
        });
        lock.lock();
    }
}

void OcspUpdater::finish(const std::shared_ptr<net::OcspStaple>& staple, const OcspAnswer& answer) {
    busy_ = false;
    auto& update = staple->update;
    update.running = false;
    update.status = take(*staple, answer);
    if (update.status == OcspAnswer::good) {
        ++update.successes;
        update.failures_in_a_row = 0;
        update.last = std::time(nullptr);
    } else {
        ++update.failures;
        ++update.failures_in_a_row;
    }
    update.once = false;
    schedule(*staple, update.status != OcspAnswer::good);
    log_(fmt::format("<OCSP-UPDATE> {} {} \"{}\" {} {}", staple->path, update.status, kTexts[update.status],
                     update.failures, update.successes));
    look();
}

}  // namespace cfgproxy::engine
