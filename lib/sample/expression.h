#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "base/table.h"
#include "sample/context.h"
#include "sample/value.h"

namespace cfgproxy::sample {

/// What stands behind a row: see lib/README.md. `done` executes; `advisory` is a tuning word whose absence no user can
/// observe; `pending` is understood and refused.
enum class Support : std::uint8_t { pending, advisory, done };

/// Outcome of a fetch or a match: `not_yet` asks to be called again with more data.
enum class Found : std::uint8_t { no, yes, not_yet };

/// One argument of a fetch or converter, as written and as resolved when the configuration was read.
struct Argument {
    enum class Kind : std::uint8_t {
        none,
        string,
        sint,
        time,
        size,
        ip,
        mask4,
        mask6,
        regex,
        frontend,
        backend,
        server,
        table,
        userlist,
        map,
        variable,
    };
    Kind kind = Kind::none;
    std::string text;              ///< as written
    std::int64_t number = 0;       ///< sint; time in ms; size in bytes; Scope of a variable
    net::Address ip;               ///< ip, masks
    std::shared_ptr<void> object;  ///< compiled regex, loaded map: whatever the row's `prepare` made
    const void* target = nullptr;  ///< model object that a pass of config/finalize found by `text`
};
using Arguments = std::span<const Argument>;

/// How a fetch with several values per message (hdr, cookie, urlp) is asked for them. Conditions try each:
///
///     Cursor cursor{.iterate = true};
///     do found = expression.evaluate(context, value, cursor); while (cursor.more && ...);
///
/// Everybody else wants one value: the last header, as HAProxy chooses.
struct Cursor {
    bool iterate = false;
    bool more = false;        ///< set by the fetch: call again for the next value
    bool may_change = false;  ///< set by the fetch: there is a value, but a later call could give another
    bool groups = false;      ///< http_auth_group gives the user's groups, not his name
    std::uint32_t index = 0;  ///< where the fetch left off; its own business
    std::string_view rest, inner;
};

/// Where the data of a fetch comes from; decides in which rules it can be used (manual 7.3).
enum Needs : std::uint16_t {
    kInternal = 1,     ///< clock, configuration, counters, variables
    kClient = 2,       ///< client connection (L4, L5)
    kServer = 4,       ///< server connection
    kRequestData = 8,  ///< bytes of the request buffer
    kRequestHead = 16,
    kRequestBody = 32,
    kResponseData = 64,
    kResponseHead = 128,
    kResponseBody = 256,
    kTransaction = 512,     ///< what is kept about the request for later (captures, txn.*)
    kResponseFacts = 1024,  ///< and about the response: its status, its version, how it was compressed
};

/// A word that yields a value: `path`, `src`, `req.hdr(name)`.
struct Fetch {
    std::string_view name;
    /// Signature as help shows it between parentheses: "", "string", "[string,integer]", "string[,integer]", "backend".
    std::string_view args = {};
    Type out = Type::str;
    std::uint16_t needs = kInternal;
    Support support = Support::pending;
    /// Puts the sample into `out`; `yes`, `no` or `not_yet`.
    Found (*run)(const Context& context, Arguments args, Cursor& cursor, Value& out) = nullptr;
    /// Checks and compiles the arguments once, when the configuration is read. Not called without any. May be null.
    base::Result<void> (*prepare)(std::vector<Argument>& args) = nullptr;
    std::string_view since = "1.3", until = {};  ///< HAProxy releases that know the word
};

/// A word that changes a value: `lower`, `map(file)`, `regsub(a,b)`.
struct Converter {
    std::string_view name;
    std::string_view args = {};
    Type in = Type::str;
    Type out = Type::str;
    Support support = Support::pending;
    bool (*run)(const Context& context, Arguments args, Value& value) = nullptr;  ///< false: "not found" from here on
    base::Result<void> (*prepare)(std::vector<Argument>& args) = nullptr;  ///< as Fetch::prepare, but always called
    std::string_view since = "1.5", until = {};
};

/// `fetch(args),converter(args),...`, compiled once and frozen. Evaluated by any thread at the same time.
class Expression {
  public:
    struct Step {
        const Converter* row;
        std::vector<Argument> args;
        Type cast_to;  ///< what the value is cast to before `row` runs
    };
    const Fetch* fetch = nullptr;
    std::vector<Argument> args;
    std::vector<Step> steps;
    std::string text;  ///< as written
    base::Place place;

    Type out() const { return steps.empty() ? fetch->out : steps.back().row->out; }

    /// One value.
    Found evaluate(const Context& context, Value& out) const {
        Cursor cursor;
        return evaluate(context, out, cursor);
    }
    /// One value after the other: see Cursor. `no` ends it, be it that a converter found nothing for this value only.
    Found evaluate(const Context& context, Value& out, Cursor& cursor) const;
    /// The value as text in the arena ("" if it is not found); for log formats and header values.
    Found evaluate_text(const Context& context, std::string_view& out) const;
};

/// What went wrong where: `at` and `length` are bytes from the start of the text that was parsed.
struct ExpressionError {
    std::string text;
    std::string hint;
    std::uint32_t at = 0, length = 0;
};

/// Reads an expression from the front of `text` (which ends at its own end, or at a character that cannot continue it,
/// such as the ']' of a log format; `used` tells how much was taken). Names of backends, servers, tables, userlists
/// stay unresolved in Argument::text for config/finalize. Pending rows are read as others are; whoever asks says that
/// they are not executed (config::Parser::resolve_later).
/// While `prepare` functions run, expression_place() is `place`.
/// What follows the expression is only an error for the caller ("missing comma after ..."): see trailing_error().
base::Result<std::unique_ptr<Expression>> parse_expression(std::string_view text, const base::Place& place,
                                                           std::size_t& used, ExpressionError& error);

/// Where the expression stands that the calling thread reads.
const base::Place& expression_place();

/// The error for an expression that must end with its word but has more text behind it.
ExpressionError trailing_error(const Expression& expression, std::size_t used);

/// All arguments of `expression`, its converters' included: for the pass that resolves names.
void for_each_argument(Expression& expression, void (*visit)(Argument&, void*), void* data);

/// The same with what messages about an argument name: "arg 1 of conversion keyword 'map' for ... 'src'".
struct ArgumentUse {
    std::string_view fetch;
    std::string_view converter;  ///< empty: argument of the fetch itself
    int position = 1;
};
void for_each_argument(Expression& expression, void (*visit)(Argument&, const ArgumentUse&, void*), void* data);

/// What a signature ("string[,integer]") says, type by type; used by the parser and by help.
struct Signature {
    int required = 0;
    std::vector<std::string_view> types;  ///< "string", "integer", "IPv4 mask"..., as HAProxy's help names them
};
Signature read_signature(std::string_view args);

}  // namespace cfgproxy::sample
