#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "sample/expression.h"

namespace cfgproxy::explain {

/// What is asked: a request that somebody might send, and the surroundings that it might meet.
struct Question {
    std::string method = "GET";
    std::string url;  ///< "https://host/path", "/path"
    std::string version = "HTTP/1.1";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string frontend;                 ///< empty: the one that the destination's port leads to
    std::string source = "192.0.2.1";     ///< the client's address, with ":port" if one is wanted
    std::string destination;              ///< empty: by the frontend's first address
    std::optional<std::string> response;  ///< the server's answer, head and body; nothing: 200 without a body
    std::vector<std::pair<std::string, std::string>> variables;  ///< "txn.name", value
    std::vector<std::string> down;                               ///< "backend/server" that do not run
};

/// A value that a line of an ACL has looked at.
struct Sample {
    std::string expression;
    std::string match;                ///< "str", "beg"... as after -m
    bool ignore_case = false;         ///< -i
    std::vector<std::string> values;  ///< all that were tried, as text; empty: nothing was found
    std::string pattern;              ///< the one that matched; empty: none
    std::size_t patterns = 0;         ///< how many there are
    std::vector<std::string> some;    ///< the first few of them
    sample::Found found = sample::Found::no;
    base::Place place;
};

/// A term of a condition that was asked.
struct Term {
    std::string name;  ///< empty: anonymous
    bool negated = false;
    sample::Found found = sample::Found::no;  ///< of the ACL, before the negation
    std::vector<Sample> samples;
};

/// A rule that was looked at, or something that the proxy does by itself.
struct Event {
    enum class Kind : std::uint8_t { rule, note };
    Kind kind = Kind::rule;
    std::string set;        ///< "http-request rules of frontend 'web'"
    std::string text;       ///< as written
    std::string condition;  ///< "if a !b"; empty: none
    base::Place place;
    sample::Found found = sample::Found::yes;
    std::vector<Term> terms;
    std::vector<std::string> changes;  ///< "+ X-Proto: https", "variable txn.a = 1"
    std::string verdict;               ///< "denied with 403"; empty: the next rule is looked at
};

/// A server of the backend that was chosen.
struct Candidate {
    std::string name, address, state;
    std::uint32_t weight = 0;
    bool backup = false, possible = false;
};

/// All that happens to a request, up to its log line.
struct Explanation {
    std::string error;  ///< why there is nothing to explain
    std::string request_line;
    std::string source, destination;
    std::string frontend, reached_by;
    base::Place frontend_place;
    std::vector<Event> events;
    std::string backend, backend_reason;
    base::Place backend_place;
    std::string balance, server, server_reason;
    std::vector<Candidate> servers;
    std::string request_sent;       ///< the head that the server gets
    std::string response_received;  ///< the head that came (or was assumed)
    bool response_assumed = false;
    int status = 0;             ///< of the answer that the client gets; 0: none, the connection is closed
    std::string answered_by;    ///< "the server", "the proxy"
    std::string response_sent;  ///< the head that the client gets
    std::string body_sent;      ///< of the proxy's own answers
    std::string log_line;
    std::vector<std::pair<std::string, std::string>> request_headers, response_headers;  ///< as they were sent
    std::string location;
    std::vector<std::pair<base::Place, std::string>> hit;  ///< rules whose condition was true
};

}  // namespace cfgproxy::explain
