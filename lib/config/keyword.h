#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
    kRuleset = 1 << 21,  ///< 1.3 to 1.5 took the word for a section and read nothing in it
    kFrontends = kInDefaults | kInFrontend | kInListen,
    kBackends = kInDefaults | kInBackend | kInListen,
    kProxies = kFrontends | kBackends,
};
std::string_view name_of(Section section);  ///< one bit: "global", "frontend"...

/// A word at the start of a line that begins a section. The words of a pending section are read and checked; that it
/// is not executed is said once, of the section.
struct SectionWord {
    std::string_view name;
    Section section;
    Support support = Support::pending;
    std::string_view since = "1.3", until = {};
};

/// How a section other than a proxy's, `global` or `userlist` begins; stands beside the rows of the section's words.
struct SectionOpener {
    std::string_view name;  ///< the section's word
    /// Reads the section's line (parser.words()) and gives the object of the model that its words fill, which they
    /// reach by Parser::opened(). Null after an alert: the section's lines are passed over.
    void* (*open)(Parser& parser) = nullptr;
};
/// Null if `word` begins no section.
const SectionWord* find_section(std::string_view word);
std::span<const SectionWord> all_sections();

/// How many words may follow the keyword.
struct Arity {
    std::uint16_t min = 0, max = 0xffff;
};

/// Whether `no` or `default` may stand before the keyword.
enum Prefix : std::uint8_t { kNoPrefix = 0, kNo = 1, kDefault = 2 };

/// What HAProxy does with a word of backends in a frontend and the reverse.
enum class Misplaced : std::uint8_t {
    read,     ///< a warning, then it is read all the same (without effect, but its errors count)
    skip,     ///< a warning, and the line is not looked at
    timeout,  ///< as read, in the words that only timeouts use
    refuse,   ///< an alert
    own,      ///< read, and the function says what there is to say
};

/// A word (or two or three: "timeout client", "option httplog", "stats uri") that begins a statement.
/// The reader checks section, arity and prefix from the row before `parse` runs. A pending row's `parse` checks the
/// arguments and fills the model as any other's; that nothing acts on them yet is said by the reader, when they are
/// right. The same goes for options and actions.
struct Keyword {
    std::string_view name;
    std::uint32_t sections = 0;
    Arity arity = {};
    Support support = Support::pending;
    void (*parse)(Parser& parser) = nullptr;  ///< reads parser.statement(), fills the model, reports through parser
    /// What HAProxy says when words are missing: put behind "'NAME' " if it begins with "expects", "requires" or
    /// "needs", else the whole message.
    std::string_view form = {};
    std::uint8_t prefixes = kNoPrefix;
    std::string_view since = "1.3", until = {};
    std::string_view modern = {};  ///< of a word that HAProxy removed: what to write today
    Misplaced misplaced = Misplaced::read;
    std::string_view meant = {};  ///< the word for the other side, for the hint: "fullconn" on maxconn
    bool named_defaults = false;  ///< in `defaults` only where the section has a name (2.5)
};

/// The row that the words at the front of a statement mean in `section`, longest name first. `words` is how many of
/// them the name takes. If there is none for the section, `row` may still be one of another section and `here` is
/// false; null: no such word at all.
struct Found {
    const Keyword* row = nullptr;
    std::size_t words = 0;
    bool here = false;
};
Found find_keyword(std::span<const std::string_view> words, Section section);
/// The first words of all rows of `section` and its kin (all proxy sections are kin): what a misspelt word may mean.
std::vector<std::string_view> first_words(Section section);

/// An option of `bind` lines and of `server` lines, by the same rules; `arguments` counts the words that belong to it.
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
    bool at_run_time = true;  ///< `add server` takes it
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
    kQuicInitial = 256,
    kChecks = 512,  ///< tcp-check, http-check
};
/// What stands behind `http-request` and its kin. Words up to `if`/`unless` belong to the action.
struct ActionRow {
    std::string_view name;  ///< "set-header"; a name ending in '(' takes an argument list in its word: "set-var("
    std::uint16_t sets = 0;
    Support support = Support::pending;
    /// Makes the action from parser.option_words() (the action's own word first); null after reporting an error.
    std::unique_ptr<model::Action> (*parse)(Parser& parser) = nullptr;
    /// Words that follow in any case, be they "if" or not.
    std::uint8_t arguments = 0;
    bool final = false;  ///< nothing behind it is reached when it has no condition
    std::string_view since = "1.3", until = {};
};
/// The row for `word` in that rule set: by its whole name, or up to and with the '('. Null if there is none.
const ActionRow* find_action(std::string_view word, std::uint16_t set);

}  // namespace cfgproxy::config
