#pragma once
#include "explain/explanation.h"
#include "model/rule.h"

namespace cfgproxy::explain {

/// What a condition has asked, term by term, as far as it had to: the values of its fetches and the patterns that
/// matched. Asks again, so whatever its fetches return must not have changed since.
std::vector<Term> trace(const sample::Condition& condition, const sample::Context& context);

/// A value as people read it.
std::string text_of(sample::Value value, base::Arena& arena);

/// What an action may change, so that a later look can tell what it did.
class Snapshot {
  public:
    explicit Snapshot(const model::RuleContext& context);
    /// What is different now, a line each: "+ x-a: 1", "- x-a: 0", "path /b", "log level silent"...
    std::vector<std::string> changes(const model::RuleContext& now) const;

  private:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    static Fields fields_of(const http::Head* head);
    static void compare(const Fields& before, const Fields& after, std::vector<std::string>& changes);

    std::string method_, target_, source_, destination_, reason_;
    int status_ = 0;
    Fields request_, response_;
    int log_level_ = 0;
    std::int64_t connect_, server_, tunnel_, client_, queue_, tarpit_;
};

}  // namespace cfgproxy::explain
