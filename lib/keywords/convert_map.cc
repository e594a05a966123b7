#include "keywords/sample_support.h"
#include "sample/map.h"
#include "sample/pattern_list.h"

/// Maps (manual 7.3.1): map_<match>_<type of the value>; without a match str, without a type str.
namespace cfgproxy::keywords {
namespace {

using sample::MatchKind;
using sample::PatternView;

const PatternView& map_of(Arguments args) { return *static_cast<const PatternView*>(args[0].object.get()); }

template <MatchKind kind, Type out>
base::Result<void> prepare_map(std::vector<Argument>& args) {
    const std::string& file = args[0].text;
    auto list = sample::PatternLists::reading().of_file(file, true, "map", sample::expression_place());
    if (!list) return base::Error{list.error()};
    std::size_t failed = 0;
    auto view = PatternView::make(*list, kind, {.no_dns = true}, out, &failed);
    if (!view)
        return base::Error{view.error() + " at line " + std::to_string((*list)->lines[failed]) + " of file '" + file +
                           "'"};
    args[0].kind = Argument::Kind::map;
    args[0].object = *view;
    if (out != Type::address || args.size() < 2) return {};
    Value ip;
    if (!sample::parse_map_address(args[1].text, ip))
        return base::Error{"map: cannot parse default ip <" + args[1].text + ">."};
    args[1].ip = ip.ip;
    return {};
}

/// The value of the key that matches, else the default, else nothing.
template <Type out>
bool convert_map(const Context& context, Arguments args, Value& value) {
    if (map_of(args).find(value, *context.arena, value)) return true;
    if (!has(args, 1)) return false;
    value = out == Type::sint      ? Value::of_int(args[1].number)
            : out == Type::address ? Value::of_ip(args[1].ip)
                                   : Value::of_text(args[1].text);
    return true;
}

bool convert_key(const Context& context, Arguments args, Value& value) {
    std::string_view key;
    if (!map_of(args).find_key(value, *context.arena, key)) return false;
    value.set_text(key);
    return true;
}

/// The value, with \0 to \9 in it standing for what the key and its groups matched.
bool convert_regm(const Context& context, Arguments args, Value& value) {
    std::string_view text;
    if (!map_of(args).find_expanded(value, *context.arena, text)) {
        if (!has(args, 1)) return false;
        text = args[1].text;
    }
    value.set_text(text);
    return true;
}

/// What the manual calls the input type of a match.
constexpr Type input_of(MatchKind kind) {
    return kind == MatchKind::integer ? Type::sint : kind == MatchKind::ip ? Type::address : Type::str;
}

template <MatchKind kind, Type out_type>
constexpr Converter row(std::string_view name) {
    return {.name = name,
            .args = out_type == Type::sint ? "string[,integer]" : "string[,string]",
            .in = input_of(kind),
            .out = out_type,
            .support = Support::done,
            .run = convert_map<out_type>,
            .prepare = prepare_map<kind, out_type>,
            .since = "1.5"};
}

template <MatchKind kind>
constexpr Converter key_row(std::string_view name) {
    return {.name = name,
            .args = "string",
            .in = input_of(kind),
            .out = Type::str,
            .support = Support::done,
            .run = convert_key,
            .prepare = prepare_map<kind, Type::str>,
            .since = "3.0"};
}

constexpr auto kStr = Type::str, kInt = Type::sint, kIp = Type::address;

constexpr Converter kTable[] = {
    row<MatchKind::str, kStr>("map"),
    row<MatchKind::beg, kStr>("map_beg"),
    row<MatchKind::beg, kInt>("map_beg_int"),
    row<MatchKind::beg, kIp>("map_beg_ip"),
    key_row<MatchKind::beg>("map_beg_key"),
    row<MatchKind::dir, kStr>("map_dir"),
    row<MatchKind::dir, kInt>("map_dir_int"),
    row<MatchKind::dir, kIp>("map_dir_ip"),
    key_row<MatchKind::dir>("map_dir_key"),
    row<MatchKind::dom, kStr>("map_dom"),
    row<MatchKind::dom, kInt>("map_dom_int"),
    row<MatchKind::dom, kIp>("map_dom_ip"),
    key_row<MatchKind::dom>("map_dom_key"),
    row<MatchKind::end, kStr>("map_end"),
    row<MatchKind::end, kInt>("map_end_int"),
    row<MatchKind::end, kIp>("map_end_ip"),
    key_row<MatchKind::end>("map_end_key"),
    row<MatchKind::integer, kStr>("map_int"),
    row<MatchKind::integer, kInt>("map_int_int"),
    row<MatchKind::integer, kIp>("map_int_ip"),
    key_row<MatchKind::integer>("map_int_key"),
    row<MatchKind::ip, kStr>("map_ip"),
    row<MatchKind::ip, kInt>("map_ip_int"),
    row<MatchKind::ip, kIp>("map_ip_ip"),
    key_row<MatchKind::ip>("map_ip_key"),
    row<MatchKind::reg, kStr>("map_reg"),
    row<MatchKind::reg, kInt>("map_reg_int"),
    row<MatchKind::reg, kIp>("map_reg_ip"),
    key_row<MatchKind::reg>("map_reg_key"),
    {.name = "map_regm",
     .args = "string[,string]",
     .support = Support::done,
     .run = convert_regm,
     .prepare = prepare_map<MatchKind::reg, kStr>,
     .since = "1.7"},
    row<MatchKind::str, kStr>("map_str"),
    row<MatchKind::str, kInt>("map_str_int"),
    row<MatchKind::str, kIp>("map_str_ip"),
    key_row<MatchKind::str>("map_str_key"),
    row<MatchKind::sub, kStr>("map_sub"),
    row<MatchKind::sub, kInt>("map_sub_int"),
    row<MatchKind::sub, kIp>("map_sub_ip"),
    key_row<MatchKind::sub>("map_sub_key"),
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
