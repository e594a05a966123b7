#pragma once
#include <map>
#include <string>
#include <string_view>

namespace cfgproxy::config {

/// The environment variables that a configuration sees (manual, section 2.3). A map of its own, not the process's:
/// `setenv` and its kin change it for the lines that follow, and tests start from an empty one. Owned by whoever
/// loads a configuration; not thread-safe.
class Environment {
  public:
    Environment() = default;
    /// A copy of the variables that the process was started with.
    static Environment of_process();

    /// The value, or null if the variable does not exist. Valid until the variable is changed.
    const std::string* find(std::string_view name) const;
    /// `setenv NAME VALUE`.
    void set(std::string_view name, std::string_view value);
    /// `presetenv NAME VALUE`: only if it does not exist yet.
    void preset(std::string_view name, std::string_view value);
    /// `unsetenv NAME`.
    void unset(std::string_view name);
    /// `resetenv NAME...`: removes all variables but those that `keep` accepts.
    template <class Keep>
    void reset(Keep keep) {
        std::erase_if(map_, [&](const auto& entry) { return !keep(std::string_view(entry.first)); });
    }
    /// All variables by name, for `show env` and for child processes.
    const std::map<std::string, std::string, std::less<>>& all() const { return map_; }

    /// `text` with `$NAME` and `${NAME}` replaced, unknown ones by nothing: what all eras do to addresses, outside
    /// of quotes too (manual 1.5, "bind"). A `$` that begins no name vanishes.
    std::string expand(std::string_view text) const;

  private:
    std::map<std::string, std::string, std::less<>> map_;
};

}  // namespace cfgproxy::config
