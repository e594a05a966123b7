// What health checks find out, applied with rise and fall.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "log/log.h"
#include "server/backend_impl.h"
#include "server/check_agent.h"

namespace cfgproxy::server {

constexpr std::size_t kMaxText = 127;

/// What a check says, safe in a log line: other bytes as <XX>.
static std::string quoted(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out = "\"";
    for (unsigned char c : text) {
        if (c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"')
            out.push_back(static_cast<char>(c));
        else
            out.append({'<', digits[c >> 4], digits[c & 15], '>'});
    }
    out.push_back('"');
    return out;
}

static std::string reason_of(const CheckReport& check) {
    std::string reason = "reason: ";
    reason += describe(check.status);
    if (has_code(check.status)) reason += ", code: " + std::to_string(check.code);
    if (!check.text.empty()) reason += ", info: " + quoted(check.text);
    if (check.duration_ms >= 0) reason += ", check duration: " + std::to_string(check.duration_ms) + "ms";
    return reason;
}

/// Counts a result; true if it moved the server towards another state.
bool Backend::Impl::count_check(Server& server) {
    CheckReport& check = server.check_;
    const std::uint32_t full = check.rise + check.fall - 1;
    if (!passed(check.status)) {
        if (check.health == 0) return false;
        server.failed_checks.fetch_add(1);
        --check.health;
        if (check.health < check.rise) check.health = 0;
        return true;
    }
    if (check.health >= full) return false;
    ++check.health;
    if (check.health >= check.rise) check.health = full;
    return true;
}

void Backend::Impl::log_check(const Server& server, std::string_view kind, const CheckReport& check) {
    const bool up = check.health >= check.rise;
    std::string line(kind);
    line += server.is_backup() ? " check for backup server " : " check for server ";
    line.append(self.name_).append("/").append(server.name());
    if (check.status == CheckStatus::l7_ok_conditional) line += " conditionally";
    line.append(passed(check.status) ? " succeeded, " : " failed, ").append(reason_of(check));
    line.append(", status: ").append(std::to_string(up ? check.health - check.rise + 1 : check.health));
    line.append("/").append(std::to_string(up ? check.fall : check.rise));
    line.append(!up ? " DOWN" : server.user_weight() ? " UP" : " DRAIN");
    report(log::kNotice, std::move(line), log::kInfo);
}

void Backend::check_started(Server& server) {
    std::lock_guard lock(mutex_);
    server.check_.running = true;
    server.in_a_hurry_.store(false, std::memory_order_relaxed);
}

void Backend::check_done(Server& server, CheckStatus status, std::int32_t code, std::int64_t duration_ms,
                         std::string_view text) {
    std::unique_lock lock(mutex_);
    CheckReport& check = server.check_;
    const bool news = check.status != status;
    check.running = false;
    check.status = status;
    check.code = has_code(status) ? code : -1;
    check.duration_ms = duration_ms;
    check.text = text.substr(0, kMaxText);
    const bool moved = impl_->count_check(server);
    const bool logs_checks = config().options.log_health_checks;
    if (logs_checks && (news || moved)) impl_->log_check(server, "Health", check);
    const std::string reason = logs_checks ? std::string{} : reason_of(check);
    if (!passed(status)) {
        if (check.health == 0) impl_->change_health(server, Health::down, reason);
    } else if (check.health >= check.rise && !server.agent_down_) {
        const bool leaving = status == CheckStatus::l7_ok_conditional;
        impl_->change_health(server, leaving ? Health::stopping : Health::up, reason);
    }
    Impl::finish(*this, lock);
}

void Backend::Impl::fail_by_traffic(Server& server, std::string_view text) {
    CheckReport& check = server.check_;
    const bool news = check.status != CheckStatus::observed;
    check.status = CheckStatus::observed;
    check.code = -1;
    check.duration_ms = -1;
    check.text = text.substr(0, kMaxText);
    const bool moved = count_check(server);
    const bool logs_checks = self.config().options.log_health_checks;
    if (logs_checks && (news || moved)) log_check(server, "Health", check);
    if (check.health == 0) change_health(server, Health::down, logs_checks ? std::string{} : reason_of(check));
}

void Backend::agent_said(Server& server, const AgentReply& reply, std::int64_t duration_ms) {
    if (base::iequal(reply.admin, "drain"))
        set_drain(server);
    else if (base::iequal(reply.admin, "maint"))
        set_maintenance(server);
    else if (!reply.admin.empty())
        set_ready(server);
    if (!reply.weight.empty()) (void)set_weight(server, reply.weight);
    if (!reply.max_connections.empty()) (void)set_max_connections(server, reply.max_connections);
    if (reply.health == AgentReply::Health::none) return;
    std::unique_lock lock(mutex_);
    const bool down = reply.health == AgentReply::Health::down;
    server.agent_down_ = down;
    CheckReport report;
    report.status = down ? CheckStatus::l7_wrong_status : CheckStatus::l7_ok;
    report.code = 0;
    report.duration_ms = duration_ms;
    report.text = "via agent : " + std::string(reply.health_word);
    const std::string_view more = down || reply.unknown.empty() ? reply.description : reply.unknown;
    if (!more.empty()) report.text += " (" + std::string(more) + ")";
    report.text.resize(std::min(report.text.size(), kMaxText));
    report.rise = report.fall = 1;
    report.health = !down;
    const bool logs_checks = config().options.log_health_checks;
    if (logs_checks && server.agent_passed_ == down) impl_->log_check(server, "Agent", report);
    server.agent_passed_ = !down;
    const bool checked = server.check_.enabled && server.check_.health < server.check_.rise;
    const std::string reason = logs_checks ? std::string{} : reason_of(report);
    if (down || !checked) impl_->change_health(server, down ? Health::down : Health::up, reason);
    Impl::finish(*this, lock);
}

CheckReport Backend::check_of(const Server& server) const {
    std::lock_guard lock(mutex_);
    return server.check_;
}

CheckReport Server::check() const { return backend_.check_of(*this); }
std::string Server::agent_text() const { return backend_.agent_text_of(*this); }

}  // namespace cfgproxy::server
