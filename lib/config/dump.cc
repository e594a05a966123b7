#include "config/dump.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/json_reader.h"
#include "base/spelling.h"
#include "base/text.h"
#include "base/version.h"
#include "config/dump_arguments.h"

namespace cfgproxy::config {

namespace {

using base::JsonWriter;

std::string_view name_of(Support support) {
    if (support == Support::done) return "done";
    return support == Support::advisory ? "advisory" : "pending";
}

/// Bytes that are no UTF-8 have no place in JSON: then the word is given in hexadecimal digits, too.
bool is_utf8(std::string_view text) { return base::json_string(text).find("\\ufffd") == std::string::npos; }

std::string to_hex(std::string_view bytes) {
    std::string digits;
    for (const char c : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return digits;
}

void write_words(JsonWriter& json, std::span<const Word> words) {
    json.key("words");
    json.open('[');
    for (const Word& word : words) {
        if (is_utf8(word.text)) {
            json.value(word.text);
            continue;
        }
        json.open('{');
        json.member("hex", to_hex(word.text));
        json.close();
    }
    json.close();
}

void write_place(JsonWriter& json, const base::Place& place) {
    json.member("line", place.line);
    json.member("column", place.column);
}

void write_row(JsonWriter& json, const Keyword& row) {
    json.member("keyword", row.name);
    json.member("support", name_of(row.support));
    json.member("since", row.since);
    if (!row.until.empty()) json.member("until", row.until);
    if (!row.modern.empty()) json.member("modern", row.modern);
}

void write_statement(JsonWriter& json, const ReadStatement& statement) {
    json.open('{');
    if (statement.row)
        write_row(json, *statement.row);
    else
        json.member("keyword", statement.words[0].text);
    if (statement.negated) json.member("prefix", "no");
    if (statement.defaulted) json.member("prefix", "default");
    write_place(json, statement.place);
    write_words(json, statement.words);
    if (statement.row) write_arguments(json, statement);
    json.close();
}

void open_section(JsonWriter& json, const ReadStatement& statement) {
    json.open('{');
    json.member("kind", config::name_of(statement.section));
    const auto words = statement.words;
    std::size_t from = 1;
    while (from < words.size() && words[from].text != "from") ++from;
    if (words.size() > 1 && from != 1) json.member("name", words[1].text);
    if (from + 1 < words.size()) json.member("from", words[from + 1].text);
    json.member("file", *statement.place.file);
    write_place(json, statement.place);
    write_words(json, words);
    json.key("statements");
    json.open('[');
}

void close_section(JsonWriter& json) {
    json.close();
    json.close();
}

std::string bytes_of(const base::Json& word) {
    if (word.kind == base::Json::Kind::string) return word.text;
    const std::string_view digits = word.text_of("hex");
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(base::hex_digit(digits[i]) << 4 | base::hex_digit(digits[i + 1]));
    return bytes;
}

std::vector<std::string> words_of(const base::Json& object) {
    std::vector<std::string> words;
    for (const base::Json& word : object.items_of("words")) words.push_back(bytes_of(word));
    return words;
}

std::string join_quoted(std::span<const std::string> words) {
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += ' ';
        line += quote_word(word);
    }
    return line;
}

}  // namespace

std::string dump_json(const Loaded& loaded, std::span<const ReadStatement> statements) {
    JsonWriter json;
    json.open('{');
    json.member("format", "cfgproxy-dump-1");
    json.member("version", base::kVersion);
    json.key("files");
    json.open('[');
    for (const auto& file : loaded.source->files()) json.value(file.name);
    json.close();
    json.key("sections");
    json.open('[');
    bool open = false;
    for (const ReadStatement& statement : statements) {
        if (statement.begins_section) {
            if (open) close_section(json);
            open_section(json, statement);
            open = true;
        } else if (open) {
            write_statement(json, statement);
        }
    }
    if (open) close_section(json);
    json.close();
    json.close();
    return json.take();
}

std::vector<PlainSection> plain_sections(std::span<const ReadStatement> statements) {
    std::vector<PlainSection> sections;
    for (const ReadStatement& statement : statements) {
        std::vector<std::string> words;
        for (const Word& word : statement.words) words.emplace_back(word.text);
        if (statement.begins_section)
            sections.push_back({std::move(words), {}});
        else if (!sections.empty())
            sections.back().statements.push_back(std::move(words));
    }
    return sections;
}

base::Result<std::vector<PlainSection>> read_dump(std::string_view text) {
    const auto json = base::parse_json(text);
    if (!json) return base::Error{json.error()};
    if (json->text_of("format") != "cfgproxy-dump-1") return base::Error{"this is no dump of cfgproxy"};
    std::vector<PlainSection> sections;
    for (const base::Json& section : json->items_of("sections")) {
        PlainSection& plain = sections.emplace_back();
        plain.words = words_of(section);
        for (const base::Json& statement : section.items_of("statements"))
            plain.statements.push_back(words_of(statement));
    }
    return sections;
}

std::string print_sections(std::span<const PlainSection> sections) {
    std::string out;
    for (const PlainSection& section : sections) {
        if (!out.empty()) out += '\n';
        out += join_quoted(section.words) + "\n";
        for (const auto& words : section.statements) out += "    " + join_quoted(words) + "\n";
    }
    return out;
}

std::string spelled(std::span<const Word> words) {
    std::string line;
    for (const Word& word : words) {
        if (!line.empty()) line += ' ';
        line += base::spelled_word(word.text);
    }
    return line;
}

std::string quote_word(std::string_view text) {
    if (text.empty()) return "\"\"";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::string_view(" #'\"\\").find(c) != std::string_view::npos)
            out.append(1, '\\').append(1, c);
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\x{:02x}", byte);
        else
            out += c;
    }
    return out;
}

}  // namespace cfgproxy::config
