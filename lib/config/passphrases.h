#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"

namespace cfgproxy::config {

/// `ssl-passphrase-cmd`: asks a command of the operator for what encrypted private keys are locked with (manual 3.4,
/// section 3.1). What was told once is tried first. Any thread.
class Passphrases {
  public:
    /// Program and arguments; the key's path is put between them.
    explicit Passphrases(std::vector<std::string> command) : command_(std::move(command)) {}
    /// `pem` with its private key in clear in front.
    base::Result<std::string> unlock(const std::string& pem, const std::string& path);

  private:
    base::Result<std::string> ask(const std::string& path) const;
    std::vector<std::string> command_;
    std::mutex mutex_;
    std::vector<std::string> known_;
};

/// Whether a private key in it is encrypted.
bool has_encrypted_key(const std::string& pem);

}  // namespace cfgproxy::config
