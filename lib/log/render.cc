#include "log/encode.h"
#include "log/encoded.h"
#include "log/format.h"
#include "model/proxy.h"

namespace cfgproxy::log {

namespace {

using model::Template;
using Item = Template::Item;
/// A record of what a context knows, for formats that are rendered while the rules run.
Record record_of(const sample::Context& context) {
    Record record;
    record.client = context.src;
    record.frontend_address = context.dst;
    if (context.server_address) record.server_address = *context.server_address;
    record.accept_wall_us = record.request_wall_us = context.wall_us;
    if (context.frontend) {
        record.frontend_name = context.frontend->name;
        record.http = context.frontend->mode == model::Mode::http;
    }
    record.backend_name = context.backend ? std::string_view(context.backend->name) : record.frontend_name;
    record.server_name = context.server ? std::string_view(context.server->name) : "<NOSRV>";
    record.unique_id = context.unique_id;
    record.live = context.live;
    record.request_counter = context.stream_id;
    if (context.frontend) {
        record.request_captures = context.request_captures;
        record.response_captures = context.response_captures;
        record.request_capture_count = static_cast<std::uint32_t>(context.frontend->request_captures.size());
        record.response_capture_count = static_cast<std::uint32_t>(context.frontend->response_captures.size());
    }
    record.method = context.method;
    record.request_line = context.request_line;
    if (context.request && context.arena) {
        const http::Request& request = *context.request;
        record.method_text = request.method_text;
        record.target = request.target;
        record.version = request.version;
        if (record.request_line.empty()) record.request_line = copy_request_line(*context.arena, request);
    }
    return record;
}

void append_expression(const Item& item, const sample::Context& context, std::string& out) {
    std::string_view text;
    if (item.expression->evaluate_text(context, text) != sample::Found::yes) text = {};
    if (item.percent)
        append_percent(out, text, item.escape);
    else
        append_text(out, text, item);
}

}  // namespace

std::string_view copy_request_line(base::Arena& arena, const http::Request& request, std::size_t limit) {
    return arena.concat(request.method_text, " ", request.target, " ", request.version).substr(0, limit);
}

void render(const Template& format, const Record* record, const sample::Context& context, std::string& out) {
    Record known;
    if (format.encoding != Template::Encoding::none) {
        if (!record) known = record_of(context);
        return render_object(format, record ? *record : known, context, out);
    }
    bool after_blank = format.merges_blanks;
    for (const Item& item : format.items) {
        if (item.encoding != Template::Encoding::none && item.kind != Item::Kind::literal) {
            if (!record) {
                known = record_of(context);
                record = &known;
            }
            render_encoded(item, item.encoding, format.binary, *record, context, out);
            after_blank = false;
            continue;
        }
        switch (item.kind) {
            case Item::Kind::literal: {
                std::string_view literal = item.literal;
                if (item.joined && after_blank) literal.remove_prefix(1);
                out += literal;
                after_blank = item.literal.back() == ' ';
                break;
            }
            case Item::Kind::tag: {
                if (!record) {
                    known = record_of(context);
                    record = &known;
                }
                const std::size_t before = out.size();
                item.tag->print(*record, item, out);
                if (!item.tag->vanishes || out.size() != before) after_blank = false;
                break;
            }
            case Item::Kind::expression:
                append_expression(item, context, out);
                after_blank = false;
                break;
        }
    }
}

std::string_view render(const Template& format, const Record* record, const sample::Context& context) {
    if (format.is_literal() && format.encoding == Template::Encoding::none) return format.literal();
    thread_local std::string scratch;
    scratch.clear();
    render(format, record, context, scratch);
    return context.arena->copy(scratch);
}

}  // namespace cfgproxy::log
