#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "model/rule.h"
#include "net/connection.h"
#include "net/loop.h"
#include "server/backend.h"
#include "server/check_expect.h"
#include "server/check_http.h"
#include "server/check_live.h"
#include "server/check_loan.h"
#include "server/check_mux.h"
#include "server/counted_check.h"

namespace cfgproxy::server {

/// One server's check: planned, or under way. It takes the steps of the backend's check one by one; without any it only
/// connects. Thread-owned.
class Probe final : public net::Timer, private net::ConnectionOwner {
  public:
    Probe(net::Loop& loop, Backend& backend, std::shared_ptr<Server> server, std::uint32_t spread_percent,
          std::string_view node, CheckLender* lender);

    void start_in(std::uint64_t ms) { set(loop_, loop_.now_ms() + ms); }
    ~Probe() override;
    std::uint32_t interval() const;
    const Server& server() const { return *server_; }
    /// The next check comes no later than fastinter from now.
    void hurry();
    /// The same, asked for by another thread that holds the backend's mutex.
    void hurry_from_afar();

  private:
    /// What a step comes to: the next one, waiting for the network, or the end of the check.
    enum class Progress : std::uint8_t { next, wait, over };

    void on_timer() override;
    void on_io(net::Connection&) override;
    void begin();
    void advance();
    Progress take_step(const model::CheckStep& step);
    Progress connect(const model::CheckConnect& how);
    bool borrow(const model::CheckConnect& how);
    Progress open(const model::CheckConnect& how);
    Progress finish_connect();
    Progress secure();
    Progress pass_proxy();
    bool introduce();
    bool speaks_h2() const;
    void count();
    Progress send(const model::CheckStep& step);
    bool compose(const model::CheckStep& step);
    Progress expect(const model::CheckStep& step);
    Progress receive(const model::CheckStep& step);
    void start_mux(const CheckMessage& message);
    Progress receive_by_mux();
    Progress run_action(const model::Action& action);
    /// Where to begin again when more has come: the first of the refusals in front of this expectation, or itself.
    std::size_t first_of_chain() const;
    CheckInput input() const;
    void show(const CheckInput& now);
    std::string server_state() const;
    void pass();
    Progress fail(CheckStatus status, std::string_view text, std::int32_t code = 0);
    Progress refused_at_once(int error, bool to_unix_socket);
    Progress fail_with_errno(CheckStatus status, int error);
    void finish(CheckStatus status, std::string_view text, std::int32_t code);
    void let_go();
    bool bind_source(int fd, int family) const;
    bool is_http() const { return check().protocol == model::HealthCheck::Protocol::http; }
    const model::HealthCheck& check() const {
        const model::HealthCheck* own = server_->config().own_health_check;
        return own ? *own : backend_.config().health_check;
    }
    const model::CheckStep* current() const;

    net::Loop& loop_;
    Backend& backend_;
    std::shared_ptr<Server> server_;
    std::uint32_t spread_percent_;
    std::string node_;
    CheckLender* lender_;

    // Of the check under way.
    bool running_ = false;
    std::size_t step_ = 0;
    const model::CheckStep* last_ = nullptr;  ///< the last one that was more than an action
    net::Connection* connection_ = nullptr;   ///< the check's own, or one of traffic's
    std::unique_ptr<net::Connection> own_connection_;
    std::unique_ptr<CheckLoan> loan_;
    bool connecting_ = false, securing_ = false, lingers_ = false, introduces_ = false;
    net::Address
        beyond_proxy_;  ///< where the SOCKS4 proxy that was connected to shall connect to; unspecified: nowhere
    bool asked_proxy_ = false;
    model::Proto proto_ = model::Proto::negotiated;  ///< of the connection, where the file says it
    bool by_alpn_ = false;                           ///< else it is what TLS has agreed upon
    std::optional<CountedCheck> counted_;            ///< once it is clear what is spoken
    bool must_read_ = false;                         ///< before the next expectation is looked at
    bool composed_ = false;
    std::string output_;
    std::size_t sent_ = 0;
    std::int32_t code_ = 0;
    std::string text_;
    std::uint64_t began_us_ = 0;
    base::Buffer answer_;  ///< not HTTP
    bool answer_ended_ = false;
    CheckResponse response_;  ///< HTTP
    CheckResponse::State response_state_ = CheckResponse::State::more;
    std::unique_ptr<CheckMux> mux_;  ///< null: HTTP/1, or no HTTP
    base::Arena arena_;
    sample::Variables variables_;
    model::RuleContext context_;
    CheckLive live_{backend_, context_};
};

}  // namespace cfgproxy::server
