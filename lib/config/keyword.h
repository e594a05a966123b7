#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/table.h"
#include "model/rule.h"
#include "sample/expression.h"

namespace cfgproxy::config {

class Parser;
using sample::Support;

/// The sections in which a word may stand, as bits.
enum Section : std::uint32_t {
    kGlobal = 1 << 0,
    kInDefaults = 1 << 1,
    kInFrontend = 1 << 2,
    kInBackend = 1 << 3,
    kInListen = 1 << 4,
    kUserlist = 1 << 5,
    kPeers = 1 << 6,
    kResolvers = 1 << 7,
    kMailers = 1 << 8,
    kCache = 1 << 9,
    kHttpErrors = 1 << 10,
    kRing = 1 << 11,
    kLogForward = 1 << 12,
    kFcgiApp = 1 << 13,
    kProgram = 1 << 14,
    kCrtStore = 1 << 15,
    kTraces = 1 << 16,
    kLogProfile = 1 << 17,
    kAcme = 1 << 18,
    kHealthcheck = 1 << 19,
    kNamespaceList = 1 << 20,
    kFrontends = kInDefaults | kInFrontend | kInListen,
    kBackends = kInDefaults | kInBackend | kInListen,
    kProxies = kFrontends | kBackends,
};
std::string_view name_of(Section section);  ///< one bit: "global", "frontend"...

/// How many words may follow the keyword.
struct Arity {
    std::uint16_t min = 0, max = 0xffff;
};

/// Whether `no` or `default` may stand before the keyword.
enum Prefix : std::uint8_t { kNoPrefix = 0, kNo = 1, kDefault = 2 };

/// A word (or two or three: "timeout client", "option httplog", "stats uri") that begins a statement.
/// The reader checks section, arity and prefix from the row before `parse` runs.
struct Keyword {
    std::string_view name;
    std::uint32_t sections = 0;
    Arity arity = {};
    Support support = Support::pending;
    void (*parse)(Parser& parser) = nullptr;  ///< reads parser.statement(), fills the model, reports through parser
    std::string_view form = {};               ///< expected arguments, for messages: "<delay>"
    std::uint8_t prefixes = kNoPrefix;
    std::string_view since = "1.3", until = {};
    std::string_view modern = {};  ///< of a word that HAProxy removed: what to write today
};

/// An option of `bind` lines and of `server` lines, by the same rules; `arity` counts the words that belong to it.
struct BindOption {
    std::string_view name;
    std::uint8_t arguments = 0;
    Support support = Support::pending;
    void (*parse)(Parser& parser) = nullptr;  ///< sees parser.option_words() and parser.bind
    std::string_view since = "1.3", until = {};
};
struct ServerOption {
    std::string_view name;
    std::uint8_t arguments = 0;
    Support support = Support::pending;
    void (*parse)(Parser& parser) = nullptr;  ///< sees parser.option_words() and parser.server
    bool on_default_server = true;
    std::string_view since = "1.3", until = {};
};

/// The rule sets in which an action may stand, as bits.
enum RuleSetBit : std::uint16_t {
    kHttpRequest = 1,
    kHttpResponse = 2,
    kHttpAfterResponse = 4,
    kTcpConnection = 8,
    kTcpSession = 16,
    kTcpContent = 32,
    kTcpResponse = 64,
    kStatsHttpRequest = 128,
};
/// What stands behind `http-request` and its kin. Words up to `if`/`unless` belong to the action.
struct ActionRow {
    std::string_view name;  ///< "set-header"; a name ending in '(' takes an argument list in its word: "set-var("
    std::uint16_t sets = 0;
    Support support = Support::pending;
    /// Makes the action from parser.option_words() (the action's own word first); null after reporting an error.
    std::unique_ptr<model::Action> (*parse)(Parser& parser) = nullptr;
    std::string_view since = "1.3", until = {};
};

}  // namespace cfgproxy::config
