#include "server/check_expect.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "log/format.h"

namespace cfgproxy::server {
namespace {

using model::CheckConnect;
using model::CheckExpect;
using model::CheckRequest;
using model::CheckSend;
using model::CheckStep;
using model::HealthCheck;
using Kind = CheckExpect::Kind;
using What = CheckVerdict::What;

constexpr std::string_view kEmptyFormat = "log-format string evaluated to an empty string";

bool is_tcp(const HealthCheck& check) { return check.protocol == HealthCheck::Protocol::tcp; }
bool is_http(const HealthCheck& check) { return check.protocol == HealthCheck::Protocol::http; }

std::uint8_t byte_at(std::string_view data, std::size_t at) { return static_cast<std::uint8_t>(data[at]); }

std::string hex_of(std::string_view data) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(2 * data.size());
    for (unsigned char c : data) {
        out.push_back(kDigits[c >> 4]);
        out.push_back(kDigits[c & 15]);
    }
    return out;
}

/// A line of the answer, blanks in front dropped.
std::string_view line_of(std::string_view data, int from) {
    if (data.size() <= static_cast<std::size_t>(from)) return {};
    data.remove_prefix(static_cast<std::size_t>(from));
    if (from > 0) data.remove_prefix(std::min(data.find_first_not_of(' '), data.size()));
    return data.substr(0, data.find_first_of(std::string_view("\r\n\0", 3)));
}

/// The code that the expectation takes from the answer, if it takes any.
void find_code(const CheckExpect& expect, const CheckInput& input, const sample::Context& context, std::int32_t& code) {
    std::string_view text;
    if (expect.code_in_answer)
        text = input.data.substr(0, 3);
    else if (!expect.status_code || expect.status_code->evaluate_text(context, text) != sample::Found::yes)
        return;
    std::int32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    code = number;
}

std::string describe_expectation(const CheckExpect& expect) {
    switch (expect.kind) {
        case Kind::text:
            return expect.binary ? " (binary)" : " '" + expect.data + "'";
        case Kind::regex:
        case Kind::status_regex:
            return " (regex)";
        case Kind::binary_regex:
            return " (binary regex)";
        case Kind::format:
            return expect.binary ? " (log-format binary)" : " (log-format string)";
        case Kind::status:
            return "(status codes)";
        case Kind::header:
            return " (header pattern)";
        default:
            return " (custom function)";
    }
}

/// A failure: `info` if there is any, else what the line says, else the standard text of `option tcp-check`.
CheckVerdict fail(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                  const sample::Context& context, CheckStatus status, std::string_view info, bool matched,
                  std::int32_t code) {
    const auto& expect = std::get<CheckExpect>(step.what);
    CheckVerdict verdict{What::fail, status, code, std::string(info)};
    std::string& text = verdict.text;
    if (!info.empty()) {
    } else if (expect.on_error) {
        log::render(*expect.on_error, nullptr, context, text);
    } else if (expect.error_line_from >= 0) {
        text = line_of(input.data, expect.error_line_from);
    } else if (is_tcp(check)) {
        text = matched ? "TCPCHK matched unwanted content" : "TCPCHK did not match content";
        text += describe_expectation(expect) + " at step " + std::to_string(step_number(step));
    }
    if (!step.comment.empty()) text += " comment: " + step.comment;
    find_code(expect, input, context, verdict.code);
    return verdict;
}

std::string_view render(const model::Template& format, const sample::Context& context, std::string& out) {
    out.clear();
    log::render(format, nullptr, context, out);
    return out;
}

/// One pattern of a header expectation, its format evaluated.
struct Pattern {
    const CheckExpect::HeaderPattern& written;
    std::string text;
    bool valid = true;
    bool folds;  ///< names: any case

