#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/letters.h"
#include "sample/expression.h"

namespace cfgproxy::sample {

/// Letters that names of fetches and converters are made of.
constexpr bool is_name_letter(char c) {
    return base::is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == ':';
}
std::string_view leading_name(std::string_view text);

/// What is wrong in a list of arguments: the text as HAProxy words it behind "fetch method 'x' : ", and the position
/// of the argument, from 1.
struct ArgumentError {
    std::string text;
    int position = 1;
};

/// Reads "(a,b)" at the front of `text`, or nothing where there is no parenthesis, by `signature`. Quotes, escapes and
/// the meaning of missing and empty arguments are HAProxy's. `used` tells how far it came, in case of an error too.
bool read_arguments(std::string_view text, const Signature& signature, std::vector<Argument>& args, std::size_t& used,
                    ArgumentError& error);

/// parse_expression() for an ACL keyword: `row` is the fetch that the name at the front of `text` stands for.
base::Result<std::unique_ptr<Expression>> parse_acl_expression(std::string_view text, const Fetch& row,
                                                               const base::Place& place, std::size_t& used,
                                                               ExpressionError& error);

}  // namespace cfgproxy::sample
