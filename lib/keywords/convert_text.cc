#include <algorithm>

#include "base/text.h"
#include "keywords/sample_support.h"
#include "sample/variable.h"

/// Pieces of texts and texts put together (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

template <char (*change)(char)>
bool convert_case(const Context& context, Arguments, Value& value) {
    char* to = context.arena->bytes(value.text.size());
    std::transform(value.text.begin(), value.text.end(), to, change);
    value.text = {to, value.text.size()};
    return true;
}

bool convert_length(const Context&, Arguments, Value& value) {
    value.set_int(static_cast<std::int64_t>(value.text.size()));
    return true;
}

/// Offset, and perhaps a length. A negative offset counts for a huge one.
bool convert_bytes(const Context& context, Arguments args, Value& value) {
    std::int64_t numbers[2] = {0, INT64_MAX};
    for (std::size_t i = 0; i < args.size(); ++i) {
        numbers[i] = args[i].number;
        if (args[i].kind != Argument::Kind::variable) continue;
        const Value* variable = sample::find_variable(context, args[i]);
        Value number = variable ? *variable : Value{};
        if (!variable || !sample::cast(number, Type::sint, *context.arena) || number.number < 0) return false;
        numbers[i] = number.number;
    }
    const auto size = static_cast<std::int64_t>(value.text.size());
    if (numbers[0] < 0 || size <= numbers[0])
        value.text = value.text.substr(0, 0);
    else
        value.text = value.text.substr(numbers[0], numbers[1] < 0 ? std::string_view::npos : numbers[1]);
    return true;
}

/// Each is a number or, since 2.9, a variable.
base::Result<void> prepare_bytes(std::vector<Argument>& args) {
    for (Argument& arg : args) {
        if (sample::prepare_variable(arg).ok()) continue;
        std::size_t used = 0;
        arg.number = sample::leading_number(arg.text, &used);
        if (used != arg.text.size() || used == 0) return base::Error{"expects an integer or a variable name"};
        if (arg.number < 0) return base::Error{"invalid negative value"};
    }
    return {};
}

bool is_one_of(char c, std::string_view list) { return list.find(c) != list.npos; }

std::int64_t count_of(Arguments args) { return has(args, 2) ? args[2].number : 1; }

/// The n-th field from the front, and `count` of them (0: all that follow); empty fields count.
bool field_from_front(std::string_view& text, std::int64_t wanted, std::string_view separators, std::int64_t count) {
    std::size_t start = 0, end = 0;
    std::int64_t field = 1;
    for (; end < text.size(); ++end) {
        if (!is_one_of(text[end], separators)) continue;
        if (field != wanted) {
            start = end + 1;
            ++field;
        } else if (count == 1) {
            break;
        } else if (count > 1) {
            --count;
        }
    }
    text = text.substr(start, end - start);
    return field == wanted;
}

bool field_from_end(std::string_view& text, std::int64_t wanted, std::string_view separators, std::int64_t count) {
    std::size_t start = text.size(), end = text.size();
    std::int64_t field = -1;
    for (; start > 0; --start) {
        if (!is_one_of(text[start - 1], separators)) continue;
        if (field != wanted) {
            end = start - 1;
            --field;
        } else if (count == 1) {
            break;
        } else if (count > 1) {
            --count;
        }
    }
    text = text.substr(start, end - start);
    return field == wanted;
}

bool convert_field(const Context&, Arguments args, Value& value) {
    const std::int64_t wanted = args[0].number;
    return wanted < 0 ? field_from_end(value.text, wanted, args[1].text, count_of(args))
                      : field_from_front(value.text, wanted, args[1].text, count_of(args));
}

/// As fields, but separators beside each other count as one and those at the ends not at all.
bool word_from_front(std::string_view& text, std::int64_t wanted, std::string_view separators, std::int64_t count) {
    std::size_t start = 0, end = 0;
    std::int64_t word = 0;
    bool inside = false;
    for (; end < text.size(); ++end) {
        const bool separator = is_one_of(text[end], separators);
        if (!inside && !separator) {
            if (word != wanted) {
                ++word;
                start = end;
            }
            inside = true;
        } else if (inside && separator) {
            if (word == wanted && count == 1) break;
            if (word == wanted && count > 1) --count;
            inside = false;
        }
    }
    text = text.substr(start, end - start);
    return word == wanted;
}