    Pattern(const CheckExpect::HeaderPattern& pattern, const sample::Context& context, bool folds_case)
        : written(pattern), text(pattern.text), folds(folds_case) {
        if (!pattern.format) return;
        render(*pattern.format, context, text);
        valid = !text.empty();
    }
    bool equal(std::string_view a, std::string_view b) const { return folds ? base::iequal(a, b) : a == b; }
    bool matches(std::string_view value) const {
        using Match = CheckExpect::Match;
        const std::size_t size = text.size();
        switch (written.match) {
            case Match::exact:
                return equal(value, text);
            case Match::prefix:
                return value.size() >= size && equal(value.substr(0, size), text);
            case Match::suffix:
                return value.size() >= size && equal(value.substr(value.size() - size), text);
            case Match::part:
                return folds ? base::lower(value).find(base::lower(text)) != std::string::npos
                             : value.find(text) != value.npos;
            case Match::regex:
                return written.regex && written.regex->matches(value);
        }
        return false;
    }
};

/// A header of that name with that value; empty reason, or why it cannot be told.
bool find_header(const CheckExpect& expect, const http::Response& response, const sample::Context& context,
                 std::string_view& problem) {
    const Pattern name(expect.name, context, true);
    std::optional<Pattern> value;
    if (expect.value) value.emplace(*expect.value, context, false);
    if (!name.valid || (value && !value->valid)) {
        problem = kEmptyFormat;
        return false;
    }
    for (const http::Header& header : response.headers) {
        if (!name.matches(header.name)) continue;
        if (!value) return true;
        if (expect.full_header) {
            if (value->matches(header.value)) return true;
            continue;
        }
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element))
            if (value->matches(element)) return true;
    }
    return false;
}

/// MySQL: packets with a length of three bytes and a number; 0xff begins an error.
CheckVerdict judge_mysql(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                         const sample::Context& context, std::size_t at) {
    const std::string_view data = input.data;
    auto packet_is_here = [&](std::size_t from, std::size_t& length) {
        if (data.size() < from + 4) return false;
        length = byte_at(data, from) + (std::size_t{byte_at(data, from + 1)} << 8) +
                 (std::size_t{byte_at(data, from + 2)} << 16);
        return data.size() >= from + length + 4;
    };
    std::size_t length = 0;
    if (!packet_is_here(at, length) || data.size() < at + 5) {
        if (!input.last) return {What::wait, {}, 0, {}};
        return fail(check, step, input, context, CheckStatus::l7_invalid, {}, false, 0);
    }
    if (byte_at(data, at + 4) != 0xff) {
        CheckVerdict passed;
        passed.text = data.substr(5, data.find('\0', 5) - 5);  // the greeting tells the version
        return passed;
    }
    if (data.size() < at + 7) return fail(check, step, input, context, CheckStatus::l7_wrong_status, {}, false, 0);
    const int code = byte_at(data, at + 5) + (byte_at(data, at + 6) << 8);
    return fail(check, step, input, context, CheckStatus::l7_wrong_status, data.substr(at + 7), false, code);
}

/// The answer to a bind request: a sequence of message id 1, bindResponse, result code.
CheckVerdict judge_ldap(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                        const sample::Context& context) {
    std::string_view data = input.data;
    auto refuse = [&](std::string_view info) {
        return fail(check, step, input, context, CheckStatus::l7_invalid, info, false, 0);
    };
    auto cut_short = [&]() -> CheckVerdict {
        if (!input.last) return {What::wait, {}, 0, {}};
        return refuse({});
    };
    constexpr std::string_view kForeign = "Not LDAPv3 protocol";
    if (data.size() < 2) return cut_short();
    std::size_t at = 1, length = byte_at(data, at), more = 0;
    if (length & 0x80) {
        more = length & 0x7f;
        if (more != 2 && more != 4) return refuse(kForeign);
        if (data.size() < at + 1 + more) return cut_short();
        length = 0;
        for (std::size_t i = 0; i < more; ++i) length = length << 8 | byte_at(data, at + 1 + i);
    }
    at += 1 + more;
    if (data.size() - at < length) return cut_short();
    data.remove_prefix(at);
    if (!data.starts_with("\x02\x01\x01\x61")) return refuse(kForeign);
    data.remove_prefix(4);
    if (data.empty()) return refuse(kForeign);
    more = byte_at(data, 0) & 0x80 ? byte_at(data, 0) & 0x7f : 0;
    if (data.size() < 1 + more + 3) return refuse(kForeign);
    data.remove_prefix(1 + more);
    if (!data.starts_with("\x0a\x01")) return refuse(kForeign);
    const int code = byte_at(data, 2);
    if (code == 0) return {What::pass, {}, 0, "Success"};
    return fail(check, step, input, context, CheckStatus::l7_wrong_status,
                "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9", false, code);
}

