#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::daemon {

/// The tag of log lines when the file names none, whatever the program is called: syslog filters look for it.
inline constexpr std::string_view kLogTag = "haproxy";

/// What the process itself says on stderr, laid out as HAProxy lays it out: `[ALERT]    (pid) : text`, and once before
/// the first such line two NOTICE lines that name the version and the program. Used by one thread at a time.
class Messages {
  public:
    /// `program` is argv[0]: it stands in the messages of main() and is the name in the usage text.
    explicit Messages(std::string_view program);

    void alert(std::string_view text);
    void warning(std::string_view text);
    void notice(std::string_view text);
    /// A text that is laid out already and brings the NOTICE lines itself (the diagnostics of a configuration).
    void laid_out(std::string_view text);

    /// `-q`, or `quiet` in the file once that is read; `-V` lifts it.
    void set_quiet(bool quiet) { quiet_ = quiet; }
    bool quiet() const { return quiet_; }

    const std::string& program() const { return program_; }        ///< argv[0]
    std::string_view name() const;                                 ///< without folders
    const std::string& executable() const { return executable_; }  ///< full path; empty if unknown
    bool introduced() const { return introduced_; }                ///< the NOTICE lines have been printed
    /// "[argv0.main()] text", as HAProxy words what goes wrong while it starts.
    std::string of_main(std::string_view text) const;

  private:
    void introduce();
    void say(std::string_view label, std::string_view text);
    std::string program_;
    std::string executable_;
    bool quiet_ = false;
    bool introduced_ = false;
};

}  // namespace cfgproxy::daemon
