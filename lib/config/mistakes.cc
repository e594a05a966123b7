// The kinds of mistakes by which tools know messages. New kinds get new numbers, behind the others of their hundred;
// several rows may be one kind.
#include "config/findings.h"

namespace cfgproxy::config {

namespace {

// The first row whose fragment is in a message counts: narrower ones stand before wider ones.
// clang-format off
constexpr Mistake kMistakes[] = {
    // what no row below describes
    {"CFG001", "other-error", "", Names::none, "Something is wrong."},
    {"CFG002", "other-warning", "", Names::none, "Something looks wrong."},
    {"CFG003", "not-executed", "", Names::none, "A word that is right is not executed by this version of cfgproxy."},
    {"CFG004", "note", "", Names::none, "Something that is right could be written otherwise."},
    {"CFG005", "advisory", "", Names::none, "A word is read and changes nothing that anybody could notice."},
    // words of the language that nobody knows
    {"CFG101", "word-outside-section", "out of section", Names::section, "A statement stands before the first section."},
    {"CFG102", "unknown-option", "unknown option '", Names::option, "There is no such 'option'."},
    {"CFG103", "unknown-directive", "unknown directive '", Names::none, "There is no such '.' directive."},
    {"CFG104", "unknown-fetch", "unknown fetch method '", Names::fetch, "There is no such sample fetch method."},
    {"CFG105", "unknown-converter", "unknown converter '", Names::converter, "There is no such converter."},
    {"CFG106", "unknown-match", "unknown matching method '", Names::listed, "There is no such matching method behind -m."},
    {"CFG107", "unknown-action", "but got '", Names::action, "The rule set has no such action."},
    {"CFG108", "unknown-format-variable", "no such format variable '", Names::none, "There is no such log variable."},
    {"CFG109", "unknown-algorithm", "balance only supports", Names::listed, "There is no such balance algorithm."},
    {"CFG110", "unknown-variable-scope", "invalid variable name '", Names::variable_scope, "Names of variables begin with their scope: txn.name.", "scope"},
    {"CFG111", "unknown-bind-option", "unknown keyword '", Names::bind_option, "There is no such option of bind lines.", "'bind"},
    {"CFG112", "unknown-server-option", "unknown keyword '", Names::server_option, "There is no such option of server lines.", "'server"},
    {"CFG113", "unknown-keyword", "unknown keyword '", Names::keyword, "The section has no such keyword."},
    // names that the file uses and does not declare
    {"CFG201", "unknown-acl", "no such ACL : '", Names::acl, "A condition names an ACL that the section does not declare."},
    {"CFG202", "unknown-backend", "unable to find required use_backend: '", Names::backend, "There is no such backend."},
    {"CFG202", "unknown-backend", "unable to find required default_backend: '", Names::backend, "There is no such backend."},
    {"CFG202", "unknown-backend", "unable to find backend '", Names::backend, "There is no such backend."},
    {"CFG202", "unknown-backend", "unable to find proxy '", Names::backend, "There is no such backend."},
    {"CFG203", "unknown-frontend", "unable to find frontend '", Names::frontend, "There is no such frontend."},
    {"CFG204", "unknown-server", "unable to find server '", Names::server, "There is no such server."},
    {"CFG205", "unknown-userlist", "unable to find userlist '", Names::userlist, "There is no such userlist."},
    {"CFG206", "unknown-defaults", "defaults section '", Names::defaults, "There is no such named defaults section."},
    {"CFG207", "unknown-group", "no such group '", Names::none, "The userlist has no such group."},
    {"CFG208", "unknown-user", "no such user '", Names::none, "The userlist has no such user."},
    {"CFG209", "unknown-system-user", "cannot find user id for '", Names::none, "This machine has no such user."},
    {"CFG210", "unknown-system-group", "cannot find group id for '", Names::none, "This machine has no such group."},
    {"CFG211", "unresolved-host", "could not resolve address '", Names::none, "The name of a host has no address."},
    {"CFG212", "missing-name", "unable to find", Names::none, "Something is named that the file does not declare."},
    // how lines are written
    {"CFG301", "unmatched-quote", "unmatched quote", Names::none, "A quote is never closed."},
    {"CFG302", "unmatched-brace", "unmatched brace", Names::none, "A ${ is never closed."},
    {"CFG303", "bad-variable-name", "forbidden first char in environment variable", Names::none, "The name of an environment variable is none."},
    {"CFG304", "bad-escape", "truncated or invalid hexadecimal sequence", Names::none, "Behind \\x stand two hexadecimal digits."},
    {"CFG305", "bad-expansion", "invalid word expansion sequence", Names::none, "A list of words is written ${NAME[*]}."},
    {"CFG306", "missing-line-feed", "Missing LF on last line", Names::none, "The last line has no line feed: the file may be cut short."},
    {"CFG307", "stray-nul", "Stray NUL character", Names::none, "The file has a NUL byte."},
    {"CFG308", "too-many-words", "too many words", Names::none, "A line has more than 64 words."},
    {"CFG309", "bad-condition-line", "conditional expression", Names::none, "What stands behind .if or .elif is no condition."},
    {"CFG310", "unbalanced-block", "lone '.", Names::none, ".if, .elif, .else and .endif do not fit together."},
    {"CFG310", "unbalanced-block", "non-terminated '.", Names::none, ".if, .elif, .else and .endif do not fit together."},
    {"CFG311", "old-quoting", "quote read as an ordinary character", Names::none, "The line can only be read as HAProxy 1.5 did."},
    {"CFG312", "too-many-errors", "too many fatal errors", Names::none, "Reading stopped: too many lines are wrong."},
    // statements at a place where they cannot be
    {"CFG401", "wrong-section", "not allowed in '", Names::none, "The section has no such keyword; others have."},
    {"CFG401", "wrong-section", "not allowed because ", Names::none, "The section has no such keyword; others have."},
    {"CFG402", "no-effect-in-section", "ignored because ", Names::none, "The keyword does nothing in this kind of section."},
    {"CFG403", "prefix", "negation/default ", Names::none, "'no' and 'default' do not stand before this keyword."},
    {"CFG404", "rule-order", "will still be processed before", Names::none, "Rules are not executed in the order in which they stand."},
    {"CFG405", "unreachable-rule", "is never reached", Names::none, "Something can never happen."},
    {"CFG405", "unreachable-rule", "will never", Names::none, "Something can never happen."},
    {"CFG406", "anonymous-defaults", "in anonymous 'defaults'", Names::none, "Rules need a defaults section that has a name."},
    {"CFG407", "misplaced-fetch", "none of which is available here", Names::none, "A fetch never has a value at this place."},
    {"CFG407", "misplaced-fetch", "may not be reliably used here", Names::none, "A fetch never has a value at this place."},
    // arguments
    {"CFG501", "unexpected-argument", "cannot handle unexpected argument '", Names::none, "There is a word too many."},
    {"CFG502", "bad-time", "timer overflow", Names::none, "A duration is too long."},
    {"CFG502", "bad-time", "timer underflow", Names::none, "A duration is too short."},
    {"CFG503", "bad-regex", "regex '", Names::none, "A regular expression cannot be compiled."},
    {"CFG504", "bad-address", "invalid address", Names::none, "An address is wrong."},
    {"CFG505", "bad-port", "port number '", Names::none, "A port is wrong."},
    {"CFG506", "unreadable-file", "failed to open pattern file", Names::none, "A file cannot be read."},
    {"CFG506", "unreadable-file", "error opening file", Names::none, "A file cannot be read."},
    {"CFG507", "bad-name", "is not permitted in '", Names::none, "A name has a character that names must not have."},
    {"CFG508", "bad-status", "status code '", Names::none, "A status code is out of range here."},
    {"CFG509", "bad-character", "unexpected character '", Names::none, "An argument has a character that it must not have."},
    {"CFG510", "expects", "expects", Names::listed, "An argument is missing or wrong."},
    {"CFG510", "expects", "requires", Names::listed, "An argument is missing or wrong."},
    {"CFG510", "expects", "supports", Names::listed, "An argument is missing or wrong."},
    {"CFG511", "missing-argument", "missing", Names::listed, "An argument is missing."},
    {"CFG512", "unknown-value", "unknown ", Names::listed, "A value is none of those that are known."},
    // what does not go together
    {"CFG601", "duplicate-name", "has the same name as", Names::none, "Two sections bear one name."},
    {"CFG601", "duplicate-name", "another server named", Names::none, "Two servers bear one name."},
    {"CFG602", "already-set", "already specified", Names::none, "A setting is given twice."},
    {"CFG603", "loop", "loop detected", Names::none, "A section sends its traffic to itself."},
    {"CFG604", "incompatible-mode", "incompatible", Names::none, "Sections of different modes meet."},
    {"CFG605", "needs-http", "HTTP mode", Names::none, "Something needs 'mode http'."},
    {"CFG605", "needs-http", "needs 'mode http'", Names::none, "Something needs 'mode http'."},
    {"CFG606", "missing-timeouts", "missing timeouts", Names::none, "Without timeouts dead connections pile up."},
    {"CFG607", "no-bind", "has no 'bind' directive", Names::none, "A frontend has no address."},
    {"CFG608", "no-log-address", "since it has no log address", Names::none, "A log format is set, but no log."},
    {"CFG609", "unused-name", "is declared and never used", Names::none, "Something has a name that nothing uses."},
    {"CFG610", "odd-pattern", "looks like a ", Names::none, "A pattern looks like something else."},
    {"CFG611", "same-cookie", "same cookie value is set", Names::none, "Two servers are known by one cookie."},
    {"CFG612", "needless-section", "Removing incomplete section", Names::none, "A section has no effect."},
};
// clang-format on

}  // namespace

std::span<const Mistake> all_mistakes() { return kMistakes; }

}  // namespace cfgproxy::config
