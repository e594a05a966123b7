#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "config/environment.h"
#include "config/source.h"

namespace cfgproxy::config {

/// Why a line cannot be split; each has its message (fault_text()).
enum class Fault : std::uint8_t { none, quote, brace, variable, hex, expansion };

/// HAProxy's words for it, without the position.
std::string_view fault_text(Fault fault);

/// Cuts one physical line into words: the two machines of grammar/haproxy_cfg.rl call the methods below them.
/// One object serves all lines of a configuration, one after the other; what it hands out for a line is valid until
/// the next one, except for texts, which point into the line or the arena.
class LineSplitter {
  public:
    LineSplitter(base::Arena& arena, const Environment& environment) : arena_(arena), environment_(environment) {}

    /// What `"$.FILE"`, `"$.LINE"` and `"$.SECTION"` read; `place` is also that of the words, its column being that of
    /// the first byte handed to split().
    void set_line(const base::Place& place, std::string_view section) {
        place_ = place;
        section_ = section;
    }
    /// Today's rules (manual 2.6 and 3.4, sections 2.2 and 2.3). `*end` must be readable, and a line feed or a NUL.
    Fault split(const char* begin, const char* end);
    /// HAProxy 1.5's rules (manual 1.5, section 2.1): quotes and dollars are ordinary characters.
    Fault split_old(const char* begin, const char* end);

    std::vector<Word>& words() { return words_; }
    /// Column of the fault; 0 if there is none.
    std::uint32_t fault_column() const { return fault_column_; }
    /// The quote at fault stands inside a word (`it's`) and not at its start: 1.5 may have been meant.
    bool fault_inside_word() const { return fault_inside_word_; }

  private:
    /// Most lines have no quotes, escapes or comments: they are cut at their blanks. False if this one has.
    bool split_plain(const char* begin, const char* end);

    // Called by the machines; `at` points into the line.
    void start(const char* begin);
    void literal(const char* from, const char* to);
    void character(const char* at, char c);
    void hex(const char* at);
    void open_quote(const char* at);
    void close_quote();
    void variable(const char* from, const char* to);
    void end_word(const char* at);
    Fault finish(const char* at);
    Fault fail(Fault fault, const char* at);

    const std::string* pseudo_variable(std::string_view name);
    void expand_list(std::string_view value);
    void touch(const char* at) {
        if (!raw_begin_) raw_begin_ = at;
    }
    void append(std::string_view text);
    void close_text();

    base::Arena& arena_;
    const Environment& environment_;
    base::Place place_;
    std::string_view section_;
    std::vector<Word> words_;
    const char* line_ = nullptr;
    const char* quote_ = nullptr;      // the open one
    const char* raw_begin_ = nullptr;  // of the word being read
    std::size_t raw_first_ = 0;        // the first of words_ that stems from this raw spelling
    std::string_view slice_;           // the word's text so far, while it is one piece of the line
    std::string buffer_;               // its text once it is not
    bool in_buffer_ = false;
    bool in_word_ = false;
    bool empty_quote_ = false;
    bool quoted_ = false;
    std::string scratch_;  // value of a pseudo-variable
    Fault pending_ = Fault::none;
    std::uint32_t fault_column_ = 0;
    bool fault_inside_word_ = false;
};

}  // namespace cfgproxy::config
