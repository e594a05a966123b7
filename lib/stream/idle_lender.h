#pragma once
#include "server/check_loan.h"
#include "stream/env.h"

namespace cfgproxy::stream {

/// Lends what its thread keeps idle to checks, by the rule of `http-reuse`: each check counts as a client's first
/// request, so `safe` lends nothing. Thread-owned.
class IdleLender final : public server::CheckLender {
  public:
    explicit IdleLender(Env& env) : env_(env) {}
    std::unique_ptr<server::CheckLoan> lend(server::Server& server, std::string_view name,
                                            net::ConnectionOwner& user) override;

  private:
    Env& env_;
};

}  // namespace cfgproxy::stream
