#include <fmt/format.h>

#include "base/json.h"
#include "explain/explain.h"

namespace cfgproxy::explain {
namespace {

using Writer = base::JsonWriter;

std::string place_text(const base::Place& place) {
    return place.file && place.line ? fmt::format("{}:{}", *place.file, place.line) : std::string();
}

const char* answer(sample::Found found) {
    return found == sample::Found::yes ? "yes" : found == sample::Found::no ? "no" : "not yet";
}

void write_list(Writer& to, std::string_view name, const std::vector<std::string>& list) {
    to.key(name);
    to.open('[');
    for (const std::string& item : list) to.value(item);
    to.close();
}

void write(Writer& to, const Term& term) {
    to.open('{');
    to.member("acl", term.name);
    to.member("negated", term.negated);
    to.member("result", answer(term.found));
    to.key("lines");
    to.open('[');
    for (const Sample& sample : term.samples) {
        to.open('{');
        to.member("at", place_text(sample.place));
        to.member("expression", sample.expression);
        to.member("match", sample.match);
        to.member("ignore_case", sample.ignore_case);
        write_list(to, "values", sample.values);
        to.member("pattern", sample.pattern);
        to.member("patterns", static_cast<std::int64_t>(sample.patterns));
        to.member("result", answer(sample.found));
        to.close();
    }
    to.close();
    to.close();
}

void write(Writer& to, const Event& event) {
    to.open('{');
    to.member("kind", event.kind == Event::Kind::rule ? "rule" : "note");
    to.member("set", event.set);
    to.member("at", place_text(event.place));
    to.member("text", event.text);
    to.member("condition", event.condition);
    to.member("result", answer(event.found));
    to.key("terms");
    to.open('[');
    for (const Term& term : event.terms) write(to, term);
    to.close();
    write_list(to, "changes", event.changes);
    to.member("verdict", event.verdict);
    to.close();
}

void write_fields(Writer& to, std::string_view name, const std::vector<std::pair<std::string, std::string>>& fields) {
    to.key(name);
    to.open('[');
    for (const auto& [field, value] : fields) {
        to.open('[');
        to.value(field);
        to.value(value);
        to.close();
    }
    to.close();
}

}  // namespace

std::string print_json(const Explanation& told) {
    Writer to;
    to.open('{');
    if (!told.error.empty()) to.member("error", told.error);
    to.member("request", told.request_line);
    to.member("source", told.source);
    to.member("destination", told.destination);
    to.member("frontend", told.frontend);
    to.member("frontend_at", place_text(told.frontend_place));
    to.member("frontend_reason", told.reached_by);
    to.key("events");
    to.open('[');
    for (const Event& event : told.events) write(to, event);
    to.close();
    to.member("backend", told.backend);
    to.member("backend_at", place_text(told.backend_place));
    to.member("backend_reason", told.backend_reason);
    to.member("balance", told.balance);
    to.member("server", told.server);
    to.member("server_reason", told.server_reason);
    to.key("servers");
    to.open('[');
    for (const Candidate& server : told.servers) {
        to.open('{');
        to.member("name", server.name);
        to.member("address", server.address);
        to.member("state", server.state);
        to.member("weight", static_cast<std::int64_t>(server.weight));
        to.member("backup", server.backup);
        to.member("possible", server.possible);
        to.close();
    }
    to.close();
    write_fields(to, "request_headers", told.request_headers);
    to.member("status", static_cast<std::int64_t>(told.status));
    to.member("answered_by", told.answered_by);
    to.member("location", told.location);
    write_fields(to, "response_headers", told.response_headers);
    to.member("body", told.body_sent);
    to.member("log_line", told.log_line);
    to.close();
    return to.take();
}

}  // namespace cfgproxy::explain
