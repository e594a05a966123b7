#pragma once
#include "stream/live.h"
#include "stream/session.h"

namespace cfgproxy::stream {

/// What fetches may ask of a connection that has no stream: its own facts beside the running objects. Thread-owned.
class SessionView final : public LiveView {
  public:
    explicit SessionView(Session& session)
        : LiveView(*session.binding().pinned->generation, session.accept_us / 1000), session_(session) {}

    bool is_stopping() const override { return session_.env().process.stopping.load(std::memory_order_relaxed); }
    std::int64_t thread_number() const override { return session_.env().thread(); }
    using LiveView::fact;
    bool fact(sample::Fact which, std::int64_t& number) const override;
    std::string_view failure(bool of_server) const override;
    int socket(bool of_server) const override;
    const net::Address* connection_address(bool ours) const override {
        return ours ? &session_.destination : &session_.source;
    }

  private:
    Session& session_;
};

}  // namespace cfgproxy::stream
