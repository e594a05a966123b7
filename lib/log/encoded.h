#pragma once
#include <string>

#include "log/format.h"

namespace cfgproxy::log {

/// Renders a format whose lines are one JSON or CBOR object of its named items (HAProxy 3.0's manual, 8.2.6).
void render_object(const model::Template& format, const Record& record, const sample::Context& context,
                   std::string& out);

/// One item that is encoded by itself (`%{+json}[expr]`).
void render_encoded(const model::Template::Item& item, model::Template::Encoding encoding, bool binary,
                    const Record& record, const sample::Context& context, std::string& out);

}  // namespace cfgproxy::log
