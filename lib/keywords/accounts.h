#pragma once
#include <grp.h>
#include <pwd.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/offline.h"

// Users and groups of this machine, which other machines need not have.
namespace cfgproxy::keywords {

inline constexpr std::int64_t kSomeId = 65534;  ///< stands for every name when reading offline

/// Nothing if there is no such user; errno says whether the question could be answered.
inline std::optional<std::int64_t> find_user(const std::string& name) {
    if (base::offline()) return kSomeId;
    const passwd* found = getpwnam(name.c_str());
    return found ? std::optional<std::int64_t>(found->pw_uid) : std::nullopt;
}

inline std::optional<std::int64_t> find_group(const std::string& name) {
    if (base::offline()) return kSomeId;
    const group* found = getgrnam(name.c_str());
    return found ? std::optional<std::int64_t>(found->gr_gid) : std::nullopt;
}

}  // namespace cfgproxy::keywords
