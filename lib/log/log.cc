#include "log/log.h"

#include <fmt/format.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <unordered_map>

#include "log/dress.h"
#include "log/ring.h"
#include "log/sink.h"

namespace cfgproxy::log {

struct Logger::Impl {
    explicit Impl(Identity identity) : dresser(std::move(identity)) {}

    Sink& sink_of(const model::Endpoint& endpoint) {
        for (const auto& sink : sinks)
            if (sink->serves(endpoint)) return *sink;
        sinks.push_back(std::make_unique<Sink>(endpoint));
        sinks.back()->number = sinks.size();
        return *sinks.back();
    }

    void flush(Sink& sink) {
        const Sink::Outcome outcome = sink.flush();
        if (outcome.error != 0 && problem.empty())
            problem = fmt::format("sendmsg()/writev() failed in logger #{}: {} (errno={})", sink.number,
                                  std::strerror(outcome.error), outcome.error);
        sent.fetch_add(outcome.sent, std::memory_order_relaxed);
        dropped.fetch_add(outcome.dropped, std::memory_order_relaxed);
    }

    void put(const model::LogTarget& target, const Dresser::Line& line) {
        if (target.backend.empty()) return put(target, line, target.endpoint, target.ring);
        if (distributor && distributor->choose(target.backend, line.text, choice))
            put(target, line, choice.endpoint, choice.ring);
        else
            dropped.fetch_add(1, std::memory_order_relaxed);
    }

    void put(const model::LogTarget& target, const Dresser::Line& line, const model::Endpoint& endpoint,
             const std::string& ring_name) {
        if (!ring_name.empty()) {
            ring_line.clear();
            dresser.append(ring_line, target, line, false);
            if (ring_line.ends_with('\n')) ring_line.pop_back();
            if (Ring* ring = ring_of(ring_name)) ring->append(ring_line);
            return;
        }
        Sink& sink = sink_of(endpoint);
        dresser.append(sink.text(), target, line, sink.is_stream());
        sink.end_line();
        if (sink.full()) flush(sink);
    }

    Ring* ring_of(const std::string& name) {
        auto& known = rings[name];
        if (!known) known = Ring::find(name);
        return known.get();
    }

    /// What the profile makes of the line; false: it is not to be sent.
    bool apply(const model::LogProfile& profile, const Message& message, Dresser::Line& line) {
        if (!profile.tag.empty()) line.tag = profile.tag;
        const model::LogStep* step = profile.find(message.origin, message.failed);
        if (!step || !message.source) return true;
        if (step->drop) return false;
        const auto render = [&](const model::Template& format, std::string& text) {
            text.clear();
            message.source->render(format, text);
            return std::string_view(text);
        };
        if (step->format) line.text = render(*step->format, profile_text);
        if (step->structured_data) line.structured_data = render(*step->structured_data, profile_data);
        return !step->format || !line.text.empty();
    }

    Dresser dresser;
    Distributor* distributor = nullptr;
    Distributor::Choice choice;
    std::string profile_text, profile_data, ring_line;
    std::unordered_map<std::string, std::shared_ptr<Ring>> rings;
    std::vector<std::unique_ptr<Sink>> sinks;
    std::atomic<std::uint64_t> sent = 0, dropped = 0;
    std::string problem;
};

Logger::Logger(Identity identity) : impl_(std::make_unique<Impl>(std::move(identity))) {}

Logger::~Logger() { flush(); }

void Logger::prepare(const std::vector<model::LogTarget>& targets) {
    ::tzset();
    for (const model::LogTarget& target : targets)
        if (target.ring.empty() && target.backend.empty()) Sink::prepare(target.endpoint);
}

void Logger::set_distributor(Distributor* distributor) { impl_->distributor = distributor; }

void Logger::set_identity(Identity identity) { impl_->dresser.set_identity(std::move(identity)); }

void Logger::send(const std::vector<model::LogTarget>& targets, Level level, std::string_view line,
                  std::string_view tag, std::uint64_t wall_us, std::string_view structured_data) {
    send(targets, {.level = level, .text = line, .tag = tag, .wall_us = wall_us, .structured_data = structured_data});
}

void Logger::send(const std::vector<model::LogTarget>& targets, const Message& message) {
    for (const model::LogTarget& target : targets) {
        if (message.level > target.level || !target.sample.takes_next()) continue;
        Dresser::Line line = {message.level, message.text, message.tag, message.structured_data, message.wall_us};
        const model::LogProfile* profile = message.profile ? message.profile : target.profile;
        if (profile && !impl_->apply(*profile, message, line)) continue;
        impl_->put(target, line);
    }
}

void Logger::forward(const std::vector<model::LogTarget>& targets, const Received& received, std::uint64_t wall_us) {
    const SyslogMessage& message = received.message;
    if (message.text.empty()) return;
    for (const model::LogTarget& target : targets) {
        if (message.level > target.level || !target.sample.takes_next()) continue;
        Dresser::Line line = {kInfo, message.text, {}, {}, wall_us, &message};
        SyslogMessage tagged;
        if (target.profile && !target.profile->tag.empty()) {
            tagged = message;
            tagged.tag = target.profile->tag;
            line.received = &tagged;
        }
        impl_->put(target, line);
    }
}

void Logger::flush() {
    for (const auto& sink : impl_->sinks)
        if (!sink->empty()) impl_->flush(*sink);
}

bool Logger::waiting() const {
    for (const auto& sink : impl_->sinks)
        if (!sink->empty()) return true;
    return false;
}

std::uint64_t Logger::sent() const { return impl_->sent.load(std::memory_order_relaxed); }
std::uint64_t Logger::dropped() const { return impl_->dropped.load(std::memory_order_relaxed); }
const std::string& Logger::problem() const { return impl_->problem; }

}  // namespace cfgproxy::log
