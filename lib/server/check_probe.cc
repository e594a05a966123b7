#include "server/check_probe.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "log/format.h"
#include "net/connection_failure.h"
#include "net/tls.h"
#include "sample/variable.h"
#include "server/check_fcgi.h"
#include "server/check_h2.h"
#include "server/check_schedule.h"

namespace cfgproxy::server {
namespace {

using model::CheckConnect;
using model::CheckExpect;
using model::CheckRequest;
using model::CheckSend;
using model::CheckStep;

constexpr base::Release kNamedErrors{3, 1};

const CheckConnect kPlainConnect{.implicit = true, .like_server = true};

}  // namespace

Probe::Probe(net::Loop& loop, Backend& backend, std::shared_ptr<Server> server, std::uint32_t spread_percent,
             std::string_view node, CheckLender* lender)
    : loop_(loop),
      backend_(backend),
      server_(std::move(server)),
      spread_percent_(spread_percent),
      node_(node),
      lender_(lender) {
    context_.arena = context_.session_arena = &arena_;
    context_.variables[static_cast<std::size_t>(sample::Scope::check)] = &variables_;
    context_.request_complete = context_.response_complete = true;
    context_.live = &live_;
    backend_.set_probe(*server_, *this);
}

Probe::~Probe() { backend_.forget_probe(*server_, *this); }

void Probe::hurry() {
    const std::uint32_t fast = server_->config().check.fast_inter_ms;
    if (running_ || fast == 0) return;
    const std::uint64_t soon = loop_.now_ms() + fast;
    if (soon < deadline()) set(loop_, soon);
}

void Probe::hurry_from_afar() {
    loop_.post([server = server_, &backend = backend_] { backend.hurry(*server); });
}

std::uint32_t Probe::interval() const { return check_interval(*server_); }

const CheckStep* Probe::current() const {
    const auto& steps = check().steps;
    return step_ < steps.size() ? &steps[step_] : nullptr;
}

void Probe::on_timer() {
    if (running_) {
        CheckStatus status = connecting_ ? CheckStatus::l4_timeout
                             : securing_ ? CheckStatus::l6_timeout
                                         : CheckStatus::l7_timeout;
        const CheckStep* step = current();
        if (const auto* expect = step ? std::get_if<CheckExpect>(&step->what) : nullptr; expect && !connecting_)
            status = status_of(expect->timeout, status);
        fail(status, step ? whereabouts(check(), *step) : std::string{}, code_);
    } else if (server_->in_maintenance() || !server_->check().enabled) {  // paused, or `disable health`
        start_in(std::max<std::uint32_t>(server_->config().check.inter_ms, 1));
    } else {
        begin();
    }
}

void Probe::begin() {
    began_us_ = loop_.now_us();
    running_ = true;
    step_ = 0;
    last_ = nullptr;
    code_ = 0;
    text_.clear();
    composed_ = false;
    context_.variable_limits = backend_.config().variable_limits;
    if (variables_.bytes) sample::give_back_variables(variables_, nullptr);
    variables_.forget();
    arena_.reset();
    context_.backend = context_.frontend = &backend_.config();
    context_.server = &server_->config();
    context_.wall_us = loop_.wall_us();
    context_.response = nullptr;
    context_.response_data = context_.unique_id = {};
    backend_.check_started(*server_);
    advance();
}

void Probe::advance() {
    const auto& steps = check().steps;
    if (steps.empty()) {
        if (connect(kPlainConnect) == Progress::next) pass();
        return;
    }
    while (step_ < steps.size()) {
        if (!std::holds_alternative<std::shared_ptr<const model::Action>>(steps[step_].what)) last_ = &steps[step_];
        if (take_step(steps[step_]) != Progress::next) return;
        ++step_;
    }
    pass();
}

void Probe::on_io(net::Connection&) {
    if (!running_ || !connection_) return;
    must_read_ = true;
    advance();
}

Probe::Progress Probe::take_step(const CheckStep& step) {
    if (const auto* how = std::get_if<CheckConnect>(&step.what)) return connect(*how);
    if (std::holds_alternative<CheckExpect>(step.what)) return expect(step);
    if (const auto* action = std::get_if<std::shared_ptr<const model::Action>>(&step.what)) return run_action(**action);
    return send(step);
}

bool Probe::speaks_h2() const {
    if (proto_ != model::Proto::negotiated) return proto_ == model::Proto::h2;
    return by_alpn_ && connection_->tls() && connection_->tls()->protocol() == "h2";
}

void Probe::count() {
    if (is_http() && proto_ != model::Proto::fcgi)
        counted_.emplace(backend_.protocols->of(loop_.thread), speaks_h2(), loan_ != nullptr);
}

/// HTTP/2 and FastCGI do more than to send a text.
void Probe::start_mux(const CheckMessage& message) {
    const model::FcgiApp* app = backend_.config().fcgi_app;
    if (speaks_h2())
        mux_ = std::make_unique<CheckH2>(response_, message, *counted_);
    else if (proto_ == model::Proto::fcgi && app)
        mux_ = std::make_unique<CheckFcgi>(response_, message, *app, connection_->fd());
}

/// Fills output_; false if there is nothing to send, or after the check has failed.
bool Probe::compose(const CheckStep& step) {
    output_.clear();
    sent_ = 0;
    answer_.clear();
    context_.response = nullptr;
    context_.response_data = {};
    if (const auto* request = std::get_if<CheckRequest>(&step.what)) {
        response_.reset(http::find_method(request->method.empty() ? "OPTIONS" : request->method));
        response_state_ = CheckResponse::State::more;
        const CheckMessage message =
            make_check_request(*request, context_, check().send_state ? server_state() : std::string{});
        start_mux(message);
        if (!mux_) output_ = to_h1(message);
        return true;
    }
    const auto& send = std::get<CheckSend>(step.what);
    if (!send.format) {
        output_ = send.data;
        return true;
    }
    log::render(*send.format, nullptr, context_, output_);
    std::string bytes;
    if (!send.hex || output_.empty()) return !output_.empty();
    if (!read_hex(output_, bytes)) {
        fail(CheckStatus::l7_invalid,
             "tcp-check send : failed to build log-format string at step " + std::to_string(step_number(step)));
        return false;
    }
    output_ = std::move(bytes);
    return true;
}

Probe::Progress Probe::send(const CheckStep& step) {
    if (!composed_ && !compose(step)) return running_ ? Progress::next : Progress::over;
    composed_ = true;
    if (mux_) {
        const net::Io io = mux_->send(*connection_);
        if (io == net::Io::again) return Progress::wait;
        if (io == net::Io::failed) return fail_with_errno(CheckStatus::socket_error, connection_->error());
    }
    while (sent_ < output_.size()) {
        iovec piece{output_.data() + sent_, output_.size() - sent_};
        std::size_t moved = 0;
        const net::Io io = connection_->send(&piece, 1, moved);
        sent_ += moved;
        if (counted_) counted_->sent(moved);
        if (io == net::Io::again) return Progress::wait;
        if (io == net::Io::failed) return fail_with_errno(CheckStatus::socket_error, connection_->error());
    }
    composed_ = false;
    must_read_ = true;
    return Progress::next;
}

CheckInput Probe::input() const {
    if (!is_http()) return {answer_.view(), nullptr, answer_ended_ || answer_.room() == 0};
    return {response_.body(), response_.head(), response_state_ == CheckResponse::State::complete};
}

/// Rules of checks look at the answer and have no way to change it.
void Probe::show(const CheckInput& now) {
    context_.response = const_cast<http::Response*>(now.response);
    context_.response_data = now.data;
}

Probe::Progress Probe::receive_by_mux() {
    const net::Io io = mux_->receive(*connection_);
    response_state_ = mux_->state();
    if (io == net::Io::failed) return fail_with_errno(CheckStatus::socket_error, connection_->error());
    return response_.head() ? Progress::next : Progress::wait;
}

/// Takes what there is; `next` once there is something to look at.
Probe::Progress Probe::receive(const CheckStep& step) {
    if (mux_) return receive_by_mux();
    const std::size_t before = answer_.size();
    for (;;) {
        base::Buffer& into = is_http() ? response_.buffer() : answer_;
        if (is_http() ? response_state_ == CheckResponse::State::complete : answer_ended_) break;
        into.reserve();
        if (!is_http() && into.room() == 0) break;
        const std::size_t had = into.size();
        const net::Io io = connection_->receive(into);
        if (counted_) counted_->received(into.size() - had);
        if (io == net::Io::again) break;
        if (io == net::Io::failed) {
            if (is_http() || answer_.empty()) return fail_with_errno(CheckStatus::socket_error, connection_->error());
            answer_ended_ = true;
            break;
        }
        if (!is_http()) {
            answer_ended_ = io == net::Io::closed;
            continue;
        }
        response_state_ = response_.advance(io == net::Io::closed);
        if (response_state_ == CheckResponse::State::invalid) return fail(CheckStatus::l7_invalid, {});
    }
    if (is_http()) return response_.head() ? Progress::next : Progress::wait;
    if (answer_.size() > before) return Progress::next;
    if (!answer_ended_) return Progress::wait;
    if (!answer_.empty()) return Progress::next;
    std::string text = "TCPCHK got an empty response at step " + std::to_string(step_number(step));
    if (!step.comment.empty()) text += " comment: '" + step.comment + "'";
    return fail(status_of(std::get<CheckExpect>(step.what).error, CheckStatus::l7_invalid), text);
}

std::size_t Probe::first_of_chain() const {
    const auto& steps = check().steps;
    std::size_t first = step_;
    for (std::size_t i = step_; i-- > 0;) {
        const auto* expect = std::get_if<CheckExpect>(&steps[i].what);
        if (expect && expect->negated) first = i;
        if (!expect && !std::holds_alternative<std::shared_ptr<const model::Action>>(steps[i].what)) break;
    }
    return first;
}

Probe::Progress Probe::expect(const CheckStep& step) {
    if (must_read_) {
        const Progress got = receive(step);
        if (got != Progress::next) return got;
        must_read_ = false;
    }
    const CheckInput now = input();
    show(now);
    if (now.response) {
        code_ = now.response->status;
        if (check().disable_on_404 && code_ == 404 && server_->health() != Health::down) return Progress::next;
    }
    const CheckVerdict verdict = judge(check(), step, now, context_);
    if (verdict.what == CheckVerdict::What::fail) return fail(verdict.status, verdict.text, verdict.code);
    code_ = verdict.code;
    text_ = verdict.text;
    if (verdict.what == CheckVerdict::What::pass) return Progress::next;
    step_ = first_of_chain();
    connection_->watch();
    return Progress::wait;
}

Probe::Progress Probe::run_action(const model::Action& action) {
    const CheckInput now = connection_ ? input() : CheckInput{};
    show(now);
    if (action.run(context_) == model::Verdict::next) return Progress::next;
    return fail(CheckStatus::l7_invalid,
                "TCPCHK ACTION unexpected result at step " + std::to_string(last_ ? step_number(*last_) : 1) + "\n");
}

/// All steps were taken: the last one says what the result is called.
void Probe::pass() {
    using Protocol = model::HealthCheck::Protocol;
    const CheckStatus connected = connection_ && connection_->tls() ? CheckStatus::l6_ok : CheckStatus::l4_ok;
    if (!last_)
        return finish(check().protocol == Protocol::none ? connected : CheckStatus::l7_ok,
                      check().protocol == Protocol::none ? "" : "(tcp-check)", 0);
    if (const auto* how = std::get_if<CheckConnect>(&last_->what))
        return finish(connected, how->implicit ? "" : "(tcp-check)", 0);
    const auto* expect = std::get_if<CheckExpect>(&last_->what);
    if (!expect) return finish(CheckStatus::l7_ok, "(tcp-check)", 0);
    if (check().disable_on_404 && code_ == 404 && server_->health() != Health::down)
        return finish(CheckStatus::l7_ok_conditional, {}, code_);
    describe_success(check(), *last_, input(), context_, text_, code_);
    finish(status_of(expect->ok, CheckStatus::l7_ok), text_, code_);
}

Probe::Progress Probe::fail(CheckStatus status, std::string_view text, std::int32_t code) {
    finish(status, text, code);
    return Progress::over;
}

Probe::Progress Probe::fail_with_errno(CheckStatus status, int error) {
    // Up to 3.0 HAProxy gave the system's own words.
    std::string text = !error ? ""
                       : backend_.config().era >= kNamedErrors
                           ? std::string(net::failure_of_errno(error).text) + " (" + std::strerror(error) + ")"
                           : std::strerror(error);
    if (const CheckStep* step = current()) text += whereabouts(check(), *step);
    return fail(status, text);
}

void Probe::finish(CheckStatus status, std::string_view text, std::int32_t code) {
    const auto duration = static_cast<std::int64_t>((loop_.now_us() - began_us_) / 1000);
    const std::string what(text);  // may live in what is let go here
    running_ = false;
    let_go();
    backend_.check_done(*server_, status, code, duration, what);
    response_.reset(http::Method::other);
    response_state_ = CheckResponse::State::more;
    answer_.release();
    start_in(spread_wait(interval(), spread_percent_));
}

/// `http-check send-state`: how the server and its backend are.
std::string Probe::server_state() const {
    const CheckReport report = server_->check();
    const bool up = server_->health() != Health::down;
    const std::uint32_t rise = report.rise, fall = report.fall;
    std::string text = !up ? "DOWN" : server_->health() == Health::stopping ? "NOLB" : "UP";
    if (up ? report.health != rise + fall - 1 : report.health > 0)
        text += " " + std::to_string(up ? report.health - rise + 1 : report.health) + "/" +
                std::to_string(up ? fall : rise);
    const net::Address address = server_->address();
    auto number = [](auto value) { return std::to_string(value); };
    text += "; address=" + (address.is_ip() ? address.ip_text() : "unix");
    text += "; port=" + (address.is_ip() ? number(address.port()) : "");
    text += "; name=" + backend_.name() + "/" + server_->name() + "; node=" + node_;
    text += "; weight=" + number((server_->effective_weight() + 15) / 16) + "/" + number(backend_.total_weight());
    text += "; scur=" + number(server_->sessions.get()) + "/" + number(backend_.sessions.get());
    text += "; qcur=" + number(server_->queue.get());
    if (server_->health() == Health::starting) text += "; throttle=" + number(server_->throttle()) + "%";
    return text;
}

}  // namespace cfgproxy::server
