#include <fmt/format.h>

#include <map>
#include <set>

#include "base/spelling.h"
#include "base/text.h"
#include "explain/explain.h"

namespace cfgproxy::explain {
namespace {

/// Lays an explanation out in lines, indented by what belongs to what.
class Printer {
  public:
    explicit Printer(bool color) : color_(color) {}
    std::string print(const Explanation& told);

  private:
    std::string place_text(const base::Place& place) const;
    void find_short_names(const Explanation& told);
    std::string bold(std::string_view text) const { return mark(text, "1"); }
    std::string mark(std::string_view text, std::string_view code) const {
        return color_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
    }
    std::string answer_word(sample::Found found) const {
        if (found == sample::Found::yes) return mark("yes", "32");
        return found == sample::Found::no ? mark("no", "2") : mark("not yet known", "33");
    }
    void event(const Event& event);
    void term(const Term& term);
    void sample(const Sample& sample);
    void block(std::string_view title, std::string_view text, const std::string& note = {});
    void line(std::string_view text) { out_.append(text).append("\n"); }

    bool color_;
    std::string out_, set_;
    std::map<std::string_view, std::string_view>
        short_names_;  ///< of files, without folders where that tells them apart
};

std::string Printer::place_text(const base::Place& place) const {
    if (!place.file || place.line == 0) return {};
    const auto known = short_names_.find(*place.file);
    return fmt::format("{}:{}", known == short_names_.end() ? std::string_view(*place.file) : known->second,
                       place.line);
}

void Printer::find_short_names(const Explanation& told) {
    std::map<std::string_view, std::set<std::string_view>> by_name;
    const auto note = [&](const base::Place& place) {
        if (!place.file) return;
        const std::string_view path = *place.file;
        by_name[path.substr(path.rfind('/') + 1)].insert(path);
    };
    note(told.frontend_place);
    note(told.backend_place);
    for (const Event& event : told.events) {
        note(event.place);
        for (const Term& term : event.terms)
            for (const Sample& sample : term.samples) note(sample.place);
    }
    for (const auto& [name, paths] : by_name)
        if (paths.size() == 1) short_names_[*paths.begin()] = name;
}

void Printer::sample(const Sample& sample) {
    std::string text = fmt::format("          {} = ", sample.expression);
    if (sample.values.empty()) text += "(nothing)";
    for (std::size_t i = 0; i < sample.values.size(); ++i) text += (i ? ", " : "") + sample.values[i];
    if (sample.match != "found" && sample.match != "bool" && sample.patterns > 0) {
        const std::string how = fmt::format("-m {}{}", sample.match, sample.ignore_case ? " -i" : "");
        if (!sample.pattern.empty()) {
            text += fmt::format("  matches {} {}", how, base::spelled_word(sample.pattern));
            if (sample.patterns > 1) text += fmt::format(" (one of {})", sample.patterns);
        } else {
            text += fmt::format("  matches none of {}", how);
            for (const std::string& pattern : sample.some) text += " " + base::spelled_word(pattern);
            if (sample.some.size() < sample.patterns) text += fmt::format(" ... ({} altogether)", sample.patterns);
        }
    }
    line(text);
}

void Printer::term(const Term& term) {
    const std::string name = term.name.empty() ? "{ }" : term.name;
    std::string place;
    if (!term.samples.empty() && !term.name.empty()) place = place_text(term.samples.front().place);
    line(fmt::format("        {}{}: {}{}{}", term.negated ? "!" : "", name, answer_word(term.found),
                     place.empty() ? "" : "   ", mark(place, "2")));
    for (const Sample& s : term.samples) sample(s);
}

void Printer::event(const Event& event) {
    if (event.kind == Event::Kind::rule && event.set != set_) {
        set_ = event.set;
        line("");
        line("  " + bold(set_));
    }
    std::string text = event.text;
    if (!event.condition.empty() && text.find(event.condition) == std::string::npos) text += " " + event.condition;
    const std::string place = place_text(event.place);
    if (event.kind == Event::Kind::note) {
        set_.clear();
        line("");
        line(fmt::format("  {}", text));
    } else {
        const std::string answer = event.condition.empty() ? std::string() : ": " + answer_word(event.found);
        line(fmt::format("    {}  {}{}", mark(place, "2"), text, answer));
    }
    for (const Term& t : event.terms) term(t);
    for (const std::string& change : event.changes) line("      => " + mark(change, "36"));
    if (!event.verdict.empty()) line("      => " + bold(event.verdict));
}

void Printer::block(std::string_view title, std::string_view text, const std::string& note) {
    if (text.empty()) return;
    line("");
    line(bold(title) + note);
    for (std::string_view piece : base::split(text, '\n')) line("    " + std::string(piece));
}

std::string Printer::print(const Explanation& told) {
    find_short_names(told);
    line(bold("Request  ") + told.request_line);
    line(fmt::format("         from {} to {}", told.source, told.destination));
    line(fmt::format("{}{}  ({}; {})", bold("Frontend "), told.frontend, place_text(told.frontend_place),
                     told.reached_by));
    bool chosen = told.backend.empty();
    const auto tell_backend = [&] {
        chosen = true;
        line("");
        line(fmt::format("{}{}  ({}; {})", bold("Backend  "), told.backend, told.backend_reason,
                         place_text(told.backend_place)));
    };
    for (const Event& e : told.events) {
        // What comes behind the choice belongs to the backend or to the response.
        const bool behind = e.set.find("backend '" + told.backend + "'") != std::string::npos ||
                            e.set.starts_with("use-server") || e.set.starts_with("http-response") ||
                            e.set.starts_with("http-after") || e.kind == Event::Kind::note;
        if (!chosen && behind) tell_backend();
        event(e);
    }
    if (!chosen) tell_backend();
    if (!told.servers.empty() || !told.server.empty()) {
        line("");
        line(fmt::format("{}{}  (balance {})", bold("Server   "),
                         told.server.empty() ? std::string("none") : told.server + ", " + told.server_reason,
                         told.balance));
        for (const Candidate& server : told.servers)
            line(fmt::format("    {} {}  {}, weight {}{}{}", server.name == told.server ? "*" : " ", server.name,
                             server.address, server.weight, server.backup ? ", backup" : "",
                             server.state == "up" ? (server.possible ? "" : ", not now") : ", " + server.state));
    }
    block("The server gets", told.request_sent);
    block("The server answers", told.response_received, told.response_assumed ? "  (assumed; see --response)" : "");
    if (told.response_sent.empty())
        line("\n" + bold("Answer   ") + "by " + told.answered_by);
    else
        block("The client gets", told.response_sent, told.answered_by.empty() ? "" : "  from " + told.answered_by);
    block("Log line", told.log_line);
    return std::move(out_);
}

}  // namespace

std::string print_text(const Explanation& told, bool color) { return Printer(color).print(told); }

}  // namespace cfgproxy::explain
