#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "config/keyword.h"
#include "config/source.h"
#include "model/config.h"
#include "model/endpoint.h"

namespace cfgproxy::config {

/// Outcome of reading files: the model if there was no alert, and all that there is to say.
struct Loaded {
    std::unique_ptr<model::Config> config;  ///< null when a message was fatal
    std::shared_ptr<Source> source;         ///< for carets
    base::Diagnostics diagnostics;
};

/// How to read.
struct LoadOptions {
    bool check_only = false;   ///< `-c`: nothing outside of the files is touched that a check need not touch
    bool diagnostics = false;  ///< `-dD`
};

/// Reads `paths` (files and folders, in order), finalizes and freezes. All errors in one pass. Not thread-safe with
/// itself (the environment is process-wide).
Loaded load(std::span<const std::string> paths, const LoadOptions& options);
/// The same for a text, under the name `name`: tests, `-f -` (standard input).
Loaded load_text(std::string_view name, std::string_view text, const LoadOptions& options);

/// What a parse function works with: the statement, the section it stands in, the model to fill, and where to report.
/// Word 0 is the keyword's first word, `no`/`default` in front taken off; `args()` are the words behind the keyword's
/// row name.
class Parser {
  public:
    model::Config& config() { return config_; }
    model::Global& global() { return config_.global; }
    /// The proxy of the current section; only in rows that stand in proxy sections.
    model::Proxy& proxy() { return *proxy_; }
    model::Userlist& userlist() { return *userlist_; }
    Section section() const { return section_; }
    bool in_defaults() const { return section_ == kInDefaults; }
    const Keyword& keyword() const { return *keyword_; }
    /// `no` stood in front: switch off. `default` stood in front: back to the built-in value.
    bool negated() const { return negated_; }
    bool defaulted() const { return defaulted_; }

    std::span<const Word> words() const { return words_; }  ///< the whole statement, keyword included
    std::span<const Word> args() const { return args_; }    ///< words behind the keyword
    const base::Place& place() const { return place_; }     ///< of the statement

    /// While a bind/server option or an action is read: its own words, the option's name first.
    std::span<const Word> option_words() const { return option_words_; }
    model::Bind* bind = nullptr;
    model::ServerSettings* server = nullptr;  ///< a model::Server, or default_server
    model::Server* full_server = nullptr;     ///< null on default-server

    /// Reports under `word`; texts as HAProxy words them, without "parsing [file:line] : ".
    void alert(const Word& word, std::string text, std::string hint = {});
    void warning(const Word& word, std::string text, std::string hint = {});
    void notice(const Word& word, std::string text);

    /// Reading helpers: report and give nothing if the word is not such a value.
    std::optional<std::int64_t> duration(const Word& word, base::Unit bare = base::Unit::ms);
    std::optional<std::int64_t> number(const Word& word, std::int64_t min, std::int64_t max);
    std::optional<std::uint64_t> size(const Word& word);
    /// An address as the manual's section 11 has it. `what` says which parts may be there.
    struct AddressRules {
        bool port_required = false, port_allowed = true, port_range = false, port_offset = false, host_allowed = true,
             unix_allowed = true, fd_allowed = false;
    };
    std::optional<model::Endpoint> address(const Word& word, std::string_view text, AddressRules rules);
    /// The condition that begins at `words[from]` (`if` or `unless`); null after an error or if `words` ends before
    /// `from`
    /// (`failed` tells which).
    std::unique_ptr<sample::Condition> condition(std::span<const Word> words, std::size_t from, bool& failed);
    /// Index of the first `if` or `unless` from `from` on, or words.size().
    static std::size_t find_condition(std::span<const Word> words, std::size_t from);
    std::unique_ptr<model::Template> log_format(const Word& word);
    std::unique_ptr<sample::Expression> expression(const Word& word);

  private:
    friend class Reader;
    Parser(model::Config& config, base::Diagnostics& diagnostics) : config_(config), diagnostics_(diagnostics) {}
    model::Config& config_;
    base::Diagnostics& diagnostics_;
    model::Proxy* proxy_ = nullptr;
    model::Userlist* userlist_ = nullptr;
    Section section_ = kGlobal;
    const Keyword* keyword_ = nullptr;
    bool negated_ = false, defaulted_ = false;
    std::span<const Word> words_, args_, option_words_;
    base::Place place_;
};

/// Parses the section's address text; see Parser::address.
base::Result<model::Endpoint> parse_endpoint(std::string_view text, Parser::AddressRules rules);

}  // namespace cfgproxy::config
