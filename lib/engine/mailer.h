#pragma once
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "net/connection.h"
#include "net/loop.h"

namespace cfgproxy::engine {

/// Sends the mails of `email-alert` (manual 2.6 section 3.6): each message to every mailer of the section, one after
/// the other for each of them. A mail that cannot be delivered within `timeout mail` is given up. Thread 0.
class Mailer {
  public:
    Mailer();
    ~Mailer();
    /// `text` is about a server of `proxy`; `level` is how serious it is.
    void tell(net::Loop& loop, const model::Proxy& proxy, int level, std::string_view text);
    void stop();

  private:
    class Delivery;
    std::vector<std::unique_ptr<Delivery>> deliveries_;  ///< one for each mailer that was needed so far
};

}  // namespace cfgproxy::engine
