#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/diagnostics.h"
#include "config/keyword.h"
#include "config/source.h"
#include "model/config.h"

namespace cfgproxy::config {

/// The first character of `name` that HAProxy does not permit in names; npos if there is none. An empty name is at
/// fault at 0.
std::size_t find_invalid_char(std::string_view name);
/// The same for domains, where ':' is not permitted either.
std::size_t find_invalid_domain_char(std::string_view name);

/// Opens sections: makes the proxy or the userlist, checks its name, hands down what `defaults` say. Lives while
/// files are read.
class Sections {
  public:
    Sections(model::Config& config, base::Diagnostics& diagnostics);

    /// What the lines of the open section fill.
    struct Open {
        model::Proxy* proxy = nullptr;
        const model::Proxy* inherited = nullptr;
        model::Userlist* userlist = nullptr;
        /// Addresses on the section's line, as 1.x allowed; at most one word.
        std::span<const Word> addresses;
    };
    /// Opens what `words` (the whole statement) announce. False after an error that leaves nothing to fill: the
    /// section's lines should then be passed over.
    bool open(const SectionWord& section, std::span<const Word> words, Open& open);

  private:
    bool open_global(std::span<const Word> words);
    bool open_userlist(std::span<const Word> words, Open& open);
    bool open_health_check(std::span<const Word> words, Open& open);
    bool open_defaults(std::span<const Word> words, Open& open);
    bool open_proxy(Section section, std::span<const Word> words, Open& open);
    const model::Proxy* find_defaults(const Word& name, std::string_view kind, std::string_view for_name);
    void check_duplicate(Section section, const Word& name, const model::Proxy& proxy);
    bool may_inherit_rules(const model::Proxy& from, const model::Proxy& proxy, const Word& word);
    void mark_use(const model::Proxy& defaults, bool by_name, const Word& word);
    void alert(const Word& word, std::string text) { diagnostics_.alert(word.place, std::move(text)); }
    void warning(const Word& word, std::string text) { diagnostics_.warning(word.place, std::move(text)); }

    model::Config& config_;
    base::Diagnostics& diagnostics_;
    model::Proxy built_in_;                        ///< where sections start before the first `defaults`
    const model::Proxy* last_defaults_ = nullptr;  ///< what counts for the next proxy
    std::unordered_map<std::string_view, model::Proxy*> frontends_, backends_;
    std::unordered_multimap<std::string_view, const model::Proxy*> named_defaults_;
    struct Use {
        bool by_name = false, by_position = false;
        std::uint8_t capabilities = 0;
    };
    std::unordered_map<const model::Proxy*, Use> uses_;
};

}  // namespace cfgproxy::config
