#pragma once
#include <poll.h>
#include <sys/types.h>

#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::daemon {

class Master;

/// The master's command line (`-S`; management manual, section 9.4): answers about the master itself, and hands what
/// begins with "@1" or "@!PID" to that worker's command line. Belongs to the master, which polls for it.
class MasterCommandLine {
  public:
    explicit MasterCommandLine(Master& master) : master_(master) {}
    ~MasterCommandLine();

    void accept(int listener);
    /// Appends what it waits for to `entries`; serve() gets the same list back, beginning at `first`.
    void ask(std::vector<pollfd>& entries) const;
    void serve(const std::vector<pollfd>& entries, std::size_t first);
    void reload_ended(bool success);

  private:
    struct Client {
        int fd = -1;
        int worker = -1;  ///< connection to the worker that is answering
        std::string in, out;
        std::string request;  ///< for a worker, while its payload is gathered
        pid_t target = 0;     ///< whom commands without "@" are for; 0: the master
        pid_t payload_for = 0;
        bool prompt = false, peer_done = false, quit = false, waits_for_reload = false, answered = false;
        bool busy() const { return worker >= 0 || waits_for_reload; }
    };
    void receive(Client& client);
    void receive_from_worker(Client& client);
    void work(Client& client);
    bool take_line(Client& client, std::string& line) const;
    void run(Client& client, std::string_view line);
    void run_own(Client& client, std::string_view line);
    void send_to_worker(Client& client, pid_t pid, const std::string& request);
    /// The process that "@..." names: 0 for the master, -1 for none.
    pid_t process_named(std::string_view prefix) const;
    void end_answer(Client& client) const;
    std::string processes() const;

    Master& master_;
    std::list<Client> clients_;
};

}  // namespace cfgproxy::daemon