/// An agent's HELLO frame: its length, then type 101; 103 is a DISCONNECT.
CheckVerdict judge_spop(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                        const sample::Context& context) {
    const std::string_view data = input.data;
    std::size_t length = 0;
    if (data.size() >= 4)
        for (std::size_t i = 0; i < 4; ++i) length = length << 8 | byte_at(data, i);
    if (data.size() < 4 || data.size() - 4 < length) {
        if (!input.last) return {What::wait, {}, 0, {}};
        return fail(check, step, input, context, CheckStatus::l7_invalid, "a timeout occurred", false, 0);
    }
    if (length > 0 && byte_at(data, 4) == 101) return {What::pass, {}, 0, "SPOA server is ok"};
    return fail(check, step, input, context, CheckStatus::l7_invalid, "invalid frame received", false, 0);
}

/// Whether `data` holds what is looked for. Nothing: more is needed first; `problem`: it cannot be told.
std::optional<bool> look_into(const CheckExpect& expect, const CheckInput& input, const sample::Context& context,
                              std::string_view& problem) {
    const std::string_view data = input.data;
    std::string wanted;
    if (expect.kind == Kind::format) {
        if (render(*expect.format, context, wanted).empty()) {
            problem = kEmptyFormat;
            return false;
        }
        std::string bytes;
        if (expect.binary && !read_hex(wanted, bytes)) {
            problem = "Failed to parse hexastring resulting of eval of a log-format string";
            return false;
        }
        if (expect.binary) wanted = std::move(bytes);
    }
    const std::string_view text =
        expect.kind == Kind::format ? std::string_view(wanted) : std::string_view(expect.data);
    const bool plain = expect.kind == Kind::format || expect.kind == Kind::text;
    if (!input.last) {
        if (plain && data.size() < text.size()) return std::nullopt;
        if (expect.min_receive > 0 && data.size() < static_cast<std::size_t>(expect.min_receive)) return std::nullopt;
    }
    const bool match = plain                               ? data.find(text) != data.npos
                       : expect.kind == Kind::binary_regex ? expect.regex->matches(hex_of(data))
                                                           : expect.regex->matches(data);
    // No match is final only where it was said how much there must be.
    if (!match && !input.last && expect.min_receive == -1) return std::nullopt;
    return match;
}

CheckVerdict judge_tcp(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                       const sample::Context& context) {
    const auto& expect = std::get<CheckExpect>(step.what);
    const CheckStatus status = status_of(expect.error, CheckStatus::l7_invalid);
    std::string_view problem;
    const auto match = look_into(expect, input, context, problem);
    if (!problem.empty()) return fail(check, step, input, context, CheckStatus::l7_invalid, problem, false, 0);
    if (!match) return {What::wait, {}, 0, {}};
    if (*match != expect.negated) return {};
    return fail(check, step, input, context, status, {}, *match, 0);
}

CheckVerdict judge_http(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                        const sample::Context& context) {
    const auto& expect = std::get<CheckExpect>(step.what);
    const http::Response& response = *input.response;
    const int code = response.status;
    std::string_view info, problem;
    bool match = false;
    CheckStatus status = CheckStatus::l7_wrong_status;
    if (expect.kind == Kind::status) {
        match = std::any_of(expect.codes.begin(), expect.codes.end(), [&](const auto& range) {
            return response.status >= range.first && response.status <= range.second;
        });
        info = response.reason;
    } else if (expect.kind == Kind::status_regex) {
        match = expect.regex->matches(std::to_string(code));
        info = response.reason;
    } else if (expect.kind == Kind::header) {
        match = find_header(expect, response, context, problem);
        info = response.reason;
    } else {
        status = CheckStatus::l7_invalid;
        if (input.data.empty()) {
            if (!input.last) return {What::wait, {}, 0, {}};
            info = expect.on_error ? std::string_view{} : "HTTP content check could not find a response body";
            return fail(check, step, input, context, status_of(expect.error, status), info, false, code);
        }
        const auto found = look_into(expect, input, context, problem);
        if (problem.empty() && !found) return {What::wait, {}, 0, {}};
        match = found.value_or(false);
        info = expect.negated ? "HTTP check matched unwanted content" : "HTTP content check did not match";
    }
    if (!problem.empty()) return fail(check, step, input, context, CheckStatus::l7_invalid, problem, false, code);
    CheckVerdict passed;
    passed.code = code;
    if (match != expect.negated) return passed;
    if (expect.on_error) info = {};
    return fail(check, step, input, context, status_of(expect.error, status), info, false, code);
}

}  // namespace

