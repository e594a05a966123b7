#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::base {

/// A place in a configuration file. `file` points at a name that outlives every Place (config::Source owns it).
struct Place {
    const std::string* file = nullptr;
    std::uint32_t line = 0;    ///< from 1; 0: no place
    std::uint32_t column = 0;  ///< from 1, in bytes of the raw line
    std::uint32_t length = 0;  ///< bytes under the caret
};

/// `diag` is for what is suspicious only: said when asked for (-dD), and no warning to anybody who counts those.
enum class Severity : std::uint8_t { notice, diag, warning, alert };

/// One message to the operator.
struct Diagnostic {
    Severity severity = Severity::alert;
    Place place;
    std::string text;      ///< as HAProxy words it, without the "parsing [file:line] : " in front
    std::string hint;      ///< the nearest known word, the expected form; may be empty
    bool fatal = false;    ///< an alert after which the configuration cannot be used (all alerts but few)
    bool in_file = true;   ///< "parsing [file:line] : " stands in front when printed
    bool tight = false;    ///< without the blank before the colon: "parsing [file:line]: "
    bool bare = false;     ///< without the word "parsing", as HAProxy speaks of servers: "[file:line] : "
    bool pending = false;  ///< no error of the file: it asks for something that this program does not execute yet
};

/// Collects what reading and finalizing find, so that all errors of a file are shown in one pass. Not thread-safe.
class Diagnostics {
  public:
    void alert(const Place& place, std::string text, std::string hint = {}) {
        list_.push_back({Severity::alert, place, std::move(text), std::move(hint), true, true});
        ++alerts_;
    }
    /// An alert that HAProxy prints but goes on in spite of ("already specified. Continuing."). Not in alerts().
    void alert_but_continue(const Place& place, std::string text) {
        list_.push_back({Severity::alert, place, std::move(text), {}, false, true});
    }
    void warning(const Place& place, std::string text, std::string hint = {}) {
        list_.push_back({Severity::warning, place, std::move(text), std::move(hint), false, true});
        ++warnings_;
    }
    void notice(const Place& place, std::string text) {
        list_.push_back({Severity::notice, place, std::move(text), {}, false, true});
    }
    /// A message of the passes after parsing: HAProxy prints "config : " and no "parsing [...]" before it.
    void general(Severity severity, const Place& place, std::string text, std::string hint = {}) {
        list_.push_back({severity, place, std::move(text), std::move(hint), severity == Severity::alert, false});
        if (severity == Severity::alert) ++alerts_;
        if (severity == Severity::warning) ++warnings_;
    }

    /// The file says something that is right and that this program does not do yet: it cannot be run, but it can be
    /// read and checked to its end. Counted apart from alerts().
    void pending(const Place& place, std::string text, std::string hint = {}) {
        add({Severity::alert, place, std::move(text), std::move(hint), true, true, false, false, true});
    }

    /// A message made elsewhere.
    void add(Diagnostic d) {
        if (d.pending)
            ++pendings_;
        else if (d.severity == Severity::alert && d.fatal)
            ++alerts_;
        if (d.severity == Severity::warning) ++warnings_;
        list_.push_back(std::move(d));
    }

    std::size_t alerts() const { return alerts_; }      ///< fatal ones: errors of the file
    std::size_t pendings() const { return pendings_; }  ///< what keeps a right file from running here
    /// Forgets all messages from the `keep`-th one on: a line that turned out to be of another era is read again.
    void shrink(std::size_t keep);
    std::size_t warnings() const { return warnings_; }
    const std::vector<Diagnostic>& list() const { return list_; }
    /// By file (in the order first seen), then line; messages of one line keep their order; placeless ones last.
    void sort();

  private:
    std::vector<Diagnostic> list_;
    std::size_t alerts_ = 0;
    std::size_t pendings_ = 0;
    std::size_t warnings_ = 0;
};

}  // namespace cfgproxy::base
