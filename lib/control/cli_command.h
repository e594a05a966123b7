#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.h"
#include "engine/engine.h"
#include "sample/expression.h"
#include "stream/env.h"

namespace cfgproxy::control {

using sample::Support;
using Level = model::Bind::Level;

/// What a command prints that is too long for one piece, made as fast as the peer reads it.
class Output {
  public:
    virtual ~Output() = default;
    /// Appends some 10 kB; false when the end was appended. Nothing appended: asked again in a while, until a key is
    /// pressed.
    virtual bool produce(std::string& to) = 0;
    /// Whether a key ends the waiting; else what comes is the next command's.
    virtual bool ends_by_key() const { return true; }
    /// Nobody waits any more: appends a last word.
    virtual void give_up(std::string& /*to*/) {}
};

/// How messages are marked (`set severity-output`).
enum class Severity : std::uint8_t { none, number, string };
constexpr int kSeverityError = 3, kSeverityWarning = 4, kSeverityNotice = 5, kSeverityInfo = 6;

/// What belongs to one connection to the command line and may be changed by commands. Thread 0.
struct CliSettings {
    Level level = Level::operator_;         ///< now; may be lowered
    Level socket_level = Level::operator_;  ///< of the socket
    bool exposes_sockets = false;           ///< `expose-fd listeners` stands on the socket
    Severity severity = Severity::none;
    bool interactive = false;  ///< stays open and waits for the next command
    bool prompt = false;       ///< shows "> "; interactive too
    bool expert = false, experimental = false;
    std::uint64_t timeout_ms = 10000;
    bool quit = false;           ///< close once all is sent
    bool no_empty_line = false;  ///< behind this answer ("user -")
};

/// A connection to the command line that waits for an answer made on other threads.
class Waiter {
  public:
    /// Thread 0. Does nothing if the connection has gone.
    virtual void answer(std::string text) = 0;
    virtual ~Waiter() = default;
};

/// One call of a command. Lives until its function returns. Thread 0.
struct CliCall {
    std::vector<std::string_view> words;  ///< the whole line's
    std::string_view payload;             ///< behind "<<", with its line ends; null data() without
    std::size_t name_words = 0;           ///< how many of `words` are the command's name
    CliSettings& settings;
    engine::Engine& engine;
    stream::Env& env;
    std::shared_ptr<const stream::Generation> generation;
    std::uint32_t socket_number = 1;
    int connection = -1;             ///< the peer's socket, for what is no text
    std::string answer;              ///< what is sent
    std::unique_ptr<Output> output;  ///< what is sent behind it
    std::shared_ptr<Waiter> waiter;  ///< kept by a command whose answer comes later, which sets `deferred`
    bool deferred = false;

    /// The n-th word behind the name, from 0; "" if there is none.
    std::string_view argument(std::size_t n) const {
        return name_words + n < words.size() ? words[name_words + n] : std::string_view{};
    }
    void message(std::string_view text, int severity = kSeverityInfo);
    void error(std::string_view text) { message(text, kSeverityError); }
};

/// One command of the command line (management.txt 9.3): its words with one blank between, who may call it, its line in
/// `help` ("" is not listed there), what it does. `pending`: known, answered with a message that says so.
struct Command {
    std::string_view name;
    Level level = Level::user;
    Support support = Support::pending;
    std::string_view usage = {};
    void (*run)(CliCall& call) = nullptr;
    enum Mode : std::uint8_t { always, expert, experimental, master } mode = always;
    std::string_view since = "1.5";
};

/// The command whose words the line begins with, the one with the most words; null if there is none.
const Command* find_command(const std::vector<std::string_view>& words);
std::size_t word_count(std::string_view name);

}  // namespace cfgproxy::control
