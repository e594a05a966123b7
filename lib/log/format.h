#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/table.h"
#include "log/record.h"
#include "model/template.h"

namespace cfgproxy::log {

/// A `%word` of log formats (manual 8.2.4): one row per tag in lib/keywords/log_tags.cc.
struct Tag {
    std::string_view name;  ///< without the percent sign: "ci", "HM", "Tr"
    sample::Support support = sample::Support::pending;
    /// Appends the tag's text for `record` to `out`; `item` carries flags and argument. Text that comes from the wire
    /// must go through append_text (quotes, escapes, '-' for nothing).
    void (*print)(const Record& record, const model::Template::Item& item, std::string& out) = nullptr;
    std::string_view since = "1.5", until = {};
};

/// Appends `text` as HAProxy writes wire data: control characters, '"' and others as #XX, quotes by the item's
/// flag, "-" when empty (unless the item is optional).
void append_text(std::string& out, std::string_view text, const model::Template::Item& item);

/// Compiles a log format. The error's text is without place. `http` tells whether http-only tags are fine.
base::Result<std::unique_ptr<model::Template>> compile(std::string_view text, const base::Place& place);

/// Renders into `out`. `record` may be null where no stream is at hand (header values before the end of a stream give
/// what is known).
void render(const model::Template& format, const Record* record, const sample::Context& context, std::string& out);

/// Renders into the context's arena, as `http-request set-header` needs it.
std::string_view render(const model::Template& format, const Record* record, const sample::Context& context);

/// The built-in formats of `option httplog`, `option tcplog`, the connect line without either, and the error line.
void append_http_line(const Record& record, std::string& out);
void append_tcp_line(const Record& record, std::string& out);
void append_clf_line(const Record& record, std::string& out);
void append_connect_line(const Record& record, std::string& out);
void append_error_line(const Record& record, std::string& out);

}  // namespace cfgproxy::log
