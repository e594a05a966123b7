#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "engine/ocsp_fetch.h"
#include "model/config.h"
#include "net/loop.h"
#include "net/ocsp.h"

namespace cfgproxy::engine {

/// Fetches OCSP responses before they expire (`ocsp-update`), one after the other, by a thread of its own that keeps
/// the view of the file system of before chroot(): it looks names up. All else is thread 0's.
class OcspUpdater {
  public:
    OcspUpdater(net::Loop& loop, std::function<void(std::string_view line)> log);
    ~OcspUpdater();
    void adopt(std::shared_ptr<const model::Config> config);
    /// Looks now what is due.
    void look();

  private:
    struct Job {
        std::shared_ptr<net::OcspStaple> staple;
        std::string uri, proxy;
    };
    void work();
    void schedule(net::OcspStaple& staple, bool after_failure) const;
    void finish(const std::shared_ptr<net::OcspStaple>& staple, const OcspAnswer& answer);

    net::Loop& loop_;
    std::function<void(std::string_view)> log_;
    std::shared_ptr<const model::Config> config_;
    net::CallbackTimer timer_;
    bool busy_ = false;
    std::shared_ptr<OcspUpdater*> self_;  ///< null inside once this has gone

    std::thread thread_;
    std::mutex mutex_;  ///< of what follows
    std::condition_variable changed_;
    std::unique_ptr<Job> job_;
    bool leaving_ = false;
    std::atomic<int> socket_{-1};
};

}  // namespace cfgproxy::engine
