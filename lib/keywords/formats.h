#pragma once
#include <memory>
#include <string>

#include "config/reader.h"
#include "log/format.h"

namespace cfgproxy::keywords {

/// Compiles the log format in `word` and has its expressions resolved later. Null after putting the reason into
/// `error`.
inline std::unique_ptr<model::Template> compile_format(config::Parser& parser, const config::Word& word,
                                                       std::string& error, log::Use use = log::Use::value) {
    auto compiled = log::compile(word.text, word.place, use);
    if (!compiled) {
        error = compiled.error();
        return nullptr;
    }
    parser.resolve_later(**compiled);
    return std::move(*compiled);
}

/// A format of fixed text, for words that take none.
inline std::unique_ptr<model::Template> literal_format(const config::Word& word) {
    auto format = std::make_unique<model::Template>();
    format->text = word.text;
    format->place = word.place;
    if (!word.text.empty()) {
        model::Template::Item item;
        item.literal = word.text;
        format->items.push_back(std::move(item));
    }
    return format;
}

}  // namespace cfgproxy::keywords
