#include <unistd.h>

#include <algorithm>

#include "base/host.h"
#include "keywords/sample_support.h"
#include "log/dress.h"
#include "log/ring.h"
#include "model/config.h"

/// A value told to a ring, or to the standard outputs, on its way through an expression (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

std::string_view type_name(Type type) {
    switch (type) {
        case Type::any:
            return "any";
        case Type::boolean:
            return "bool";
        case Type::sint:
            return "sint";
        case Type::ipv4:
            return "ipv4";
        case Type::ipv6:
            return "ipv6";
        case Type::str:
            return "str";
        case Type::bin:
            return "bin";
        default:
            return "meth";
    }
}

std::string describe(const Context& context, std::string_view prefix, const Value& value) {
    std::string line = "[debug] ";
    ((line += prefix) += ": type=") += type_name(value.type);
    Value text = value;
    if (!sample::cast(text, Type::str, *context.arena)) return line += " (undisplayable)";
    line += " <";
    for (char c : text.text) line += c >= ' ' && c <= '~' ? c : '.';
    return line += '>';
}

/// How the ring has its lines; the one that always is, with priority and date.
model::LogTarget target_of(const Context& context, std::string_view ring) {
    model::LogTarget target;
    target.format = model::LogFormatKind::timed;
    target.facility = 0;
    const model::Config* config = context.live ? context.live->config() : nullptr;
    if (!config) return target;
    const auto section = std::find_if(config->rings.begin(), config->rings.end(),
                                      [&](const auto& known) { return known->name == ring; });
    if (section == config->rings.end()) return target;
    target.format = (*section)->format;
    if ((*section)->max_length)
        target.max_length = static_cast<std::uint16_t>(std::min((*section)->max_length, 65535u));
    return target;
}

/// A standard output that takes nothing now loses the line: this must not wait.
void write_line(int fd, std::string line) {
    line += '\n';
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
}

/// The value goes on as it is. A ring that does not exist takes nothing, as in HAProxy.
bool convert_debug(const Context& context, Arguments args, Value& value) {
    const std::string line = describe(context, has(args, 0) ? std::string_view(args[0].text) : "", value);
    const std::string_view name = has(args, 1) ? std::string_view(args[1].text) : "buf0";
    if (name == "stdout" || name == "stderr") {
        write_line(name == "stdout" ? STDOUT_FILENO : STDERR_FILENO, line);
        return true;
    }
    const auto ring = log::Ring::find(name);
    if (!ring) return true;
    thread_local log::Dresser dresser(log::Identity{.hostname = std::string(base::host_name()), .tag = "haproxy"});
    std::string dressed;
    dresser.append(
        dressed, target_of(context, name),
        {.level = log::kEmerg, .text = line, .tag = "haproxy", .structured_data = {}, .wall_us = context.wall_us},
        false);
    while (!dressed.empty() && dressed.back() == '\n') dressed.pop_back();
    ring->append(dressed);
    return true;
}

constexpr Converter kTable[] = {
    {.name = "debug",
     .args = "[string,string]",
     .in = Type::any,
     .out = Type::any,
     .support = Support::done,
     .run = convert_debug,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
