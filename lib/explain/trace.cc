#include "explain/trace.h"

#include <algorithm>

#include "log/log.h"

namespace cfgproxy::explain {
namespace {

using sample::Found;

constexpr std::size_t kShownPatterns = 6;

Sample trace_line(const sample::AclLine& line, const sample::Context& context) {
    Sample shown;
    shown.place = line.place;
    shown.expression = line.expression->text;
    shown.match = sample::name_of(line.kind);
    for (const auto& set : line.patterns) {
        shown.ignore_case = shown.ignore_case || set->flags.ignore_case;
        const sample::PatternSet* all = set->unchanged();
        if (!all) continue;
        for (std::size_t i = 0; i < all->size() && shown.some.size() < kShownPatterns; ++i)
            shown.some.emplace_back(all->pattern(i));
        shown.patterns += all->size();
    }
    sample::Cursor cursor;
    cursor.iterate = true;
    cursor.groups = line.kind == sample::MatchKind::group;
    do {
        sample::Value value;
        if (line.expression->evaluate(context, value, cursor) != Found::yes) break;
        shown.values.push_back(text_of(value, *context.arena));
        if (value.type != line.input && line.kind != sample::MatchKind::found &&
            !sample::cast(value, line.input, *context.arena))
            continue;
        for (const auto& set : line.patterns) {
            auto hit = set->hit(value, *context.arena);
            if (!hit) continue;
            shown.pattern = std::move(hit->key);
            cursor.more = false;
            break;
        }
    } while (cursor.more && shown.values.size() < 100);
    shown.found = line.test(context);
    return shown;
}

/// Until a line is true, as the ACL itself does.
Term trace_term(const sample::Condition::Term& term, const sample::Context& context) {
    Term shown{term.acl->name, term.negated, term.acl->test(context), {}};
    for (const sample::AclLine& line : term.acl->lines) {
        shown.samples.push_back(trace_line(line, context));
        if (shown.samples.back().found == Found::yes) break;
    }
    return shown;
}

}  // namespace

std::vector<Term> trace(const sample::Condition& condition, const sample::Context& context) {
    std::vector<Term> shown;
    for (const auto& terms : condition.any_of) {
        bool all = true;
        for (const auto& term : terms) {
            shown.push_back(trace_term(term, context));
            all = (shown.back().found == Found::yes) != term.negated && shown.back().found != Found::not_yet;
            if (!all) break;
        }
        if (all) break;
    }
    return shown;
}

std::string text_of(sample::Value value, base::Arena& arena) {
    switch (value.type) {
        case sample::Type::boolean:
            return value.number ? "true" : "false";
        case sample::Type::str:
            return '"' + std::string(value.text) + '"';
        default:
            return sample::cast(value, sample::Type::str, arena) ? std::string(value.text) : std::string("?");
    }
}

Snapshot::Snapshot(const model::RuleContext& context)
    : source_(context.src.text()),
      destination_(context.dst.text()),
      request_(fields_of(context.request)),
      response_(fields_of(context.response)),
      log_level_(context.log_level),
      connect_(context.connect_timeout_ms),
      server_(context.server_timeout_ms),
      tunnel_(context.tunnel_timeout_ms),
      client_(context.client_timeout_ms),
      queue_(context.queue_timeout_ms),
      tarpit_(context.tarpit_timeout_ms) {
    if (context.request) {
        method_ = context.request->method_text;
        target_ = context.request->target;
    }
    if (context.response) {
        status_ = context.response->status;
        reason_ = context.response->reason;
    }
}

Snapshot::Fields Snapshot::fields_of(const http::Head* head) {
    Fields fields;
    if (head)
        for (const http::Header& header : head->headers) fields.emplace_back(header.name, header.value);
    return fields;
}

void Snapshot::compare(const Fields& before, const Fields& after, std::vector<std::string>& changes) {
    const auto without = [](const Fields& all, const Fields& known, const char* sign, std::vector<std::string>& to) {
        Fields left = known;
        for (const auto& field : all) {
            const auto found = std::find(left.begin(), left.end(), field);
            if (found != left.end())
                left.erase(found);
            else
                to.push_back(sign + field.first + ": " + field.second);
        }
    };
    without(before, after, "- ", changes);
    without(after, before, "+ ", changes);
}

std::vector<std::string> Snapshot::changes(const model::RuleContext& now) const {
    std::vector<std::string> list;
    if (now.request) {
        if (now.request->method_text != method_) list.push_back("method " + std::string(now.request->method_text));
        if (now.request->target != target_) list.push_back("target " + std::string(now.request->target));
        compare(request_, fields_of(now.request), list);
    }
    if (now.response) {
        if (now.response->status != status_ || now.response->reason != reason_)
            list.push_back("status " + std::to_string(now.response->status) + " " + std::string(now.response->reason));
        compare(response_, fields_of(now.response), list);
    }
    if (now.src.text() != source_) list.push_back("source address " + now.src.text());
    if (now.dst.text() != destination_) list.push_back("destination address " + now.dst.text());
    if (now.log_level != log_level_)
        list.push_back("log level " + (now.log_level < 0 ? std::string("silent") : std::to_string(now.log_level - 1)));
    const auto timeout = [&](std::string_view name, std::int64_t before, std::int64_t after) {
        if (before != after) list.push_back("timeout " + std::string(name) + " " + std::to_string(after) + "ms");
    };
    timeout("connect", connect_, now.connect_timeout_ms);
    timeout("server", server_, now.server_timeout_ms);
    timeout("tunnel", tunnel_, now.tunnel_timeout_ms);
    timeout("client", client_, now.client_timeout_ms);
    timeout("queue", queue_, now.queue_timeout_ms);
    timeout("tarpit", tarpit_, now.tarpit_timeout_ms);
    return list;
}

}  // namespace cfgproxy::explain
