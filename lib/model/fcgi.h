#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "model/log_profile.h"
#include "model/proxy.h"
#include "sample/condition.h"
#include "sample/pattern.h"

namespace cfgproxy::model {

/// What `fcgi-app` rules decide about one request, in the order of the file: of several with the same name the last one
/// whose condition holds counts.
struct FcgiParameter {
    std::string name;  ///< as it is kept among others: lower case, all but letters and digits being '_'
    std::unique_ptr<Template> value;
    std::unique_ptr<sample::Condition> when;  ///< null: always
};
/// A request's field that is withheld from the application, or passed to it after all.
struct FcgiHeader {
    std::string name;  ///< lower case
    bool pass = false;
    std::unique_ptr<sample::Condition> when;
};

/// `fcgi-app`: how requests are told to a FastCGI application (manual 3.4 section 10.1.1).
struct FcgiApp {
    std::string name, docroot, index;
    std::shared_ptr<const sample::Regex> path_info;  ///< takes the path apart: script, and what follows it; null: not
    bool get_values = false, keep_connection = true, multiplexed = false;
    std::uint32_t max_requests = 1;  ///< at a time on a connection; 1 where nothing says that it can take several
    std::vector<FcgiParameter> parameters;
    std::vector<FcgiHeader> headers;
    std::vector<LogTarget> logs;  ///< `log-stderr`
    /// Holds the section's own acls, which nobody else sees: a proxy in name only.
    std::unique_ptr<Proxy> scope;
    base::Place place;
};

}  // namespace cfgproxy::model
