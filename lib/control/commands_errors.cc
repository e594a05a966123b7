// `show errors`: the last malformed request and response of each proxy (management.txt 9.3).
#include <fmt/format.h>

#include "control/cli_find.h"
#include "log/date.h"

namespace cfgproxy::control {
namespace {

constexpr std::size_t kLineWidth = 80;

/// "[23/Nov/2026:15:36:30.670]", local time.
std::string date_text(std::uint64_t wall_us) {
    std::string date = "[";
    log::append_local_ms(date, wall_us);
    return date += ']';
}

/// One byte as it can be printed: "\r", "\x00", or itself.
std::string printable(char c) {
    switch (c) {
        case '\t':
            return "\\t";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\x1b':
            return "\\e";
        case '\\':
            return "\\\\";
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 32 && byte < 127 ? std::string(1, c) : fmt::format("\\x{:02X}", byte);
}

/// Lines of at most 80 columns, each with the offset of its first byte; '+' marks the continuation of a long one.
void append_dump(std::string& to, std::string_view bytes) {
    bool line_start = true;
    for (std::size_t at = 0; at < bytes.size();) {
        std::string line = fmt::format("  {:05}{} ", at, line_start ? ' ' : '+');
        line_start = false;
        while (at < bytes.size()) {
            const std::string piece = printable(bytes[at]);
            if (line.size() + piece.size() > kLineWidth - 1) break;
            line += piece;
            if (bytes[at++] == '\n') {
                line_start = true;
                break;
            }
        }
        to += line;
        to += '\n';
    }
}

/// "name (#id)", or "<NONE> (#-1)".
std::string numbered(const model::Config& config, std::string_view name, std::uint8_t capability) {
    const model::Proxy* proxy = name.empty() ? nullptr : proxy_named(config, name, capability);
    return proxy ? fmt::format("{} (#{})", name, proxy->id) : "<NONE> (#-1)";
}

std::string numbered_server(const model::Config& config, const stream::CapturedError& error) {
    const model::Proxy* proxy = proxy_named(config, error.backend, model::kBackend);
    const model::Server* server = proxy ? proxy->find_server(error.server) : nullptr;
    return server ? fmt::format("{} (#{})", server->name, server->id) : "<NONE> (#-1)";
}

void append_error(std::string& to, const model::Config& config, const stream::CapturedError& e) {
    const std::string frontend = numbered(config, e.frontend, model::kFrontend);
    const std::string backend = numbered(config, e.backend, model::kBackend);
    const std::size_t size = config.global.buffer_size;
    to += fmt::format(" \n{} {} {}: invalid {}\n  {} {}, server {}, event #{}, src {}:{}\n", date_text(e.wall_us),
                      e.response ? "backend" : "frontend", e.response ? backend : frontend,
                      e.response ? "response" : "request", e.response ? "frontend" : "backend",
                      e.response ? frontend : backend, numbered_server(config, e), e.event,
                      e.client.is_ip() ? e.client.ip_text() : "unix", e.client.port());
    to += fmt::format("  buffer starts at 0 (including 0 out), {} free,\n  len {}, wraps at {}, error at position {}\n",
                      size - std::min(size, e.bytes.size()), e.bytes.size(), size, e.position);
    if (!e.reason.empty()) to += "  " + e.reason + " :\n";
    to += "  \n";
    append_dump(to, e.bytes);
}

/// Errors are copied when the command is given and printed one by one.
class ErrorsOutput final : public Output {
  public:
    ErrorsOutput(std::shared_ptr<const stream::Generation> generation, std::vector<stream::CapturedError> errors)
        : generation_(std::move(generation)), errors_(std::move(errors)) {}
    bool produce(std::string& to) override {
        if (next_ == errors_.size()) return false;
        append_error(to, *generation_->config, errors_[next_++]);
        return next_ < errors_.size();
    }

  private:
    std::shared_ptr<const stream::Generation> generation_;
    std::vector<stream::CapturedError> errors_;
    std::size_t next_ = 0;
};

/// show errors [<proxy>|<iid>] [request|response]
void show_errors(CliCall& call) {
    const model::Config& config = *call.generation->config;
    std::uint32_t only = 0;
    if (!call.argument(0).empty()) {
        const model::Proxy* proxy = proxy_named(config, call.argument(0), 0);
        only = proxy ? proxy->id : static_cast<std::uint32_t>(leading_number(call.argument(0)));
        if (only == 0) return call.error("No such proxy.\n");
    }
    const bool no_requests = call.argument(1) == "response", no_responses = call.argument(1) == "request";
    stream::Process& process = call.engine.process();
    std::vector<stream::CapturedError> wanted;
    std::uint64_t events = 0;
    {
        std::lock_guard lock(process.errors_mutex);
        events = process.error_events;
        for (const auto& proxy : config.proxies)
            for (const bool response : {false, true}) {
                if (response ? no_responses : no_requests) continue;
                for (const stream::CapturedError& error : process.errors) {
                    if (error.response != response || (response ? error.backend : error.frontend) != proxy->name)
                        continue;
                    if (response ? !proxy->is_backend() : !proxy->is_frontend()) continue;
                    const model::Proxy* other =
                        proxy_named(config, response ? error.frontend : error.backend, model::Capability{});
                    if (only && proxy->id != only && !(other && other->id == only)) continue;
                    wanted.push_back(error);
                }
            }
    }
    call.answer += fmt::format("Total events captured on {} : {}\n", date_text(call.env.loop.wall_us()), events);
    call.output = std::make_unique<ErrorsOutput>(call.generation, std::move(wanted));
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "show errors", .level = Level::operator_, .support = Support::done, .usage = "show errors [<px>] [request|response]   : report last request and/or response errors for each proxy", .run = show_errors, .since = "1.3"},
};
// clang-format on
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
