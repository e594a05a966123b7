#pragma once
#include <string_view>

#include "model/rule.h"
#include "stream/session.h"

namespace cfgproxy::stream {

/// The log lines of a connection that is no stream: of `do-log` in the rules before one, and of a handshake that
/// failed. Made where such a line may be needed; thread-owned.
class SessionLog final : public model::LogWriter {
  public:
    SessionLog(Session& session, const sample::Context& context) : session_(session), context_(context) {}
    void write_log(model::LogOrigin origin, const model::LogProfile* profile) override;
    /// The connection ends before it became a session.
    void write_failure(std::string_view why);

  private:
    Session& session_;
    const sample::Context& context_;
};

}  // namespace cfgproxy::stream