bool read_hex(std::string_view digits, std::string& bytes) {
    bytes.clear();
    if (digits.size() % 2) return false;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = base::hex_digit(digits[i]), low = base::hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    return true;
}

CheckStatus status_of(model::CheckOutcome outcome, CheckStatus standard) {
    using Outcome = model::CheckOutcome;
    switch (outcome) {
        case Outcome::standard:
            return standard;
        case Outcome::l4_ok:
            return CheckStatus::l4_ok;
        case Outcome::l6_ok:
            return CheckStatus::l6_ok;
        case Outcome::l7_ok:
            return CheckStatus::l7_ok;
        case Outcome::l7_conditional:
            return CheckStatus::l7_ok_conditional;
        case Outcome::l4_error:
            return CheckStatus::l4_error;
        case Outcome::l6_error:
            return CheckStatus::l6_error;
        case Outcome::l7_invalid:
            return CheckStatus::l7_invalid;
        case Outcome::l7_status:
            return CheckStatus::l7_wrong_status;
        case Outcome::l4_timeout:
            return CheckStatus::l4_timeout;
        case Outcome::l6_timeout:
            return CheckStatus::l6_timeout;
        case Outcome::l7_timeout:
            return CheckStatus::l7_timeout;
    }
    return standard;
}

std::uint32_t step_number(const CheckStep& step) {
    const auto* connect = std::get_if<CheckConnect>(&step.what);
    return connect && connect->implicit ? 0 : step.number + 1;
}

std::string whereabouts(const HealthCheck& check, const CheckStep& step) {
    if (!is_tcp(check)) return {};
    const std::uint32_t number = step_number(step);
    if (number == 0) return " at initial connection step of tcp-check";
    std::string text = " at step " + std::to_string(number) + " of tcp-check";
    if (const auto* connect = std::get_if<CheckConnect>(&step.what)) {
        text += connect->port ? " (connect port " + std::to_string(connect->port) + ")" : " (connect)";
    } else if (const auto* expect = std::get_if<CheckExpect>(&step.what)) {
        switch (expect->kind) {
            case Kind::text:
                text += (expect->binary ? " (expect binary '" : " (expect string '") + expect->data + "')";
                break;
            case Kind::regex:
                text += " (expect regex)";
                break;
            case Kind::binary_regex:
                text += " (expect binary regex)";
                break;
            case Kind::format:
                text += expect->binary ? " (expect log-format binary)" : " (expect log-format string)";
                break;
            default:
                text += " (expect custom function)";
                break;
        }
    } else {
        text += " (send)";
    }
    if (!step.comment.empty()) text += " comment: '" + step.comment + "'";
    return text;
}

CheckVerdict judge(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                   const sample::Context& context) {
    const auto& expect = std::get<CheckExpect>(step.what);
    switch (expect.kind) {
        case Kind::mysql_greeting:
            return judge_mysql(check, step, input, context, 0);
        case Kind::mysql_login: {
            if (input.data.size() < 4) return judge_mysql(check, step, input, context, 0);
            const std::size_t greeting = byte_at(input.data, 0) + (std::size_t{byte_at(input.data, 1)} << 8) +
                                         (std::size_t{byte_at(input.data, 2)} << 16);
            return judge_mysql(check, step, input, context, greeting + 4);
        }
        case Kind::ldap_bind:
            return judge_ldap(check, step, input, context);
        case Kind::spop_hello:
            return judge_spop(check, step, input, context);
        case Kind::anything:
            return {};
        default:
            return is_http(check) ? judge_http(check, step, input, context) : judge_tcp(check, step, input, context);
    }
}

void describe_success(const HealthCheck& check, const CheckStep& step, const CheckInput& input,
                      const sample::Context& context, std::string& text, std::int32_t& code) {
    const auto& expect = std::get<CheckExpect>(step.what);
    if (expect.on_success)
        log::render(*expect.on_success, nullptr, context, text);
    else if (expect.success_line_from >= 0)
        text = line_of(input.data, expect.success_line_from);
    else if (is_tcp(check))
        text = "(tcp-check)";
    find_code(expect, input, context, code);
}

}  // namespace cfgproxy::server
