#include "server/check.h"

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include "net/connection.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "server/check_http.h"

namespace cfgproxy::server {
namespace {

/// Shorter intervals do not count when first checks are spread (or all would come at once).
constexpr std::uint32_t kSpreadThresholdMs = 1000;
constexpr std::uint64_t kWarmUpStepMs = 1000;

/// Where a check connects to.
struct Target {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

bool set_unix(Target& target, const model::Endpoint& endpoint) {
    auto* address = reinterpret_cast<sockaddr_un*>(&target.storage);
    const bool abstract = endpoint.kind == model::Endpoint::Kind::abstract_unix;
    if (endpoint.path.size() + 1 >= sizeof address->sun_path) return false;
    address->sun_family = AF_UNIX;
    std::memcpy(address->sun_path + (abstract ? 1 : 0), endpoint.path.data(), endpoint.path.size());
    target.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.path.size() + 1);
    if (abstract) target.length = sizeof(sockaddr_un);  // as HAProxy binds it: the name is padded with zeros
    return true;
}

bool is_unix(const model::Endpoint& endpoint) {
    return endpoint.kind == model::Endpoint::Kind::unix_path || endpoint.kind == model::Endpoint::Kind::abstract_unix;
}

/// `addr` and `port` of the check, else those of the server.
bool find_target(const Server& server, Target& target) {
    const model::CheckSettings& check = server.config().check;
    const model::Endpoint* own = check.address ? &*check.address : nullptr;
    if (const model::Endpoint& endpoint = own ? *own : server.config().endpoint; is_unix(endpoint))
        return set_unix(target, endpoint);
    net::Address address = own ? own->ip : server.address();
    if (!address.is_ip()) return false;
    std::uint16_t port = check.port;
    if (port == 0 && own) port = own->ip.port() ? own->ip.port() : own->port_low;
    if (port == 0 && !server.config().endpoint.port_mapped) port = server.address().port();
    if (port == 0) return false;
    address.set_port(port);
    std::memcpy(&target.storage, address.raw(), address.length());
    target.length = address.length();
    return true;
}

/// One server's check: planned, or under way.
class Probe final : public net::Timer, private net::ConnectionOwner {
  public:
    Probe(net::Loop& loop, Backend& backend, std::shared_ptr<Server> server, std::uint32_t spread_percent)
        : loop_(loop),
          backend_(backend),
          server_(std::move(server)),
          spread_percent_(spread_percent),
          http_(backend.config().http_check.enabled),
          expectation_(backend.config().http_check) {
        if (http_) request_ = make_check_request(backend.config().http_check);
    }

    void start_in(std::uint64_t ms) { set(loop_, loop_.now_ms() + ms); }
    std::uint32_t interval() const;

  private:
    void on_timer() override;
    void on_io(net::Connection&) override { go_on(); }
    void begin();
    void connected();
    void go_on();
    bool send_request();
    void receive();
    void finish(CheckStatus status, std::string_view text);
    void fail_with_errno(CheckStatus status, int error) { finish(status, error ? std::strerror(error) : ""); }
    void plan_next();
    bool bind_source(int fd, int family) const;

