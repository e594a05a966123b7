#pragma once
#include <cstdint>
#include <optional>

#include "model/rule.h"
#include "net/connection.h"

namespace cfgproxy::stream {

/// What rules ask of the socket of a connection to a server (set-bc-mark, set-bc-tos).
struct SocketMarks {
    std::optional<std::uint32_t> mark;  ///< SO_MARK
    std::optional<std::uint8_t> tos;    ///< type of service, traffic class

    bool any() const { return mark || tos; }
    void apply(int fd) const;
    bool operator==(const SocketMarks&) const = default;
};

/// What rules may ask of a connection that is no stream yet (tcp-request connection and session): things of the
/// client's socket. Lives as long as the rules run. Thread-owned.
class Admission final : public model::Exchange {
  public:
    Admission(net::Connection& client, std::uint64_t now_ms) : connection_(client), now_ms_(now_ms) {}

    std::uint64_t clock_ms() override { return now_ms_; }
    void send_interim(const http::Response&) override {}
    Collected collect_body(bool, std::uint64_t) override { return Collected::done; }
    void mark_client(std::uint32_t mark) override;
    void mark_server(std::uint32_t) override {}
    void tos_client(std::uint8_t tos) override;
    void tos_server(std::uint8_t) override {}
    void drop_silently(std::uint8_t reset_ttl) override;
    void limit_bandwidth(const model::BandwidthLimit&, std::uint64_t, std::int64_t) override {}

  private:
    net::Connection& connection_;
    std::uint64_t now_ms_;
};

}  // namespace cfgproxy::stream
