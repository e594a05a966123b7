#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/reader.h"

namespace cfgproxy::config {

/// What the files say, as one JSON document (man/cfgproxy-dump.schema.json describes it): sections with their
/// statements, and of each statement its row, its words, its arguments with their types, options, action and
/// condition, each with its place. It follows from the rows and their forms, so a word needs nothing here.
/// Variables, conditional blocks and escapes are resolved; comments are not part of it.
std::string dump_json(const Loaded& loaded, std::span<const ReadStatement> statements);

/// A section's line and the lines in it, as words.
struct PlainSection {
    std::vector<std::string> words;
    std::vector<std::vector<std::string>> statements;
};
std::vector<PlainSection> plain_sections(std::span<const ReadStatement> statements);
/// The same from a document of dump_json().
base::Result<std::vector<PlainSection>> read_dump(std::string_view json);
/// A file that reads as these sections do, in every HAProxy since 1.6.
std::string print_sections(std::span<const PlainSection> sections);
/// Words as people write them, one blank between them: what holds blanks stands in quotes.
std::string spelled(std::span<const Word> words);
/// A word as it must be written to be read as `text`, whatever bytes it has; base::spelled_word() is for people.
std::string quote_word(std::string_view text);

}  // namespace cfgproxy::config
