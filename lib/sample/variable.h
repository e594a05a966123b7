#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sample/context.h"
#include "sample/expression.h"

namespace cfgproxy::sample {

/// "txn.name": scope and the name behind it (a view of `text`). The error is HAProxy's.
base::Result<std::string_view> parse_variable(std::string_view text, Scope& scope);

/// Turns a string argument into one of kind variable.
base::Result<void> prepare_variable(Argument& arg);

/// What must hold for a variable to be set, as in `set-var(txn.x,ifnotset)`: all that is asked for.
enum SetIf : std::uint32_t {
    kIfExists = 1,  ///< it has been set before, though it may have been taken away since
    kIfNotExists = 2,
    kIfEmpty = 4,  ///< the new value is
    kIfNotEmpty = 8,
    kIfSet = 16,
    kIfNotSet = 32,
    kIfGreater = 64,  ///< it is greater than the new value; counts if both are numbers
    kIfLess = 128,
};
/// One condition's name, whose bit is put into `conditions`.
base::Result<void> parse_condition_name(std::string_view name, std::uint32_t& conditions);
/// `old`: as Variables::find gives it.
bool may_set(const Value* old, const Value& value, std::uint32_t conditions);

/// Null if it is not set or its scope is not there.
const Value* find_variable(const Context& context, const Argument& variable);
/// False if the scope is not there, or a condition does not hold.
bool set_variable(const Context& context, Scope scope, std::string_view name, const Value& value,
                  std::uint32_t conditions = 0);
/// A scope ends whose variables were counted: `around`, which they were counted in too, and the process have their
/// bytes back.
void give_back_variables(Variables& ended, Variables* around);
/// False if the scope is not there, or nothing was set.
bool unset_variable(const Context& context, Scope scope, std::string_view name);

/// Variables of scope proc: they live as long as the process, reloads in place included. Shared.
class SharedVariables {
  public:
    /// A copy of the value, its text in `arena`; null if it is not set.
    const Value* get(std::string_view name, base::Arena& arena) const;
    bool set(std::string_view name, const Value& value, std::uint32_t conditions = 0);
    bool unset(std::string_view name);
    /// The configuration mentions it: from then on it exists (kIfExists), though it is not set.
    void declare(std::string_view name);
    std::vector<std::string> names() const;  ///< of those that are set
    /// What all variables of all scopes take, where that is limited.
    std::atomic<std::int64_t> bytes{0};
    /// All of them, so that a trial leaves nothing behind.
    struct State;
    std::shared_ptr<const State> state() const;
    void restore(const State& state);

  private:
    struct Held {
        Value value;
        std::string text;
    };
    mutable std::shared_mutex mutex_;
    std::map<std::string, Held, std::less<>> held_;
};
SharedVariables& process_variables();

}  // namespace cfgproxy::sample
