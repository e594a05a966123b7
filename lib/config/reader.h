#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "config/default_path.h"
#include "config/duration.h"
#include "config/environment.h"
#include "config/era.h"
#include "config/finalize.h"
#include "config/keyword.h"
#include "config/source.h"
#include "config/statements.h"
#include "model/config.h"
#include "model/endpoint.h"

namespace cfgproxy::config {

/// Outcome of reading files: the model if there was no fatal alert and nothing pending, and all that there is to say.
struct Loaded {
    std::unique_ptr<model::Config> config;  ///< null when a message was fatal
    std::shared_ptr<Source> source;         ///< for carets
    base::Diagnostics diagnostics;
    Era era;                    ///< whose defaults count, and what decided it
    bool aborted = false;       ///< reading stopped where HAProxy stops: for PrintOptions::aborted
    bool has_listener = false;  ///< some proxy that is not disabled has an address, or there is a stats socket: else
                                ///< HAProxy leaves with code 2
};

/// A statement as it was read, for tools that show or rewrite files. Words belong to the Source.
struct ReadStatement {
    Section section = kGlobal;  ///< in which it stands, or which it begins
    bool begins_section = false;
    const Keyword* row = nullptr;  ///< null: it begins a section, or no row was found
    std::span<const Word> words;   ///< the whole of it, `no` and `default` included
    std::size_t name_words = 1;    ///< how many of them are the row's name, behind the prefix
    bool negated = false, defaulted = false;
    base::Place place;
    bool old_spelling = false;  ///< read as HAProxy 1.5 read quotes

    std::span<const Word> args() const { return words.subspan(name_words + (negated || defaulted ? 1 : 0)); }
};

/// How to read.
struct LoadOptions {
    bool diagnostics = false;    ///< `-dD`
    bool keep_pending = false;   ///< give a model though something in it is not executed yet: for tools that only look
    bool list_advisory = false;  ///< a notice names each word that is read and changes nothing
    bool names_despite_errors = false;  ///< names are looked up though lines are wrong, which HAProxy does not do
    bool verbose = false;  ///< `-V`: a notice names the modern form of words that later HAProxy releases removed
    std::vector<ReadStatement>* statements = nullptr;  ///< gets all statements, if not null
    bool no_verify = false;            ///< `-dV`: servers' certificates are not verified unless the file says so
    bool insecure_fork = false;        ///< `-dI`
    bool no_reuse_port = false;        ///< `-dR`
    std::optional<base::Release> era;  ///< `--era`: decides over the files
    Environment environment = Environment::of_process();
    Build build = {};  ///< what `.if` conditions ask about
};

/// Reads `paths` (files and folders, in order), finalizes and freezes. All errors in one pass.
Loaded load(std::span<const std::string> paths, const LoadOptions& options);
/// The same for a text, under the name `name`: tests, `-f -` (standard input).
Loaded load_text(std::string_view name, std::string_view text, const LoadOptions& options);

/// What an address may look like where it stands (manual 2.6, section 11).
struct AddressRules {
    bool port_required = false, port_allowed = true, port_range = false, port_offset = false, host_allowed = true,
         unix_allowed = true, fd_allowed = false, datagram = false;
    bool reverse_allowed = false;  ///< rhttp@, which is `experimental`
    bool experimental = false;
};
/// Parses an address; the error is worded as HAProxy words it, without what stands before. Names of hosts are kept
/// (Endpoint::Kind::host) for whoever resolves them.
base::Result<model::Endpoint> parse_endpoint(std::string_view text, AddressRules rules);
/// Looks up the host name of an endpoint of kind `host` and makes it an `ip`; false if there is no such host.
bool resolve_host(model::Endpoint& endpoint);

/// What a parse function works with: the statement, the section it stands in, the model to fill, and where to report.
/// Word 0 is the keyword's first word, `no`/`default` in front taken off; `args()` are the words behind the keyword's
/// row name. Lives while files are read.
class Parser {
  public:
    model::Config& config() { return config_; }
    model::Global& global() { return config_.global; }
    /// Lets the row's function read the statement.
    void run(const Keyword& row);
    /// The proxy of the current section; only in rows that stand in proxy sections.
    model::Proxy& proxy() { return *proxy_; }
    /// The `defaults` section that the current proxy was made from; an empty one if there was none.
    const model::Proxy& inherited() const { return *inherited_; }
    /// For sections that are no proxies but read options of `bind` and `server` lines: what proxy() gives meanwhile.
    void set_proxy(model::Proxy* proxy) { proxy_ = proxy; }
    model::Userlist& userlist() { return *userlist_; }
    /// What the SectionOpener of the current section has made; T is known to its words.
    template <class T>
    T& opened() {
        return *static_cast<T*>(opened_);
    }
    /// Of a SectionOpener: the section is none of a proxy's, but its lines have acls and conditions, which `scope`
    /// holds.
    void enter_scope(model::Proxy& scope) { proxy_ = &scope; }
    Environment& environment() { return environment_; }
    Section section() const { return section_; }
    bool in_defaults() const { return section_ == kInDefaults; }
    const Keyword& keyword() const { return *keyword_; }
    /// `no` stood in front: switch off. `default` stood in front: back to the built-in value.
    bool negated() const { return negated_; }
    bool defaulted() const { return defaulted_; }

