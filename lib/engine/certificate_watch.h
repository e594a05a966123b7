#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/tls_files.h"
#include "model/config.h"
#include "net/loop.h"

namespace cfgproxy::engine {

/// Follows the certificates of `bind` lines with `crt-watch` on disk and takes them into use when they change: files by
/// their size, date and number, folders by the files in them. A thread of its own looks, once a second, with the view
/// of the file system of before chroot(); what it has read is put into use on thread 0.
class CertificateWatch {
  public:
    /// `tell`: says what happened, `good` or not.
    CertificateWatch(net::Loop& loop, std::function<void(bool good, const std::string& text)> tell);
    ~CertificateWatch();
    void adopt(const std::shared_ptr<const model::Config>& config);

  private:
    /// What tells one state of a file from another.
    struct Stamp {
        std::int64_t seconds = 0, nanoseconds = 0, size = -1;
        std::uint64_t number = 0;
        auto operator<=>(const Stamp&) const = default;
        static Stamp of(const std::string& path);
    };
    struct Watched {
        std::string name;
        net::CertificateFiles files;
        std::vector<Stamp> used, last;
        std::vector<Stamp> look() const;
    };
    struct Folder {
        std::string path;
        std::vector<std::string> known;
    };
    struct Plan {
        std::weak_ptr<const model::Config> config;
        config::FileRules rules;
        std::vector<Watched> certificates;
        std::vector<Folder> folders;
    };
    static std::shared_ptr<Plan> plan_of(const std::shared_ptr<const model::Config>& config);
    void work();
    void look(Plan& plan);
    void load(const Plan& plan, const Watched& watched);
    void take(const std::shared_ptr<const model::Config>& config, const std::string& name,
              config::LoadedCertificate loaded);
    void add(const std::shared_ptr<const model::Config>& config, const std::string& folder, const std::string& name,
             config::LoadedCertificate loaded);
    void post(std::function<void()> run);

    net::Loop& loop_;
    std::function<void(bool, const std::string&)> tell_;
    std::shared_ptr<CertificateWatch*> self_;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Plan> plan_;
    bool leaving_ = false;
};

}  // namespace cfgproxy::engine