bool word_from_end(std::string_view& text, std::int64_t wanted, std::string_view separators, std::int64_t count) {
    std::size_t start = text.size(), end = text.size();
    std::int64_t word = 0;
    bool inside = false;
    for (; start > 0; --start) {
        const bool separator = is_one_of(text[start - 1], separators);
        if (!inside && !separator) {
            if (word != wanted) {
                --word;
                end = start;
            }
            inside = true;
        } else if (inside && separator) {
            if (word == wanted && count == 1) break;
            if (word == wanted && count > 1) --count;
            inside = false;
        }
    }
    text = text.substr(start, end - start);
    return word == wanted;
}

bool convert_word(const Context&, Arguments args, Value& value) {
    const std::int64_t wanted = args[0].number;
    return wanted < 0 ? word_from_end(value.text, wanted, args[1].text, count_of(args))
                      : word_from_front(value.text, wanted, args[1].text, count_of(args));
}

base::Result<void> prepare_index(std::vector<Argument>& args) {
    if (args[0].number == 0) return base::Error{"Unexpected value 0 for index"};
    if (args[1].text.empty()) return base::Error{"Empty separators list"};
    return {};
}

bool convert_ltrim(const Context&, Arguments args, Value& value) {
    const std::size_t start = value.text.find_first_not_of(args[0].text);
    value.text = value.text.substr(std::min(start, value.text.size()));
    return true;
}

bool convert_rtrim(const Context&, Arguments args, Value& value) {
    value.text = value.text.substr(0, value.text.find_last_not_of(args[0].text) + 1);
    return true;
}

bool convert_cut_crlf(const Context&, Arguments, Value& value) {
    value.text = value.text.substr(0, value.text.find_first_of("\r\n"));
    return true;
}

/// The variable's text; false if it is not set or has none.
bool text_of_variable(const Context& context, const Argument& arg, std::string_view& text) {
    if (arg.kind != Argument::Kind::variable) return false;
    const Value* variable = sample::find_variable(context, arg);
    Value copy = variable ? *variable : Value{};
    if (!variable || !sample::cast(copy, Type::str, *context.arena)) return false;
    text = copy.text;
    return true;
}

/// Text, variable, text: behind the value.
bool convert_concat(const Context& context, Arguments args, Value& value) {
    std::string_view variable;
    if (has(args, 1)) text_of_variable(context, args[1], variable);
    value.text = context.arena->concat(value.text, args[0].text, variable, has(args, 2) ? args[2].text : "");
    return true;
}

base::Result<void> prepare_variable_at_1(std::vector<Argument>& args) {
    if (args.size() > 1 && !args[1].text.empty() && !sample::prepare_variable(args[1]).ok())
        return base::Error{"failed to register variable name '" + args[1].text + "'"};
    return {};
}

/// Delimiter (unless the value is empty), variable, suffix.
bool convert_add_item(const Context& context, Arguments args, Value& value) {
    std::string_view variable;
    text_of_variable(context, args[1], variable);
    const std::string_view suffix = has(args, 2) ? std::string_view(args[2].text) : std::string_view{};
    const bool delimited = !value.text.empty() && (!variable.empty() || !suffix.empty());
    value.text = context.arena->concat(value.text, delimited ? args[0].text : "", variable, suffix);
    return true;
}

base::Result<void> prepare_add_item(std::vector<Argument>& args) {
    const bool has_suffix = args.size() > 2 && !args[2].text.empty();
    if (args[1].text.empty() && !has_suffix) return base::Error{"one of the optional arguments has to be nonempty"};
    return prepare_variable_at_1(args);
}

bool convert_strcmp(const Context& context, Arguments args, Value& value) {
    std::string_view other;
    if (!text_of_variable(context, args[0], other)) return false;
    // What strcmp(3) says, as far as the two have bytes: the difference of the first ones that differ.
    const std::size_t both = std::min(value.text.size(), other.size());
    const auto at = std::mismatch(value.text.begin(), value.text.begin() + both, other.begin()).first;
    const auto index = static_cast<std::size_t>(at - value.text.begin());
    std::int64_t result = value.text.size() < other.size() ? -1 : value.text.size() > other.size();
    if (index < both) result = static_cast<unsigned char>(value.text[index]) - static_cast<unsigned char>(other[index]);
    value.set_int(result);
    return true;
}

base::Result<void> prepare_strcmp(std::vector<Argument>& args) {
    if (!sample::prepare_variable(args[0]).ok())
        return base::Error{"failed to register variable name '" + args[0].text + "'"};
    return {};
}

bool convert_iif(const Context&, Arguments args, Value& value) {
    value.set_text(value.number != 0 ? args[0].text : args[1].text);
    return true;
}

/// Where the port of "host:80" or "[::1]:80" begins; npos if there is none.
std::size_t port_colon(std::string_view host) {
    const std::size_t at = host.find_last_of(":]");
    return at != host.npos && host[at] == ':' ? at : host.npos;
}

