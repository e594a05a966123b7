// _getsocks: hands the listening sockets over to a newer process (`-x`), in HAProxy's format, so that either program
// can take the other's place:
//
//     -> int: how many sockets will come
//     -> up to 252 at once as ancillary data; per socket the text is:
//        length of the name space's name, that name, length of the interface's name, that name, four unused bytes
//     <- int: any, before the next 252
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "control/cli_command.h"
#include "engine/listen.h"
#include "net/descriptors.h"

namespace cfgproxy::control {
namespace {

using Sockets = std::vector<std::shared_ptr<const engine::ListenSocket>>;

constexpr std::size_t kMostAtOnce = 252;
constexpr int kPatienceMs = 1000;

bool wait_for(int connection, short what) {
    pollfd entry{connection, what, 0};
    return poll(&entry, 1, kPatienceMs) > 0;
}

bool send_some(int connection, std::span<const std::shared_ptr<const engine::ListenSocket>> sockets) {
    std::string text;
    std::vector<int> numbers;
    for (const auto& socket : sockets) {
        numbers.push_back(socket->fd());
        text += '\0';
        text += static_cast<char>(socket->interface().size());
        text += socket->interface();
        text.append(sizeof(int), '\0');
    }
    return wait_for(connection, POLLOUT) && net::send_descriptors(connection, text, numbers);
}

/// Runs on a thread of its own, as the peer may be slow: the sockets stay open as long as it holds them.
void hand_over(int connection, const Sockets& sockets) {
    const int count = static_cast<int>(sockets.size());
    bool alive = send(connection, &count, sizeof count, MSG_NOSIGNAL) == sizeof count;
    for (std::size_t at = 0; alive && at < sockets.size(); at += kMostAtOnce) {
        const std::size_t some = std::min(kMostAtOnce, sockets.size() - at);
        alive = send_some(connection, std::span(sockets).subspan(at, some));
        int ignored;
        if (at + some < sockets.size())
            alive = alive && wait_for(connection, POLLIN) && recv(connection, &ignored, sizeof ignored, 0) > 0;
    }
    close(connection);
}

void get_sockets(CliCall& call) {
    call.settings.quit = true;
    if (!call.settings.exposes_sockets) return;
    Sockets sockets = call.engine.sockets_to_share();
    if (sockets.empty()) return;
    const int connection = dup(call.connection);
    if (connection < 0) return;
    std::thread(hand_over, connection, std::move(sockets)).detach();
}

constexpr Command kTable[] = {
    {.name = "_getsocks", .level = Level::admin, .support = Support::done, .run = get_sockets, .since = "1.8"},
};
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
