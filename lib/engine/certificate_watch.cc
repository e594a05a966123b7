#include "engine/certificate_watch.h"

#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>

namespace cfgproxy::engine {
namespace {

constexpr std::chrono::seconds kInterval{1};

std::vector<const std::string*> files_of(const net::CertificateFiles& files) {
    std::vector<const std::string*> all;
    for (const std::string* file : {&files.crt, &files.key, &files.ocsp, &files.issuer, &files.sctl})
        if (!file->empty()) all.push_back(file);
    return all;
}

}  // namespace

CertificateWatch::Stamp CertificateWatch::Stamp::of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return {};
    return {info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size, info.st_ino};
}

std::vector<CertificateWatch::Stamp> CertificateWatch::Watched::look() const {
    std::vector<Stamp> stamps;
    for (const std::string* file : files_of(files)) stamps.push_back(Stamp::of(*file));
    return stamps;
}

CertificateWatch::CertificateWatch(net::Loop& loop, std::function<void(bool, const std::string&)> tell)
    : loop_(loop), tell_(std::move(tell)), self_(std::make_shared<CertificateWatch*>(this)) {}

CertificateWatch::~CertificateWatch() {
    *self_ = nullptr;
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::shared_ptr<CertificateWatch::Plan> CertificateWatch::plan_of(const std::shared_ptr<const model::Config>& config) {
    auto plan = std::make_shared<Plan>();
    plan->config = config;
    plan->rules = config::file_rules(config->global);
    std::vector<const net::StoredCertificate*> seen;
    for (const auto& bind : config->tls_store->binds) {
        if (!bind->watches) continue;
        for (const auto& use : bind->uses) {
            if (std::find(seen.begin(), seen.end(), use.stored) != seen.end()) continue;
            seen.push_back(use.stored);
            Watched watched{use.stored->name, use.stored->found, {}, {}};
            if (watched.files.crt.empty()) continue;
            watched.used = watched.last = watched.look();
            plan->certificates.push_back(std::move(watched));
        }
        for (const auto& use : bind->uses) {
            if (!use.list || !use.list->folder) continue;
            const auto same = [&use](const Folder& folder) { return folder.path == use.list->name; };
            if (std::any_of(plan->folders.begin(), plan->folders.end(), same)) continue;
            Folder folder{use.list->name, {}};
            for (const auto& line : use.list->lines) folder.known.push_back(line->stored->name);
            plan->folders.push_back(std::move(folder));
        }
    }
    return plan;
}

void CertificateWatch::adopt(const std::shared_ptr<const model::Config>& config) {
    auto plan = plan_of(config);
    const bool any = !plan->certificates.empty() || !plan->folders.empty();
    {
        const std::lock_guard lock(mutex_);
        plan_ = any ? std::move(plan) : nullptr;
    }
    if (!any || thread_.joinable()) return;
    // Signals are for the threads of the engine.
    sigset_t everything, before;
    sigfillset(&everything);
    pthread_sigmask(SIG_SETMASK, &everything, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void CertificateWatch::work() {
    unshare(CLONE_FS);
    std::unique_lock lock(mutex_);
    while (!leaving_) {
        changed_.wait_for(lock, kInterval, [this] { return leaving_; });
        const auto plan = plan_;
        if (leaving_ || !plan) continue;
        lock.unlock();
        look(*plan);
        lock.lock();
    }
}

void CertificateWatch::look(Plan& plan) {
    for (Watched& watched : plan.certificates) {
        auto now = watched.look();
        // What is still being written changes from look to look.
        const bool settled = now == watched.last;
        watched.last = std::move(now);
        if (!settled || watched.last == watched.used) continue;
        watched.used = watched.last;
        load(plan, watched);
    }
    for (Folder& folder : plan.folders) {
        auto files = config::certificates_in(folder.path);
        if (!files) continue;
        for (const std::string& file : *files) {
            if (std::find(folder.known.begin(), folder.known.end(), file) != folder.known.end()) continue;
            auto loaded = config::load_certificate(file, plan.rules);
            if (!loaded) continue;  // not whole yet; asked again in a second
            folder.known.push_back(file);
            Watched watched{file, loaded->files, {}, {}};
            watched.used = watched.last = watched.look();
            plan.certificates.push_back(watched);
            const auto config = plan.config.lock();
            if (!config) return;
            auto kept = std::make_shared<config::LoadedCertificate>(std::move(*loaded));
            post([this, config, path = folder.path, file, kept] { add(config, path, file, std::move(*kept)); });
        }
    }
}

void CertificateWatch::post(std::function<void()> run) {
    loop_.post([self = self_, run = std::move(run)] {
        if (*self) run();
    });
}

void CertificateWatch::load(const Plan& plan, const Watched& watched) {
    const auto config = plan.config.lock();
    if (!config) return;
    const bool told = watched.files.given == net::CertificateFiles::Given::in_store;
    auto loaded = told ? config::load_certificate(watched.name, watched.files, plan.rules)
                       : config::load_certificate(watched.name, plan.rules);
    if (!loaded) {
        post([this, text = "crt-watch: '" + watched.name +
                           "' has changed but is not taken into use: " + loaded.error()] { tell_(false, text); });
        return;
    }
    auto kept = std::make_shared<config::LoadedCertificate>(std::move(*loaded));
    post([this, config, name = watched.name, kept] { take(config, name, std::move(*kept)); });
}

void CertificateWatch::take(const std::shared_ptr<const model::Config>& config, const std::string& name,
                            config::LoadedCertificate loaded) {
    net::StoredCertificate* stored = config->tls_store->find(name);
    if (!stored) return;
    const auto done = config->tls_store->replace(*stored, std::move(loaded.certificate));
    std::string why = done ? std::string() : done.error();
    while (why.ends_with('\n') || why.ends_with('.')) why.pop_back();
    tell_(done.ok(), done ? "crt-watch: '" + name + "' has changed and is in use now."
                          : "crt-watch: '" + name + "' has changed but is not taken into use: " + why + ".");
}

void CertificateWatch::add(const std::shared_ptr<const model::Config>& config, const std::string& folder,
                           const std::string& name, config::LoadedCertificate loaded) {
    net::TlsStore& store = *config->tls_store;
    net::CertificateList* list = store.find_list(folder);
    if (!list || store.find(name)) return;
    net::StoredCertificate& stored = store.add(name);
    stored.certificate = std::move(loaded.certificate);
    stored.found = loaded.files;
    stored.files = std::move(loaded.files);
    const auto done = store.add_line(
        *list, std::make_unique<net::CertificateList::Line>(net::CertificateList::Line{.stored = &stored}));
    tell_(done.ok(), "crt-watch: '" + name + (done ? "' is new and is in use now." : "' is new but cannot be used."));
}

}  // namespace cfgproxy::engine