    std::span<const Word> words() const { return words_; }  ///< the whole statement, keyword included
    std::span<const Word> args() const { return args_; }    ///< words behind the keyword
    std::string_view arg(std::size_t i) const { return i < args_.size() ? args_[i].text : std::string_view{}; }
    /// The i-th argument, or the statement's last word to report what is missing.
    const Word& arg_word(std::size_t i) const { return i < args_.size() ? args_[i] : words_.back(); }
    const base::Place& place() const { return place_; }  ///< of the statement

    /// While a bind/server option or an action is read: its own words, the option's name first.
    std::span<const Word> option_words() const { return option_words_; }
    std::string_view option_arg(std::size_t i) const {
        return i < option_words_.size() ? option_words_[i].text : std::string_view{};
    }
    void set_option_words(std::span<const Word> words) { option_words_ = words; }
    /// How many fatal alerts there are so far: more after a call than before it says that it failed.
    std::size_t alerts() const { return diagnostics_.alerts(); }
    DefaultPath default_path;                 ///< of the load
    model::Bind* bind = nullptr;              ///< the line's settings: copied to each of its addresses
    model::ServerSettings* server = nullptr;  ///< a model::Server, or default_server
    model::Server* full_server = nullptr;     ///< null on default-server
    bool at_run_time = false;                 ///< of `add server`: not all options can be had
    std::uint16_t rule_set = 0;               ///< RuleSetBit of the rule that is read
    std::string_view rule_word;               ///< "http-request", for messages about it
    /// What complain() puts around a text: "'bind :80' in section 'frontend' : " and "".
    struct Frame {
        std::string before, after;
        bool tight = false, bare = false;  ///< as in base::Diagnostic
    } frame;

