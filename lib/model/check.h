#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/endpoint.h"
#include "model/rule.h"
#include "model/template.h"
#include "sample/expression.h"
#include "sample/pattern.h"

namespace cfgproxy::model {

/// `tcp-check connect`, `http-check connect`. What is not given here is the server's.
struct CheckConnect {
    bool implicit = false;     ///< stands for none in the file
    bool like_server = false;  ///< `default`: as the server's own options say
    bool send_proxy = false, linger = false;
    bool tls = false;  ///< `ssl`
    bool via_socks4 = false;
    Proto proto = Proto::negotiated;
    std::string sni, alpn;  ///< alpn: as on the wire, each name behind its length
    std::uint16_t port = 0;
    std::shared_ptr<const sample::Expression> port_expression;
    std::optional<Endpoint> address;
};

/// `tcp-check send` and its variants.
struct CheckSend {
    std::string data;
    std::shared_ptr<const Template> format;  ///< instead of `data`
    bool hex = false;                        ///< what `format` gives are hexadecimal digits
};

/// `http-check send`, `option httpchk`. What is empty was not given.
struct CheckRequest {
    using Format = std::shared_ptr<const Template>;
    std::string method, uri, version, body;
    Format uri_format, body_format;
    std::vector<std::pair<std::string, Format>> headers;
    bool from_option = false;
};

/// Results that an expectation may be told to give.
enum class CheckOutcome : std::uint8_t {
    standard,
    l4_ok,
    l6_ok,
    l7_ok,
    l7_conditional,
    l4_error,
    l6_error,
    l7_invalid,
    l7_status,
    l4_timeout,
    l6_timeout,
    l7_timeout
};

/// `tcp-check expect`, `http-check expect`.
struct CheckExpect {
    enum class Kind : std::uint8_t {
        text,          ///< string, binary: `data` occurs (http: in the body)
        regex,         ///< rstring
        binary_regex,  ///< rbinary: on the hexadecimal digits
        format,        ///< string-lf, binary-lf
        status,
        status_regex,
        header,
        mysql_greeting,
        mysql_login,
        ldap_bind,
        spop_hello,
        anything,  ///< custom: whatever comes
    };
    enum class Match : std::uint8_t { exact, prefix, suffix, part, regex };
    /// One side of `hdr name PATTERN value PATTERN`.
    struct HeaderPattern {
        Match match = Match::exact;
        std::string text;
        std::shared_ptr<const Template> format;
        std::shared_ptr<const sample::Regex> regex;
    };
    Kind kind = Kind::text;
    bool negated = false;
    bool binary = false;            ///< data was written as hexadecimal digits
    bool full_header = false;       ///< fhdr: commas do not separate values
    std::int64_t min_receive = -1;  ///< min-recv
    std::string data;
    std::shared_ptr<const Template> format;
    std::shared_ptr<const sample::Regex> regex;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> codes;  ///< ranges
    HeaderPattern name;
    std::optional<HeaderPattern> value;
    CheckOutcome ok = CheckOutcome::standard, error = CheckOutcome::standard, timeout = CheckOutcome::standard;
    std::shared_ptr<const Template> on_success, on_error;
    std::shared_ptr<const sample::Expression> status_code;
    /// Of the built-in protocols: what is told is a line of the answer, from this byte on; -1: nothing of it.
    int success_line_from = -1, error_line_from = -1;
    bool code_in_answer = false;  ///< its first three bytes
};

/// One step of a check: a line of the file, or what an option such as `redis-check` stands for. A comment alone is
/// handed to the steps behind it by finalize.
struct CheckStep {
    std::variant<std::monostate, CheckConnect, CheckSend, CheckRequest, CheckExpect, std::shared_ptr<const Action>>
        what;
    std::uint32_t number = 0;  ///< in the file's order, from 0; messages count from 1
    std::string comment;
};

/// How servers are checked: `option *check*`, `tcp-check`, `http-check`, `external-check`.
struct HealthCheck {
    enum class Protocol : std::uint8_t { none, tcp, http, redis, ssl_hello, smtp, pgsql, mysql, ldap, spop, external };
    Protocol protocol = Protocol::none;
    std::vector<CheckStep> steps;  ///< what is done, in order; by finalize
    /// Lines as written. Those of `defaults` count until the section has one of its own.
    struct Lines {
        std::vector<CheckStep> steps;
        bool inherited = false;  ///< all from `defaults`: the section's first own line starts anew
    };
    Lines tcp, http;
    std::vector<CheckStep> fixed;  ///< of the option's protocol
    bool disable_on_404 = false, send_state = false;
    std::string external_command, external_path;
    bool external_command_set = false, external_path_set = false;
    /// external-check preserve-env: variables that the command inherits, as NAME=VALUE; null: none. By finalize.
    std::shared_ptr<const std::vector<std::string>> external_environment;

    /// A step connects with `ssl`.
    bool uses_tls() const {
        return std::any_of(steps.begin(), steps.end(), [](const CheckStep& step) {
            const auto* connect = std::get_if<CheckConnect>(&step.what);
            return connect && connect->tls;
        });
    }
};

}  // namespace cfgproxy::model
