#include "engine/peer_sections.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::engine {
namespace {

constexpr std::uint32_t kBacklog = 1024;

const model::Proxy kNoProxy{};

/// Whom nobody speaks for has no life: HAProxy removes the section.
bool runs(const model::Peers& section) { return section.has_local(); }

template <class Visit>
void for_each_bind(const model::Config& config, Visit visit) {
    for (const auto& section : config.peers)
        if (runs(*section) && !section->disabled)
            for (const model::Bind& bind : section->binds) visit(*section, bind);
}

std::string key_of(const model::Bind& bind) { return ListenSocket::key_of(bind, bind.endpoint.port_low); }

net::Address local_address(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    return net::Address::from(reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace

/// One listening socket and the section that gets what comes by it.
class PeerSections::Acceptor final : private net::Watcher {
  public:
    explicit Acceptor(std::shared_ptr<ListenSocket> socket) : socket_(std::move(socket)) {}
    ListenSocket& socket() { return *socket_; }
    const std::shared_ptr<ListenSocket>& shared_socket() const { return socket_; }
    void start(net::Loop& loop, peers::Section& section, std::shared_ptr<net::TlsContext> tls) {
        section_ = &section;
        tls_ = std::move(tls);
        if (!watch_.active()) watch_.start_level(loop, socket_->fd(), *this);
    }

  private:
    void on_ready(std::uint8_t) override {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int fd = socket_->accept(from, length);
        if (fd < 0) {
            if (errno == EPIPE) watch_.stop();
            return;
        }
        section_->accept(fd, net::Address::from(reinterpret_cast<const sockaddr*>(&from), length), local_address(fd),
                         tls_ ? tls_->accept() : nullptr);
    }

    std::shared_ptr<ListenSocket> socket_;
    peers::Section* section_ = nullptr;
    std::shared_ptr<net::TlsContext> tls_;  ///< what peers have to speak; null: nothing
    net::Watch watch_;
};

PeerSections::PeerSections() = default;
PeerSections::~PeerSections() = default;

base::Result<void> PeerSections::open(const model::Config& config, std::vector<int>& inherited) {
    std::string errors;
    for_each_bind(config, [&](const model::Peers& section, const model::Bind& bind) {
        const std::string key = key_of(bind);
        for (const auto& acceptor : acceptors_)
            if (acceptor->socket().key() == key) return;
        const std::uint16_t port = bind.endpoint.port_low;
        const int taken = bind.network_namespace ? -1 : ListenSocket::take_inherited(inherited, bind, port);
        auto opened = ListenSocket::open(bind, kNoProxy, port, bind.backlog ? bind.backlog : kBacklog, taken);
        if (opened.ok()) {
            acceptors_.push_back(std::make_unique<Acceptor>(std::move(*opened)));
            return;
        }
        if (!errors.empty()) errors += '\n';
        errors += "Binding [" + *bind.place.file + ":" + std::to_string(bind.place.line) + "] for peers section " +
                  section.name + ": " + opened.error();
    });
    if (!errors.empty()) return base::Error{errors};
    return {};
}

void PeerSections::adopt(net::Loop& loop, const peers::Section::Process& process,
                         std::shared_ptr<const model::Config> config,
                         const std::vector<std::shared_ptr<server::StickTable>>& tables) {
    std::vector<std::unique_ptr<peers::Section>> kept;
    for (auto section = config->peers.rbegin(); section != config->peers.rend(); ++section) {
        if (!runs(**section)) continue;
        const auto known = std::find_if(sections_.begin(), sections_.end(), [&](const auto& running) {
            return running && running->name() == (*section)->name;
        });
        if (known != sections_.end())
            kept.push_back(std::move(*known));
        else
            kept.push_back(std::make_unique<peers::Section>(loop, process, **section));
    }
    sections_ = std::move(kept);  // others let go of their tables first
    for (const auto& running : sections_)
        for (const auto& section : config->peers)
            if (section->name == running->name()) running->adopt(config, *section, tables);
    std::vector<std::unique_ptr<Acceptor>> wanted;
    for_each_bind(*config, [&](const model::Peers& section, const model::Bind& bind) {
        for (auto& acceptor : acceptors_) {
            if (!acceptor || acceptor->socket().key() != key_of(bind)) continue;
            for (const auto& running : sections_)
                if (running->name() == section.name) acceptor->start(loop, *running, bind.tls.context);
            wanted.push_back(std::move(acceptor));
        }
    });
    acceptors_ = std::move(wanted);
}

void PeerSections::pause() {
    for (const auto& acceptor : acceptors_) acceptor->socket().pause();
}

void PeerSections::resume() {
    for (const auto& acceptor : acceptors_) acceptor->socket().resume(kBacklog);
}

void PeerSections::begin_stop() {
    acceptors_.clear();  // our call must reach the new process
    for (const auto& section : sections_) section->begin_stop();
}

bool PeerSections::is_done() const {
    return std::all_of(sections_.begin(), sections_.end(), [](const auto& section) { return section->is_done(); });
}

void PeerSections::stop() {
    acceptors_.clear();
    sections_.clear();
}

std::uint32_t PeerSections::count_active() const {
    std::uint32_t count = 0;
    for (const auto& section : sections_) count += section->count_active();
    return count;
}

std::uint32_t PeerSections::count_connected() const {
    std::uint32_t count = 0;
    for (const auto& section : sections_) count += section->count_connected();
    return count;
}

std::vector<std::shared_ptr<const ListenSocket>> PeerSections::sockets_to_share() const {
    std::vector<std::shared_ptr<const ListenSocket>> shared;
    for (const auto& acceptor : acceptors_)
        if (!acceptor->socket().is_given()) shared.push_back(acceptor->shared_socket());
    return shared;
}

}  // namespace cfgproxy::engine
