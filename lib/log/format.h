#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/table.h"
#include "log/record.h"
#include "model/template.h"

namespace cfgproxy::log {

/// A `%word` of log formats (manual 8.2.6): one row per tag in lib/keywords/log_tags.cc.
struct Tag {
    std::string_view name;  ///< without the percent sign: "ci", "HM", "Tr"
    sample::Support support = sample::Support::pending;
    /// Appends the tag's text for `record` to `out`; `item` carries the flags. Text from outside goes through
    /// append_text() or append_encoded().
    void (*print)(const Record& record, const model::Template::Item& item, std::string& out) = nullptr;
    bool http_only = false;  ///< refused in a proxy of mode tcp
    bool vanishes = false;   ///< when it prints nothing, the blanks around it become one
    std::string_view since = "1.5", until = {};
    bool server_side = false;  ///< prints the proxy's address towards the server
    /// How the value stands in encoded lines (`%{+json}o`): a number, a text, a text of bytes from outside.
    enum class Shape : std::uint8_t { text, number, encoded } shape = Shape::text;
    /// The values of a list, each for itself; null: it is none.
    std::span<const std::string_view> (*list)(const Record& record) = nullptr;
};

/// What a format is for; decides about blanks, '-' and encoding.
enum class Use : std::uint8_t {
    value,      ///< header values, redirects, replies: expressions with control characters as %XX
    plain,      ///< names and texts: everything as it is
    unique_id,  ///< as value, but runs of spaces become one
    line,       ///< log lines: runs of spaces become one, '-' stands for nothing
};

/// Compiles a log format. The error's text is without place; `where`, if given, tells which bytes of `text` are meant
/// (length 0: the whole). Tags of http mode are accepted: see http_only_tag().
base::Result<std::unique_ptr<model::Template>> compile(std::string_view text, const base::Place& place,
                                                       Use use = Use::value, sample::ExpressionError* where = nullptr);

/// The first tag that a proxy of mode tcp must refuse ("format variable '%s' is reserved for HTTP mode"); empty if
/// there is none.
std::string_view http_only_tag(const model::Template& format);

/// %bi or %bp stands in it.
bool prints_server_side(const model::Template& format);

/// Renders to the end of `out`. `record` may be null where no stream is at hand: tags then print what the context
/// tells.
void render(const model::Template& format, const Record* record, const sample::Context& context, std::string& out);

/// Renders into the context's arena, as `http-request set-header` needs it. Literal formats are returned as they
/// stand in the configuration.
std::string_view render(const model::Template& format, const Record* record, const sample::Context& context);

/// The built-in formats of `option httplog`, `option tcplog`, `option httplog clf`, the line of a proxy that logs
/// without a format, and the line of a connection that failed before it became a stream (`record.error` is its end).
void append_http_line(const Record& record, std::string& out);
void append_tcp_line(const Record& record, std::string& out);
void append_clf_line(const Record& record, std::string& out);
void append_connect_line(const Record& record, std::string& out);
void append_error_line(const Record& record, std::string& out);

/// What Record::request_line holds: "GET / HTTP/1.1", in the stream's arena. `limit` is tune.http.logurilen; HAProxy
/// keeps 1023 bytes if that is not set.
std::string_view copy_request_line(base::Arena& arena, const http::Request& request, std::size_t limit = 1023);

/// The same as formats, for `show` and comparison: manual 8.2.2, 8.2.3.
inline constexpr std::string_view kTcpFormat = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
inline constexpr std::string_view kHttpFormat =
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";
inline constexpr std::string_view kClfFormat =
    "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq "
    "%bq %CC %CS %hrl %hsl";

inline constexpr std::string_view kHttpsFormat =
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r "
    "%[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc";
inline constexpr std::string_view kTcpClfFormat =
    "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc "
    "%sq %bq \"\" \"\" ";

// What rows are made of.

/// `text` by the item's flags: +Q puts it between quotes, +E escapes '"', '\' and ']'; '-' for nothing unless it is
/// quoted or optional. Ends at a NUL.
void append_text(std::string& out, std::string_view text, const model::Template::Item& item);

/// Which bytes are written as #XX beside control characters and those from 127 on.
enum class Encoding : std::uint8_t {
    uri,      ///< '"' and '#'
    capture,  ///< those and '{', '|', '}'
};
/// `text` encoded, escaped if the item says +E, without quotes; ends at a NUL.
void append_encoded(std::string& out, std::string_view text, Encoding encoding, const model::Template::Item& item);
void append_int(std::string& out, std::int64_t value);
/// Upper case hexadecimal, zeros in front up to `digits`.
void append_hex(std::string& out, std::uint64_t value, int digits);

}  // namespace cfgproxy::log
