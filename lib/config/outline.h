#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/keyword.h"
#include "config/source.h"

namespace cfgproxy::config {

/// What kinds of names a file gives and uses.
enum class Names : std::uint8_t {
    none,
    keyword,
    section,
    option,
    bind_option,
    server_option,
    action,
    fetch,
    converter,
    acl,
    frontend,
    backend,
    server,
    defaults,
    userlist,
    variable_scope,
    listed,  ///< those that the message itself lists between quotes
};

/// The sections of some files and the names that they declare, found without understanding the files: words are cut at
/// blanks. So it is there for files that are full of errors, to find what a wrong word was meant to be.
class Outline {
  public:
    explicit Outline(const Source& source);

    /// The section that a line stands in; null before the first one.
    struct Part {
        const std::string* file = nullptr;
        std::uint32_t first = 0;  ///< line of the section's word
        Section section = kGlobal;
        std::string_view name;
        std::vector<std::string_view> acls, servers;
    };
    const Part* part_of(const base::Place& place) const;
    /// Every name of a kind that may stand at `place`: declared by the files, or a word of the language.
    std::vector<std::string_view> candidates(Names kind, const base::Place& place) const;

  private:
    void read_line(const Source::File& file, std::uint32_t number, std::string_view line);
    std::vector<Part> parts_;
};

/// The first words of a line, cut at blanks; at most `limit`.
std::vector<std::string_view> rough_words(std::string_view line, std::size_t limit = 8);

}  // namespace cfgproxy::config
