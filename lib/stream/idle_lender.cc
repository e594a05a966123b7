#include "stream/idle_lender.h"

#include "stream/server_connection.h"

namespace cfgproxy::stream {
namespace {

class Loan final : public server::CheckLoan {
  public:
    Loan(ServerConnection& connection, net::ConnectionOwner& user) : connection_(connection) {
        connection_.socket().set_owner(&user);
    }
    ~Loan() override { connection_.discard(); }
    net::Connection& socket() override { return connection_.socket(); }

  private:
    ServerConnection& connection_;
};

}  // namespace

std::unique_ptr<server::CheckLoan> IdleLender::lend(server::Server& server, std::string_view name,
                                                    net::ConnectionOwner& user) {
    const model::Reuse reuse = server.backend().config().reuse;
    if (reuse == model::Reuse::never || reuse == model::Reuse::safe) return nullptr;
    auto* connection = ServerConnection::take_idle(env_, server, reuse, true, {.name = name, .bare = true});
    if (!connection) return nullptr;
    return std::make_unique<Loan>(*connection, user);
}

}  // namespace cfgproxy::stream