bool convert_host_only(const Context& context, Arguments args, Value& value) {
    value.text = value.text.substr(0, port_colon(value.text));
    return convert_case<base::to_lower>(context, args, value);
}

bool convert_port_only(const Context&, Arguments, Value& value) {
    const std::size_t colon = port_colon(value.text);
    const std::string_view port = colon == value.text.npos ? std::string_view{} : value.text.substr(colon + 1);
    std::uint32_t number = 0;
    for (char c : port) number = number * 10 + static_cast<std::uint32_t>(c - '0');
    value.set_int(number);
    return true;
}

/// The value of one parameter of "a=1&b=2"; empty where it has none.
bool convert_param(const Context&, Arguments args, Value& value) {
    const char delimiter = has(args, 1) && !args[1].text.empty() ? args[1].text[0] : '&';
    const std::string_view name = args[0].text;
    for (std::string_view rest = value.text; !rest.empty();) {
        const std::size_t end = rest.find(delimiter);
        const std::string_view one = rest.substr(0, end);
        if (one.starts_with(name) && (one.size() == name.size() || one[name.size()] == '=')) {
            value.text = one.substr(std::min(name.size() + 1, one.size()));
            return true;
        }
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
    return false;
}

bool convert_reverse(const Context& context, Arguments, Value& value) {
    char* to = context.arena->bytes(value.text.size());
    std::reverse_copy(value.text.begin(), value.text.end(), to);
    value.text = {to, value.text.size()};
    return true;
}

/// "www.example.com" becomes "com.example.www"; empty labels make it fail, one dot at the end is dropped.
bool convert_reverse_dom(const Context& context, Arguments, Value& value) {
    std::string_view name = value.text;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty()) return false;
    char* const start = context.arena->bytes(name.size());
    char* at = start;
    for (std::size_t end = name.size();;) {
        const std::size_t dot = name.substr(0, end).rfind('.');
        const std::size_t begin = dot == name.npos ? 0 : dot + 1;
        if (begin == end) return false;
        at = std::copy(name.begin() + begin, name.begin() + end, at);
        if (dot == name.npos) break;
        *at++ = '.';
        end = dot;
    }
    value.text = {start, name.size()};
    return true;
}

constexpr auto kDone = Support::done;

constexpr Converter kTable[] = {
    {.name = "add_item",
     .args = "string,string[,string]",
     .support = kDone,
     .run = convert_add_item,
     .prepare = prepare_add_item,
     .since = "2.6"},
    {.name = "bytes",
     .args = "string[,string]",
     .in = Type::bin,
     .out = Type::bin,
     .support = kDone,
     .run = convert_bytes,
     .prepare = prepare_bytes,
     .since = "1.6"},
    {.name = "concat",
     .args = "string[,string,string]",
     .support = kDone,
     .run = convert_concat,
     .prepare = prepare_variable_at_1,
     .since = "1.9"},
    {.name = "cut_crlf", .support = kDone, .run = convert_cut_crlf, .since = "2.2"},
    {.name = "field",
     .args = "integer,string[,integer]",
     .support = kDone,
     .run = convert_field,
     .prepare = prepare_index,
     .since = "1.6"},
    {.name = "host_only", .support = kDone, .run = convert_host_only, .since = "2.7"},
    {.name = "iif", .args = "string,string", .in = Type::boolean, .support = kDone, .run = convert_iif, .since = "2.3"},
    {.name = "length", .out = Type::sint, .support = kDone, .run = convert_length, .since = "1.9"},
    {.name = "lower", .support = kDone, .run = convert_case<base::to_lower>},
    {.name = "ltrim", .args = "string", .support = kDone, .run = convert_ltrim, .since = "2.2"},
    {.name = "param", .args = "string[,string]", .support = kDone, .run = convert_param, .since = "2.8"},
    {.name = "port_only", .out = Type::sint, .support = kDone, .run = convert_port_only, .since = "2.7"},
    {.name = "reverse", .support = kDone, .run = convert_reverse, .since = "3.4"},
    {.name = "reverse_dom", .support = kDone, .run = convert_reverse_dom, .since = "3.4"},
    {.name = "rtrim", .args = "string", .support = kDone, .run = convert_rtrim, .since = "2.2"},
    {.name = "strcmp",
     .args = "string",
     .out = Type::sint,
     .support = kDone,
     .run = convert_strcmp,
     .prepare = prepare_strcmp,
     .since = "1.9"},
    {.name = "upper", .support = kDone, .run = convert_case<base::to_upper>},
    {.name = "word",
     .args = "integer,string[,integer]",
     .support = kDone,
     .run = convert_word,
     .prepare = prepare_index,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
