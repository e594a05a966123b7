// `show events`: what rings hold, and what comes into them (management.txt 9.3).
#include <fmt/format.h>

#include "control/cli_command.h"
#include "log/ring.h"

namespace cfgproxy::control {
namespace {

class RingOutput final : public Output {
  public:
    RingOutput(std::shared_ptr<log::Ring> ring, bool wait, bool only_new, char end)
        : ring_(std::move(ring)), wait_(wait), end_(end), next_(only_new ? ring_->next() : ring_->first()) {}
    bool produce(std::string& to) override {
        next_ = ring_->read(next_, 10000, end_, to);
        return wait_ || next_ < ring_->next();
    }

  private:
    std::shared_ptr<log::Ring> ring_;
    bool wait_;
    char end_;
    std::uint64_t next_;
};

void list_rings(CliCall& call) {
    std::string text = "Supported events sinks are listed below. Add -0(zero), -w(wait), -n(new). Any key to stop.\n";
    const auto add = [&](std::string_view name, std::string_view type, std::uint64_t dropped,
                         std::string_view description) {
        text += fmt::format("    {:<10} : type={}, {} dropped, {}\n", name, type, dropped, description);
    };
    add("stdout", "fd", 0, "standard output (fd#1)");
    add("stderr", "fd", 0, "standard output (fd#2)");
    for (const auto& ring : log::Ring::all()) add(ring->name(), "buffer", ring->dropped(), ring->description());
    call.message(text, kSeverityWarning);
}

void show_events(CliCall& call) {
    const std::string_view name = call.argument(0);
    if (name.empty()) return list_rings(call);
    if (call.settings.level == Level::user) return call.error("Permission denied\n");
    if (name == "stdout" || name == "stderr") return call.message("Nothing to report for this sink\n", kSeverityNotice);
    auto ring = log::Ring::find(name);
    if (!ring) return call.error("No such event sink\n");
    bool wait = false, only_new = false;
    char end = '\n';
    for (std::size_t i = 1; !call.argument(i).empty(); ++i) {
        const std::string_view option = call.argument(i);
        if (option == "-w")
            wait = true;
        else if (option == "-n")
            only_new = true;
        else if (option == "-0")
            end = '\0';
        else if (option == "-nw" || option == "-wn")
            wait = only_new = true;
        else
            return call.error("unknown option\n");
    }
    call.output = std::make_unique<RingOutput>(std::move(ring), wait, only_new, end);
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "show events", .support = Support::done, .usage = "show events [<sink>] [-w] [-n] [-0]     : show event sink state", .run = show_events, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
