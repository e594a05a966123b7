#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sample/condition.h"

namespace cfgproxy::sample {

/// The conditions of rules that stand one behind the other. Where several of them hold the same expression against
/// texts, as lists of `use_backend X if host_x` do, the first one that can be true is found with one look-up. Built
/// once, when the configuration is complete; then frozen.
class ConditionChain {
  public:
    /// Null stands for a rule without a condition. The conditions must outlive the chain.
    void build(const std::vector<const Condition*>& conditions);

    /// The first condition from `from` on that is not known to be false.
    std::size_t next(const Context& context, std::size_t from) const {
        return runs_.empty() ? from : skip(context, from);
    }

  private:
    /// Conditions [begin, end) which begin with ACLs that differ in nothing but their texts.
    struct Run {
        std::size_t begin = 0, end = 0;
        const AclLine* line = nullptr;               ///< any of them
        std::unique_ptr<PatternSet> set;             ///< all patterns of all of them
        std::vector<std::uint32_t> owner;            ///< the condition that a pattern belongs to
        std::shared_ptr<std::atomic<bool>> changed;  ///< patterns were changed since: the set is out of date
    };
    std::size_t skip(const Context& context, std::size_t from) const;
    static std::size_t first_in(const Run& run, const Context& context);
    void close(Run run, const std::vector<const Condition*>& conditions);

    std::vector<Run> runs_;
    std::vector<std::uint32_t> starting_;  ///< by condition: 1 + the run that begins there, or 0
};

}  // namespace cfgproxy::sample
