#pragma once
#include <string>

#include "base/result.h"

namespace cfgproxy::config {

/// Where relative names of files in a configuration begin: `default-path`. It works as HAProxy's does, by the working
/// directory, and puts that back when it goes. (A thread that reloads has a file-system view of its own.)
class DefaultPath {
  public:
    enum class Way { current, config, parent, origin };
    DefaultPath() = default;
    DefaultPath(const DefaultPath&) = delete;
    DefaultPath& operator=(const DefaultPath&) = delete;
    ~DefaultPath();

    /// From now on, `file` being the one that is read.
    base::Result<void> set(Way way, std::string origin, const std::string& file);
    /// Another file is read.
    base::Result<void> enter(const std::string& file);

  private:
    Way way_ = Way::current;
    std::string origin_;
    std::string start_;  ///< the working directory at the beginning; empty as long as it was not left
};

}  // namespace cfgproxy::config
