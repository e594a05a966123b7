#pragma once
#include <memory>
#include <utility>

#include "net/connection.h"
#include "net/loop.h"

namespace cfgproxy::net {

/// Gives up a connection from within a call that it made to its owner: it calls nobody any more, and goes at the end of
/// the turn. On the loop's thread.
inline void retire_connection(Loop& loop, std::unique_ptr<Connection> connection) {
    struct Gone : Retired {
        std::unique_ptr<Connection> connection;
    };
    connection->set_owner(nullptr);
    auto* gone = new Gone;
    gone->connection = std::move(connection);
    loop.retire(*gone);
}

}  // namespace cfgproxy::net