    net::Loop& loop_;
    Backend& backend_;
    std::shared_ptr<Server> server_;
    std::uint32_t spread_percent_;
    bool http_;
    HttpExpectation expectation_;
    std::string request_;
    std::unique_ptr<net::Connection> connection_;  ///< while a check is under way
    bool connecting_ = false;
    std::size_t sent_ = 0;
    std::uint64_t began_us_ = 0;
    CheckResponse response_;
};

std::uint32_t Probe::interval() const {
    const model::CheckSettings& settings = server_->config().check;
    const CheckReport report = server_->check();
    if (report.health == report.rise + report.fall - 1) return settings.inter_ms;
    const bool down = server_->health() == Health::down && report.health == 0;
    const std::uint32_t wanted = down ? settings.down_inter_ms : settings.fast_inter_ms;
    return wanted ? wanted : settings.inter_ms;
}

void Probe::on_timer() {
    if (connection_) {
        const bool secured = !connection_->tls() || connection_->tls()->established();
        finish(connecting_ ? CheckStatus::l4_timeout : secured ? CheckStatus::l7_timeout : CheckStatus::l6_timeout, {});
    } else if (server_->in_maintenance() || !server_->check().enabled) {  // paused, or `disable health`
        start_in(std::max<std::uint32_t>(server_->config().check.inter_ms, 1));
    } else {
        begin();
    }
}

bool Probe::bind_source(int fd, int family) const {
    const auto& source = server_->config().source ? server_->config().source : backend_.config().source;
    if (!source || source->ip.family() != family) return true;
    net::Address address = source->ip;
    return ::bind(fd, address.raw(), address.length()) == 0;
}

void Probe::begin() {
    const std::uint64_t now = loop_.now_ms();
    const model::Timeouts& timeouts = backend_.config().timeouts;
    const model::CheckSettings& settings = server_->config().check;
    began_us_ = loop_.now_us();
    sent_ = 0;
    connecting_ = true;
    response_.reset(http::find_method(backend_.config().http_check.method));
    backend_.check_started(*server_);
    Target target;
    if (!find_target(*server_, target)) return finish(CheckStatus::socket_error, {});
    const int fd = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail_with_errno(CheckStatus::socket_error, errno);
    connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_->set_owner(this);
    const model::TlsOptions& tls = server_->config().tls;
    if (tls.context && (tls.check || (tls.on && !tls.no_check)))
        if (auto made = tls.context->connect(tls.check_sni)) connection_->start_tls(std::move(made));
    if (!bind_source(fd, target.storage.ss_family)) return fail_with_errno(CheckStatus::socket_error, errno);
    std::uint64_t patience = settings.inter_ms;
    if (timeouts.check >= 0 && timeouts.connect >= 0)
        patience = std::min(patience, static_cast<std::uint64_t>(timeouts.connect));
    set(loop_, now + patience);
    if (target.storage.ss_family != AF_UNIX) net::set_stream_options(fd, false);
    const net::Io io = connection_->start_connect(reinterpret_cast<sockaddr*>(&target.storage), target.length);
    if (io == net::Io::failed) return fail_with_errno(CheckStatus::l4_error, connection_->error());
    if (io == net::Io::ok) connected();
}

void Probe::connected() {
    connecting_ = false;
    if (connection_->tls()) {
        const net::Io io = connection_->handshake();
        if (io == net::Io::again) return;
        if (io == net::Io::failed) return finish(CheckStatus::l6_error, "SSL handshake failure");
        if (!http_) return finish(CheckStatus::l6_ok, {});
    } else if (!http_) {
        return finish(CheckStatus::l4_ok, {});
    }
    if (const std::int64_t patience = backend_.config().timeouts.check; patience >= 0)
        set(loop_, loop_.now_ms() + static_cast<std::uint64_t>(patience));
    go_on();
}

void Probe::go_on() {
    if (!connection_) return;
    if (connecting_) {
        const net::Io io = connection_->finish_connect();
        if (io == net::Io::failed) return fail_with_errno(CheckStatus::l4_error, connection_->error());
        if (io == net::Io::ok) connected();
        return;
    }
    if (connection_->tls() && !connection_->tls()->established()) return connected();
    if (send_request()) receive();
}

/// False: not yet, or the check is over.
bool Probe::send_request() {
    while (sent_ < request_.size()) {
        iovec piece{request_.data() + sent_, request_.size() - sent_};
        std::size_t moved = 0;
        const net::Io io = connection_->send(&piece, 1, moved);
        sent_ += moved;
        if (io == net::Io::again) return false;
        if (io == net::Io::failed) {
            fail_with_errno(CheckStatus::socket_error, connection_->error());
            return false;
        }
    }
    return true;
}

void Probe::receive() {
    for (;;) {
        response_.buffer().reserve();
        const net::Io io = connection_->receive(response_.buffer());
        if (io == net::Io::again) return;
        if (io == net::Io::failed) return fail_with_errno(CheckStatus::socket_error, connection_->error());
        const auto state = response_.advance(io == net::Io::closed);
        if (state == CheckResponse::State::invalid) return finish(CheckStatus::l7_invalid, {});
        if (state == CheckResponse::State::more) continue;
        const auto verdict = expectation_.judge(response_.status(), response_.reason(), response_.body(),
                                                state == CheckResponse::State::complete);
        if (verdict.known) return finish(verdict.status, verdict.text);
    }
}

void Probe::finish(CheckStatus status, std::string_view text) {
    const auto duration = static_cast<std::int64_t>((loop_.now_us() - began_us_) / 1000);
    const std::string what(text);  // may live in what is let go here
    if (connection_) {
        // Nothing of this connection is worth a TIME_WAIT, unless the server has closed in an orderly way.
        if (connection_->peer_closed())
            connection_->close();
        else
            connection_->reset();
        // A connection calls its owner: it goes at the end of the turn.
        struct Gone : net::Retired {
            std::unique_ptr<net::Connection> connection;
        };
        auto* gone = new Gone;
        connection_->set_owner(nullptr);
        gone->connection = std::move(connection_);
        loop_.retire(*gone);
    }
    const int code = response_.status();
    backend_.check_done(*server_, status, code, duration, what);
    response_.reset(http::Method::other);
    plan_next();
}

void Probe::plan_next() {
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::int64_t wait = interval();
    std::int64_t spread = wait * spread_percent_ / 100;
    if (spread > 0) spread = std::uniform_int_distribution<std::int64_t>(-spread, spread)(random);
    start_in(static_cast<std::uint64_t>(std::max<std::int64_t>(wait + spread, 1)));
}

}  // namespace

struct Checker::Impl {
    Impl(net::Loop& l, std::uint32_t percent) : loop(l), spread_percent(percent) {}
    net::Loop& loop;
    std::uint32_t spread_percent;
    std::vector<std::unique_ptr<Probe>> probes;
    std::size_t started = 0;
    std::vector<Backend*> warming;  ///< those with a slowstart
    net::CallbackTimer start_timer{[this] { start(); }};
    net::CallbackTimer warm_up_timer{[this] { warm_up(); }};

