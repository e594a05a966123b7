#pragma once
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/balance.h"

namespace cfgproxy::server {

/// What Backend keeps behind its mutex; the methods expect it to be held.
struct Backend::Impl {
    explicit Impl(Backend& backend) : self(backend) {}

    struct Event {
        int level, mail_level;
        std::string text, console;
    };
    struct Follow {  ///< a state change that trackers have to follow, once the mutex is free
        std::shared_ptr<Server> tracker;
        bool is_health;
        Health health;
        std::uint8_t set, clear;
        std::string cause = {};
    };

    Backend& self;
    std::uint32_t threads = 1;
    std::vector<std::shared_ptr<Server>> servers;  ///< of the newest configuration, in file order
    std::vector<std::weak_ptr<Server>> vanished;   ///< of older ones, while they live
    std::unordered_map<std::string_view, std::shared_ptr<Server>> by_name;  ///< the first of each name
    std::unordered_map<std::string_view, Server*> by_cookie;
    bool makes_cookies = false;  ///< `cookie ... dynamic`
    std::string cookie_key;      ///< `dynamic-cookie-key`
    std::set<std::string, std::less<>> made_cookies;
    std::unique_ptr<Balancer> balancer;
    std::shared_ptr<Server> direct;  ///< of a backend without load balancing
    Server* first_backup = nullptr;  ///< the one that acts without `option allbackups`
    WaitQueue waiting;
    std::uint64_t next_warm_up_ms = ~std::uint64_t{0};
    std::vector<Event> events;
    std::vector<Follow> follow;

    model::Balance balance;  ///< what `balancer` was made of

    // backend_adopt.cc
    std::shared_ptr<Server> known(const model::Server& line) const;
    void replace_servers(std::vector<std::shared_ptr<Server>> next);
    void start_balancer(const model::Proxy& config);

    // backend_cookies.cc
    void settle_cookies();

    // backend_added.cc
    Removal removal_of(const Server& server) const;

    // backend.cc
    Pick enter(Server& server, bool persistent_down);
    Pick wait_at(Server* server, const PickRequest& request);
    Pick pick_persistent(const PickRequest& request, bool& go_on);
    Pick pick_balanced(const PickRequest& request);
    void take_slot(Server& server);
    void release_slot(Server& server);
    bool serves_backend_queue(const Server& server) const;
    int hand_out(Server& server);
    int redistribute(Server& server);

    // backend_state.cc
    bool count_check(Server& server);
    void log_check(const Server& server, std::string_view kind, const CheckReport& check);
    /// Counts as a check that failed, though none was made (`observe`).
    void fail_by_traffic(Server& server, std::string_view text);
    void refresh(Server& server);
    void recount();
    void apply(Server& server);
    void change_health(Server& server, Health health, std::string_view reason);
    void go_down(Server& server, std::string_view reason);
    void go_stopping(Server& server, std::string_view reason);
    void go_up(Server& server, std::string_view reason);
    void came_back(Server& server);
    void set_flag(Server& server, std::uint8_t flag, std::string_view cause);
    void clear_flag(Server& server, std::uint8_t flag);
    void enter_maintenance(Server& server, std::uint8_t next, std::string_view cause);
    void leave_maintenance(Server& server, std::uint8_t next);
    void stay_in_maintenance(Server& server, std::uint8_t next);
    void enter_drain(Server& server, std::uint8_t next, std::string_view cause);
    void leave_drain(Server& server, std::uint8_t next);
    void stay_in_drain(Server& server);
    void reweigh(Server& server);
    void warm_up(std::uint64_t now_ms);
    void shut_down_users(Server& server, char cause);
    void shut_down_backup_users();
    void backend_up_from_nothing();
    void check_backend_down(std::uint32_t usable_before);
    std::uint32_t usable_any() const { return self.active_.load() + self.backup_.load(); }
    std::string title(const Server& server, std::string_view what) const;
    void append_status(std::string& line, const Server& server, std::string_view reason, int moved, bool forced) const;
    void append_via(std::string& line, const Server& server) const;
    void report(int level, std::string line, int mail_level = -1);
    /// Unlocks, then tells the sink and the trackers.
    static void finish(Backend& backend, std::unique_lock<std::mutex>& lock);
};

}  // namespace cfgproxy::server
