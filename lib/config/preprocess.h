#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"

namespace cfgproxy::config {

/// What conditions ask about the program that reads the file.
struct Build {
    std::string version = "3.4.0";      ///< version_atleast(), version_before()
    std::string tls_name = "OpenSSL";   ///< ssllib_name_startswith(): name and version of the TLS library
    std::uint32_t tls_number = 0;       ///< openssl_version_atleast(): OPENSSL_VERSION_NUMBER; 0: there is none
    std::vector<std::string> features;  ///< feature(NAME): what stands behind a '+' in `-vv`
    std::vector<std::string> enabled;   ///< enabled(NAME)
    bool diag = false;                  ///< -dD: `.diag` messages are shown
};

/// What became of a condition.
struct Verdict {
    bool value = false;
    std::string error;         ///< in HAProxy's words; empty: none
    std::size_t position = 0;  ///< of the error, from 0, in the expression
};

/// Evaluates what follows `.if` or `.elif`, or the argument of `-cc` (manual, section 2.4). Empty is false.
Verdict evaluate_condition(std::string_view expression, const Environment& environment, const Build& build);

/// Negative, 0 or positive as version `a` is older than, the same as or newer than `b` ("2.4-dev19", "2.6.12-1"); a
/// version that is none counts as older than all.
int compare_versions(std::string_view a, std::string_view b);

/// Which lines the `.if` blocks let through. Each step returns an error in HAProxy's words, or nothing.
class Conditionals {
  public:
    static constexpr std::size_t kMaxDepth = 99;

    /// The current line lies in a block that is left out.
    bool masked() const { return !levels_.empty() && levels_.back().state != State::taking; }
    bool open() const { return !levels_.empty(); }

    /// `.if`: opens a level. Its condition is to be evaluated, and told to decide(), only if this says so.
    std::string_view open_level(bool& evaluate);
    /// `.elif`: as open_level().
    std::string_view next_branch(bool& evaluate);
    void decide(bool condition) { levels_.back().state = condition ? State::taking : State::waiting; }
    std::string_view else_branch();
    std::string_view close_level();
    void clear() { levels_.clear(); }

  private:
    enum class State : std::uint8_t { waiting, taking, done };  // none yet, this branch, an earlier one or none ever
    struct Level {
        State state;
        bool had_else;
    };
    std::vector<Level> levels_;
};

}  // namespace cfgproxy::config
