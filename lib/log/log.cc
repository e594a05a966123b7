#include "log/log.h"

#include <fmt/format.h>

#include <atomic>
#include <cstring>
#include <ctime>

#include "log/dress.h"
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

    Dresser dresser;
    std::vector<std::unique_ptr<Sink>> sinks;
    std::atomic<std::uint64_t> sent = 0, dropped = 0;
    std::string problem;
};

Logger::Logger(Identity identity) : impl_(std::make_unique<Impl>(std::move(identity))) {}

Logger::~Logger() { flush(); }

void Logger::prepare(const std::vector<model::LogTarget>& targets) {
    ::tzset();
    for (const model::LogTarget& target : targets) Sink::prepare(target.endpoint);
}

void Logger::set_identity(Identity identity) { impl_->dresser.set_identity(std::move(identity)); }

void Logger::send(const std::vector<model::LogTarget>& targets, Level level, std::string_view line,
                  std::string_view tag, std::uint64_t wall_us, std::string_view structured_data) {
    const Dresser::Line dressed = {level, line, tag, structured_data, wall_us};
    for (const model::LogTarget& target : targets) {
        if (level > target.level) continue;
        Sink& sink = impl_->sink_of(target.endpoint);
        impl_->dresser.append(sink.text(), target, dressed, sink.is_stream());
        sink.end_line();
        if (sink.full()) impl_->flush(sink);
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
