#pragma once
#include <string>

#include "explain/explanation.h"
#include "http/message.h"
#include "log/record.h"
#include "model/config.h"
#include "model/rule.h"
#include "sample/variable.h"
#include "server/registry.h"
#include "server/stick_counters.h"

namespace cfgproxy::explain {

/// Server states as they are right after a start, without any check: what fetches ask for.
class Surroundings final : public sample::Live, private server::EventSink {
  public:
    explicit Surroundings(const model::Config& config);
    /// Takes servers out: "backend/server". The text tells of the first one that is not there; empty: all well.
    std::string take_down(const std::vector<std::string>& names);

    server::Backend* backend(const model::Proxy& proxy) const { return objects_.backends[proxy.index].get(); }

    std::int64_t usable_servers(const model::Proxy& backend) const override;
    bool is_up(const model::Server& server) const override;
    std::vector<const model::Server*> servers(const model::Proxy& proxy) const override;
    std::int64_t connections(const model::Proxy&, bool) const override { return 1; }
    std::int64_t queued(const model::Proxy&) const override { return 0; }
    std::int64_t session_rate(const model::Proxy&, bool) const override { return 1; }
    std::int64_t connections(const model::Server&) const override { return 0; }
    std::int64_t queued(const model::Server&) const override { return 0; }
    server::StickTable* table(const model::StickTable& which) const override {
        return objects_.tables[which.index].get();
    }

  private:
    void on_server_event(const model::Proxy&, const Event&) override {}
    server::Registry registry_;
    server::Registry::Objects objects_;
};

/// A request (and a response) made of text, with the context that rules are run in. No socket is touched. The heads
/// are read by the parser of the live path. Thread-owned.
class Exchange {
  public:
    Exchange(const model::Config& config, const Question& question, Surroundings& live);
    ~Exchange() { sample::process_variables().restore(*before_); }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// Why the question makes no sense; empty if it does.
    const std::string& error() const { return error_; }
    /// What the parser has against the request: it is answered with this status before any rule; 0: nothing.
    int refused() const { return refused_; }
    const std::string& refusal() const { return refusal_; }

    /// Reads the server's answer. False: it is none.
    bool read_response(const std::string& text);

    const model::Proxy* frontend = nullptr;
    const model::Bind* bind = nullptr;
    std::string reached_by;

    base::Arena arena;
    http::Request request;
    http::Response response;
    model::RuleContext context;
    log::Record record;
    std::string_view response_body;

  private:
    void choose_frontend(const model::Config& config, const Question& question);
    void read_request(const Question& question);
    bool set_variable(const std::string& name, const std::string& value);
    void prepare_captures();

    std::shared_ptr<const sample::SharedVariables::State> before_ = sample::process_variables().state();
    std::string request_text_, response_text_;
    std::string error_, refusal_;
    int refused_ = 0;
    bool tls_ = false;
    std::uint16_t port_ = 0;  ///< that the URL leads to; 0: it does not say
    sample::Variables variables_[6];
    server::StickCounters tracked_by_session_, tracked_;  ///< entries of tables that nobody else fills
};

}  // namespace cfgproxy::explain
