#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/endpoint.h"

// What the sections beside global, userlist and the proxies say. Frozen. Times in ms, sizes in bytes.
namespace cfgproxy::model {

/// `resolvers`: whom to ask for names, and how long answers count.
struct Resolvers {
    struct Nameserver {
        std::string name;
        Endpoint endpoint;
        base::Place place;
    };
    std::string name;
    std::vector<Nameserver> nameservers;
    bool system_servers = false;  ///< parse-resolv-conf
    std::int64_t timeout_resolve_ms = 1000, timeout_retry_ms = 1000;
    std::int64_t hold_nx_ms = 30000, hold_other_ms = 30000, hold_refused_ms = 30000, hold_timeout_ms = 30000,
                 hold_valid_ms = 10000, hold_obsolete_ms = 0;
    std::uint32_t payload_size = 512, retries = 3;
    base::Place place;
};

/// `mailers`: where alerts about servers go.
struct Mailers {
    struct Mailer {
        std::string name;
        Endpoint endpoint;
    };
    std::string name;
    std::vector<Mailer> mailers;
    std::int64_t timeout_ms = 10000;
    base::Place place;
};

/// `cache`: the limits of an object store.
struct CacheSettings {
    std::string name;
    std::uint64_t total_size = 0;       ///< total-max-size (megabytes in the file); 0: not given, which is an error
    std::uint64_t max_object_size = 0;  ///< 0: a 256th of the whole
    std::uint32_t max_age_s = 60, max_secondary_entries = 10;
    bool vary = false;  ///< process-vary
    base::Place place;
};

/// `program`: a process that the master starts beside the workers.
struct Program {
    std::string name, user, group;
    std::vector<std::string> command;
    bool start_on_reload = true;
    base::Place place;
};

}  // namespace cfgproxy::model
