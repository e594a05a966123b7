#pragma once
#include <memory>

#include "keywords/actions.h"

namespace cfgproxy::keywords {

/// How the words of an answer are read.
struct ReplyUse {
    std::uint16_t status = 200;  ///< unless the words say another
    bool page = false;           ///< without words of content: the proxy's own page of the status
    bool old_status = false;     ///< `deny_status` may stand for `status`
    bool other_words = false;    ///< it is no rule: no condition can follow
};

/// An answer as `return`, `deny` and `http-error` describe it (manual 2.6 section 4.2, "http-request return"), from the
/// words of parser.option_words() behind the first. Null after a report in the parser's frame.
std::shared_ptr<const model::ReplyMaker> read_reply(Parser& parser, ReplyUse use);

/// What http-error needs to know of the answer that was read.
struct ReplyFacts {
    std::uint16_t status = 0;
    std::string section;  ///< of `errorfiles`; empty otherwise
};
std::shared_ptr<const model::ReplyMaker> read_reply(Parser& parser, ReplyUse use, ReplyFacts& facts);

/// The whole HTTP message in a file, for errorfile and `return errorfile`. Null and `error` if it cannot be used;
/// `warning` if it was cut.
std::shared_ptr<const std::string> read_error_file(const std::string& path, std::size_t limit, std::string& error,
                                                   std::string& warning);

/// Whether there is a page of that status that an error file can replace.
bool has_error_page(std::int64_t status);

}  // namespace cfgproxy::keywords