    /// Reports under `word`; texts as HAProxy words them, without "parsing [file:line] : ".
    void alert(const Word& word, std::string text, std::string hint = {});
    void warning(const Word& word, std::string text, std::string hint = {});
    /// A warning that HAProxy gives of the whole, and does not place.
    void warn_in_general(const Word& word, std::string text) {
        diagnostics_.general(base::Severity::warning, word.place, std::move(text));
    }
    /// A notice that a word or form is from an older HAProxy, if the user asked for such (-V).
    void tell_modern_form(const Word& word, std::string text);
    /// A notice that a word is read and has no effect here that anybody could observe, if the user asked for such.
    void tell_advisory(const Word& word, std::string_view kind, std::string_view name);
    /// The same without the blank before the colon: "parsing [file:line]: "; HAProxy has both.
    void alert_tight(const Word& word, std::string text, std::string hint = {});
    /// An alert that HAProxy prints but starts in spite of: "'daemon' already specified. Continuing."
    void alert_but_continue(const Word& word, std::string text);
    /// An alert about an option or action, in the frame that its line gives.
    void complain(const Word& word, std::string text, std::string hint = {});
    /// `word` is one that later HAProxy releases than `until` refuse ("2.4"; empty: they do not): that tells the era of
    /// the file.
    void note_until(const Word& word, std::string_view until, std::string_view name) {
        if (!until.empty()) era_.note_word(word.place, until, name);
    }
    /// `word` came with `since`: no older release reads the file.
    void note_since(std::string_view since) { era_.note_since(since); }
    Era& era() { return era_; }
    /// "the KIND 'NAME' is understood but not executed yet by this version of cfgproxy"; `hint`: what to write instead.
    /// No error: reading goes on, and the words around it are checked as ever.
    void refuse_pending(const Word& word, std::string_view kind, std::string_view name, std::string hint = {});
    /// "'KEYWORD' cannot handle unexpected argument 'X'." if there are more than `max` arguments.
    bool too_many(std::size_t max, std::string_view keyword);

    /// An address, variables in it replaced. Reports "BEFORE : REASON" under `word` and gives nothing if it is none.
    std::optional<model::Endpoint> address(const Word& word, std::string_view text, AddressRules rules,
                                           std::string_view before);
    /// The condition that begins at `words[from]` (`if` or `unless`). Reports "WHILE : REASON." and gives null if it
    /// is wrong.
    std::unique_ptr<sample::Condition> condition(std::span<const Word> words, std::size_t from,
                                                 std::string_view while_text);
    /// Index of the first `if` or `unless` from `from` on, or words.size().
    static std::size_t find_condition(std::span<const Word> words, std::size_t from);
    static bool begins_condition(std::string_view word) { return word == "if" || word == "unless"; }
    /// An expression that is the whole word; null and `error` if it is none.
    std::unique_ptr<sample::Expression> expression(const Word& word, std::string& error);
    /// Remembers an expression whose arguments name proxies, servers or userlists: finalize looks them up.
    void resolve_later(sample::Expression& expression, bool is_acl);
    /// The same for all expressions of a log format.
    void resolve_later(model::Template& format);
    /// Keeps what holds expressions alive until they are looked at: a later line may replace it.
    template <class Owner>
    std::shared_ptr<Owner> keep(std::shared_ptr<Owner> owner) {
        unresolved_.kept.push_back(owner);
        return owner;
    }

  private:
    friend class Reader;
    friend class LineReader;
    void note_pending(const sample::Expression& expression);
    Parser(model::Config& config, base::Diagnostics& diagnostics, Environment& environment, Unresolved& unresolved,
           Era& era)
        : config_(config), diagnostics_(diagnostics), environment_(environment), unresolved_(unresolved), era_(era) {}
    model::Config& config_;
    base::Diagnostics& diagnostics_;
    Environment& environment_;
    Unresolved& unresolved_;
    Era& era_;
    model::Proxy* proxy_ = nullptr;
    const model::Proxy* inherited_ = nullptr;
    model::Userlist* userlist_ = nullptr;
    void* opened_ = nullptr;
    bool section_pending_ = false;  ///< said of the section as a whole already
    Section section_ = kGlobal;
    bool verbose_ = false;
    bool list_advisory_ = false;
    const Keyword* keyword_ = nullptr;
    bool negated_ = false, defaulted_ = false;
    std::span<const Word> words_, args_, option_words_;
    base::Place place_;
};

/// "frontend", "backend", "defaults", or "proxy" for a listen section, as HAProxy's messages call them.
std::string_view kind_of(const model::Proxy& proxy);

}  // namespace cfgproxy::config
