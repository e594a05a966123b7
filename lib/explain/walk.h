#pragma once
#include <string>

#include "explain/exchange.h"
#include "explain/trace.h"

namespace cfgproxy::explain {

/// The stages of a stream, in its order (lib/stream/steps.cc), over an Exchange instead of connections.
class Walk final : private model::RuleObserver {
  public:
    Walk(const model::Config& config, const Question& question, Exchange& exchange, Surroundings& live,
         Explanation& told)
        : config_(config), question_(question), exchange_(exchange), live_(live), told_(told) {
        exchange_.context.observer = this;
    }
    void run();

  private:
    void on_rule(const model::Rule& rule, model::RuleContext& context, sample::Found found) override;
    void on_action(const model::Rule& rule, model::RuleContext& context, model::Verdict verdict) override;

    /// False: the request's way ends here.
    bool run_set(const model::RuleSet& rules, std::string_view word, const model::Proxy& proxy);
    bool request_rules(const model::Proxy& proxy);
    bool tcp_rules(const model::Proxy& proxy, bool frontend);
    bool monitor();
    bool choose_backend();
    bool is_stats_page(const model::Proxy& proxy) const;
    void show_stats_page(const model::Proxy& proxy);
    void answer_by_service();
    void prepare_request();
    void set_connection();
    template <class Add>
    void add_by_option(std::string_view option, const base::Place& place, Add add);
    bool knows_password(const model::StatsSettings& stats);
    void persistence(server::PickRequest& pick);
    void stickiness(const std::vector<model::StickRule>& rules, std::string_view storing);
    bool pick_server();
    void list_servers(server::Backend& state);
    bool response_rules();
    void after_response();
    void answer(const model::Reply& reply);
    bool answer_made(const model::ErrorReply& custom);
    void answer_status(int status, std::string_view why);
    void close(std::string_view why);
    void respond();
    void write_log();
    void note(std::string text, const base::Place& place, std::vector<std::string> changes = {});
    void end_with(char cause, char state);
    const model::Proxy& backend() const { return *exchange_.context.backend; }

    const model::Config& config_;
    const Question& question_;
    Exchange& exchange_;
    Surroundings& live_;
    Explanation& told_;
    std::string set_;   ///< whose rules are being run
    std::string word_;  ///< the word that stands before each of them in the file
    std::unique_ptr<Snapshot> before_;
    bool answered_ = false;
};

/// "listen 'main'", as messages of `explain` name a section.
std::string described(const model::Proxy& proxy);
/// A head as it would be written on the wire, a field a line, names in lower case.
std::string head_text(const http::Request& head);
std::string head_text(const http::Response& head);

}  // namespace cfgproxy::explain
