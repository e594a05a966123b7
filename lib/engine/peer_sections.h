#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/listen.h"
#include "model/config.h"
#include "net/loop.h"
#include "peers/section.h"

namespace cfgproxy::engine {

/// The `peers` sections of the process, and the sockets by which other peers reach us. Thread 0.
class PeerSections {
  public:
    PeerSections();
    ~PeerSections();
    /// Opens the sockets of `config` that are not open yet, while privileges last; takes from `inherited` what another
    /// process handed over. The error names the lines.
    base::Result<void> open(const model::Config& config, std::vector<int>& inherited);
    /// From now on sections do what `config` says; sockets and sections that it does not name end. `tables[i]` runs
    /// config.tables[i].
    void adopt(net::Loop& loop, const peers::Section::Process& process, std::shared_ptr<const model::Config> config,
               const std::vector<std::shared_ptr<server::StickTable>>& tables);
    /// SIGTTOU, SIGTTIN.
    void pause();
    void resume();
    /// A soft stop: nobody reaches us any more, and a new process is taught what we know.
    void begin_stop();
    /// The process may leave.
    bool is_done() const;
    void stop();

    /// The one that was declared last comes first, as HAProxy keeps them.
    const std::vector<std::unique_ptr<peers::Section>>& sections() const { return sections_; }
    std::uint32_t count_active() const;
    std::uint32_t count_connected() const;
    std::vector<std::shared_ptr<const ListenSocket>> sockets_to_share() const;

  private:
    class Acceptor;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::vector<std::unique_ptr<peers::Section>> sections_;
};

}  // namespace cfgproxy::engine
