// From words to typed arguments by what the rows and forms say, for no word in particular.
#include "config/dump_arguments.h"

#include <algorithm>

#include "base/text.h"
#include "config/forms.h"

namespace cfgproxy::config {

namespace {

using base::JsonWriter;

enum class Kind : std::uint8_t { text, duration, size, integer };

/// The kind of value that a placeholder of a form stands for: "<timeout>", "[<delay>]".
Kind kind_of(std::string_view placeholder) {
    const std::size_t begin = placeholder.find('<'), end = placeholder.find('>');
    if (begin == placeholder.npos || end == placeholder.npos) return Kind::text;
    const std::string_view name = placeholder.substr(begin + 1, end - begin - 1);
    const auto is_one_of = [name](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (is_one_of({"timeout", "delay", "time", "period", "interval", "expire", "duration"})) return Kind::duration;
    if (is_one_of({"size", "bytes", "memsize"})) return Kind::size;
    if (is_one_of({"number",      "nb",
                   "count",       "conns",
                   "integer",     "retries",
                   "weight",      "maxconn",
                   "minconn",     "maxqueue",
                   "limit",       "length",
                   "id",          "fd",
                   "factor",      "percent",
                   "level",       "code",
                   "uid",         "gid",
                   "status_code", "number of threads",
                   "megabytes",   "rate"}))
        return Kind::integer;
    return Kind::text;
}

void write_value(JsonWriter& json, Kind kind, std::string_view text) {
    const auto typed = [&json](std::string_view type, auto value) {
        json.member("type", type);
        json.member("value", value);
    };
    if (kind == Kind::duration)
        if (auto ms = base::parse_duration(text)) return typed("duration_ms", *ms);
    if (kind == Kind::size)
        if (auto bytes = base::parse_size(text)) return typed("size", *bytes);
    if (kind == Kind::integer)
        if (auto number = base::parse_int(text)) return typed("integer", *number);
    typed("text", text);
}

void write_words(JsonWriter& json, std::string_view name, std::span<const Word> words, std::string_view form) {
    // Placeholders count one by one, as far as the form has no brackets, behind which anything may be missing.
    const std::vector<std::string_view> tokens = base::split(form, ' ');
    json.key(name);
    json.open('[');
    for (std::size_t i = 0; i < words.size(); ++i) {
        json.open('{');
        const bool known = i < tokens.size() && std::none_of(tokens.begin(), tokens.begin() + static_cast<long>(i),
                                                             [](auto t) { return t.find_first_of("[{|") != t.npos; });
        write_value(json, known ? kind_of(tokens[i]) : Kind::text, words[i].text);
        json.member("column", words[i].place.column);
        json.close();
    }
    json.close();
}

/// `bind` and `server` lines: what is no option's name or argument comes first.
template <class Option>
std::size_t write_options(JsonWriter& json, std::span<const Word> words, std::size_t at,
                          std::string_view (*form)(std::string_view)) {
    json.key("options");
    json.open('[');
    while (at < words.size()) {
        std::string_view name = words[at].text;
        const Option* row = base::Table<Option>::find(name);
        const std::size_t arguments = row ? row->arguments : 0;
        const auto own = words.subspan(at + 1, std::min(arguments, words.size() - at - 1));
        json.open('{');
        json.member("name", name);
        json.member("column", words[at].place.column);
        if (!own.empty()) write_words(json, "arguments", own, form(name));
        json.close();
        at += 1 + own.size();
    }
    json.close();
    return at;
}

constexpr std::pair<std::string_view, std::uint16_t> kRuleSets[] = {
    {"http-request", kHttpRequest},
    {"http-response", kHttpResponse},
    {"http-after-response", kHttpAfterResponse},
    {"tcp-request connection", kTcpConnection},
    {"tcp-request session", kTcpSession},
    {"tcp-request content", kTcpContent},
    {"tcp-response content", kTcpResponse},
    {"stats http-request", kStatsHttpRequest},
    {"quic-initial", kQuicInitial},
};

std::uint16_t rule_set_of(std::string_view name) {
    for (const auto& [known, set] : kRuleSets)
        if (known == name) return set;
    return 0;
}

/// Words of a statement that may end in a condition.
bool takes_condition(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "block",       "force-persist", "ignore-persist",      "monitor fail",         "redirect",   "stats admin",
        "stick match", "stick on",      "stick store-request", "stick store-response", "use-server", "use_backend",
        "reqadd",      "rspadd",        "force-be-switch"};
    return rule_set_of(name) != 0 || std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
           name.starts_with("req") || name.starts_with("rsp");
}

/// One member of a conjunction: an ACL's name, or `{ criterion patterns }`.
std::size_t write_term(JsonWriter& json, std::span<const Word> words, std::size_t at) {
    json.open('{');
    bool negated = false;
    std::string_view text = words[at].text;
    while (text.starts_with('!')) {
        negated = !negated;
        text.remove_prefix(1);
        if (text.empty() && at + 1 < words.size()) text = words[++at].text;
    }
    if (negated) json.member("not", true);
    json.member("column", words[at].place.column);
    if (text != "{") {
        json.member("acl", text);
        json.close();
        return at + 1;
    }
    std::size_t end = ++at;
    while (end < words.size() && words[end].text != "}") ++end;
    if (at < end) json.member("criterion", words[at].text);
    json.key("patterns");
    json.open('[');
    for (std::size_t i = at + 1; i < end; ++i) json.value(words[i].text);
    json.close();
    json.close();
    return std::min(end + 1, words.size());
}

/// An or of ands.
void write_condition(JsonWriter& json, std::span<const Word> words) {
    json.key("condition");
    json.open('{');
    json.member("unless", words[0].text == "unless");
    json.member("column", words[0].place.column);
    json.key("any_of");
    json.open('[');
    json.open('[');
    for (std::size_t at = 1; at < words.size();) {
        if (words[at].text == "or" || words[at].text == "||") {
            json.close();
            json.open('[');
            ++at;
        } else {
            at = write_term(json, words, at);
        }
    }
    json.close();
    json.close();
    json.close();
}

void write_action(JsonWriter& json, std::span<const Word> words, std::uint16_t set, std::string_view rules) {
    const ActionRow* row = find_action(words[0].text, set);
    const std::string name = row ? std::string(row->name) : std::string(words[0].text);
    json.key("action");
    json.open('{');
    json.member("name", name);
    json.member("column", words[0].place.column);
    if (row && row->name.ends_with('(')) json.member("argument", words[0].text.substr(row->name.size()));
    write_words(json, "arguments", words.subspan(1), form_of(std::string(rules) + " " + name));
    json.close();
}

}  // namespace

void write_arguments(JsonWriter& json, const ReadStatement& statement) {
    const std::string_view name = statement.row->name;
    std::span<const Word> args = statement.args();
    std::size_t end = args.size();
    if (takes_condition(name)) {
        const std::uint16_t set = rule_set_of(name);
        const ActionRow* row = set && !args.empty() ? find_action(args[0].text, set) : nullptr;
        end = Parser::find_condition(args, std::min<std::size_t>(row ? 1 + row->arguments : 0, args.size()));
    }
    const std::span<const Word> own = args.first(end);
    if (const std::uint16_t set = rule_set_of(name); set && !own.empty()) {
        write_action(json, own, set, name);
    } else if (name == "bind" || name == "stats socket" || name == "default-bind") {
        const std::size_t front = name == "default-bind" ? 0 : std::min<std::size_t>(1, own.size());
        write_words(json, "arguments", own.first(front), {});
        write_options<BindOption>(json, own, front, form_of_bind_option);
    } else if (name == "server" || name == "default-server" || name == "server-template") {
        const std::size_t fixed = name == "server" ? 2 : name == "server-template" ? 3 : 0;
        const std::size_t front = std::min(fixed, own.size());
        write_words(json, "arguments", own.first(front), {});
        write_options<ServerOption>(json, own, front, form_of_server_option);
    } else {
        write_words(json, "arguments", own, form_of(name));
    }
    if (end < args.size()) write_condition(json, args.subspan(end));
}

}  // namespace cfgproxy::config
