#include <vector>

#include "keywords/sample_support.h"
#include "model/config.h"
#include "sample/checkpoint.h"
#include "sample/variable.h"

/// All variables of a scope as one text (manual 7.3.2).
namespace cfgproxy::keywords {
namespace {

using sample::Scope;

constexpr std::string_view kScopes[] = {"proc", "sess", "txn", "req", "res", "check"};
constexpr std::int64_t kAllScopes = -1;
constexpr std::size_t kDefaultRoom = 16384;

void append_quoted(std::string& to, std::string_view text) {
    constexpr std::string_view kSpecial("\"\\\r\n\b\0", 6), kEscape = "\"\\rnb0";
    to += '"';
    for (char c : text) {
        const std::size_t at = kSpecial.find(c);
        if (at == kSpecial.npos)
            to += c;
        else
            (to += '\\') += kEscape[at];
    }
    to += '"';
}

void append_hex(std::string& to, std::string_view bytes) {
    for (char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        to += "0123456789ABCDEF"[byte >> 4];
        to += "0123456789ABCDEF"[byte & 15];
    }
}

void append_value(std::string& to, Value value, base::Arena& arena) {
    switch (value.type) {
        case Type::str:
            return append_quoted(to, value.text);
        case Type::bin:
            return append_hex(to, value.text);
        case Type::boolean:
            to += value.number ? "true" : "false";
            return;
        case Type::method:
            if (sample::cast(value, Type::str, arena)) append_quoted(to, value.text);
            return;
        default:
            if (sample::cast(value, Type::str, arena)) to += value.text;
    }
}

/// Collects "scope.name=value" of those whose name begins as asked for.
class List {
  public:
    List(const Context& context, Arguments args)
        : arena_(*context.arena),
          prefix_(has(args, 1) ? std::string_view(args[1].text) : std::string_view{}),
          delimiter_(has(args, 2) ? std::string_view(args[2].text) : std::string_view(", ")) {}

    void add(std::string_view scope, std::string_view name, const Value& value) {
        if (!name.starts_with(prefix_)) return;
        if (!text_.empty()) text_ += delimiter_;
        ((text_ += scope) += '.') += name;
        text_ += '=';
        append_value(text_, value, arena_);
    }
    void add(std::string_view scope, const sample::Variables& variables) {
        std::vector<const sample::Variables::Variable*> all;  // the last one that was made stands first
        for (const auto* v = variables.first(); v; v = v->next)
            if (v->value.type != Type::any) all.push_back(v);
        for (auto v = all.rbegin(); v != all.rend(); ++v) add(scope, (*v)->name, (*v)->value);
    }
    void add_process() {
        sample::SharedVariables& shared = sample::process_variables();
        for (const std::string& name : shared.names())
            if (const Value* value = shared.get(name, arena_)) add("proc", name, *value);
    }
    const std::string& text() const { return text_; }

  private:
    base::Arena& arena_;
    std::string_view prefix_, delimiter_;
    std::string text_;
};

/// Without arguments those of the exchange, or of the connection where there is none.
Found fetch_dump(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    List list(context, args);
    const auto present = [&](Scope scope) { return context.variables[static_cast<int>(scope)]; };
    std::int64_t wanted = static_cast<std::int64_t>(present(Scope::txn)    ? Scope::txn
                                                    : present(Scope::sess) ? Scope::sess
                                                                           : Scope::proc);
    if (has(args, 0)) wanted = args[0].number;
    for (Scope scope : {Scope::sess, Scope::txn, Scope::req, Scope::res, Scope::check}) {
        const auto number = static_cast<std::int64_t>(scope);
        if ((wanted == number || (wanted == kAllScopes && scope != Scope::check)) && present(scope))
            list.add(kScopes[number], *present(scope));
    }
    if (wanted == kAllScopes || wanted == static_cast<std::int64_t>(Scope::proc)) list.add_process();
    cursor.may_change = true;
    const model::Config* config = context.live ? context.live->config() : nullptr;
    const std::size_t room = config ? static_cast<std::size_t>(config->global.buffer_size) : kDefaultRoom;
    if (list.text().size() >= room) return Found::no;
    return found_text(out, context.arena->copy(list.text()));
}

base::Result<void> prepare_dump(std::vector<Argument>& args) {
    args[0].number = kAllScopes;
    if (args[0].text.empty()) return {};
    for (std::size_t i = 0; i < std::size(kScopes); ++i)
        if (args[0].text == kScopes[i]) {
            args[0].number = static_cast<std::int64_t>(i);
            return {};
        }
    return base::Error{"invalid scope '" + args[0].text + "', must be one of: sess, txn, req, res, proc"};
}

constexpr Fetch kTable[] = {
    {.name = "dump_all_vars",
     .args = "[string,string,string]",
     .needs = sample::kNothing,
     .support = Support::done,
     .run = fetch_dump,
     .prepare = prepare_dump,
     .since = "3.4"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
