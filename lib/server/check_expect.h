#pragma once
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/check.h"
#include "sample/context.h"
#include "server/server.h"

namespace cfgproxy::server {

/// What a check has received so far.
struct CheckInput {
    std::string_view data;                     ///< the answer, of HTTP its body
    const http::Response* response = nullptr;  ///< HTTP: its head
    bool last = false;                         ///< nothing more will come
};

/// What an expectation says of it.
struct CheckVerdict {
    enum class What : std::uint8_t { wait, pass, fail };
    What what = What::pass;
    CheckStatus status = CheckStatus::l7_invalid;  ///< of a failure
    std::int32_t code = 0;
    std::string text;  ///< passed: of the built-in protocols
};

/// Whether what was received is as `step`, a CheckExpect, wants it. `context` serves log formats and expressions;
/// `is_last`: no step follows.
CheckVerdict judge(const model::HealthCheck& check, const model::CheckStep& step, const CheckInput& input,
                   const sample::Context& context);

/// What is told, and with which code, when the last step of a check was `step` and it passed. `text` holds what judge()
/// said.
void describe_success(const model::HealthCheck& check, const model::CheckStep& step, const CheckInput& input,
                      const sample::Context& context, std::string& text, std::int32_t& code);

/// `outcome`, or `standard` where it says so.
CheckStatus status_of(model::CheckOutcome outcome, CheckStatus standard);

/// Where a check was when something failed outside of its steps: " at step 2 of tcp-check (expect string 'OK')". Of
/// other protocols than `option tcp-check` nothing is said.
std::string whereabouts(const model::HealthCheck& check, const model::CheckStep& step);

/// From 1 on; 0 for a connect that does not stand in the file.
std::uint32_t step_number(const model::CheckStep& step);

/// Bytes from pairs of hexadecimal digits; false if it is none.
bool read_hex(std::string_view digits, std::string& bytes);

}  // namespace cfgproxy::server