    /// First checks: one after the other over the shortest interval (of those not too short), in file order.
    void start() {
        std::uint32_t shortest = 0;
        const std::size_t count = probes.size() - started;
        for (std::size_t i = started; i < probes.size(); ++i) {
            const std::uint32_t interval = probes[i]->interval();
            if (interval >= kSpreadThresholdMs && (shortest == 0 || interval < shortest)) shortest = interval;
        }
        for (std::size_t i = 0; i < count; ++i) {
            Probe& probe = *probes[started + i];
            probe.start_in(std::uint64_t{std::max(shortest, probe.interval())} * i / count);
        }
        started = probes.size();
    }

    void warm_up() {
        for (Backend* backend : warming) backend->tick();
        warm_up_timer.set(loop, loop.now_ms() + kWarmUpStepMs);
    }
};

Checker::Checker(net::Loop& loop, std::uint32_t spread_percent) : impl_(std::make_unique<Impl>(loop, spread_percent)) {}

Checker::~Checker() = default;

void Checker::add(Backend& backend) {
    bool warms = false;
    for (auto& server : backend.servers()) {
        warms = warms || server->config().slow_start_ms > 0;
        if (!server->config().check.enabled) continue;
        impl_->probes.push_back(std::make_unique<Probe>(impl_->loop, backend, server, impl_->spread_percent));
        impl_->start_timer.set(impl_->loop, impl_->loop.now_ms());
    }
    if (!warms) return;
    impl_->warming.push_back(&backend);
    impl_->warm_up_timer.set(impl_->loop, impl_->loop.now_ms() + kWarmUpStepMs);
}

void Checker::stop() {
    impl_->start_timer.cancel();
    impl_->warm_up_timer.cancel();
    impl_->probes.clear();
    impl_->warming.clear();
    impl_->started = 0;
}

}  // namespace cfgproxy::server
