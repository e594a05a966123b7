#include "keyword_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/table.h"
#include "base/text.h"
#include "config/keyword.h"
#include "control/cli_command.h"
#include "sample/condition.h"
#include "sample/expression.h"

namespace cfgproxy::daemon {

namespace {

using base::Table;
using sample::Support;

std::string_view mark(Support support) { return support == Support::pending ? "#pending " : ""; }

std::string call(std::string_view name, std::string_view args) {
    return args.empty() ? std::string(name) : fmt::format("{}({})", name, args);
}

/// The lines of a table, by name; the same line once.
template <class Row, class Line>
std::string lines(Line line) {
    std::vector<const Row*> rows = Table<Row>::all();
    std::stable_sort(rows.begin(), rows.end(), [](const Row* a, const Row* b) { return a->name < b->name; });
    std::string text, last;
    for (const Row* row : rows) {
        std::string next = line(*row);
        if (!next.empty() && next != last) text += next + "\n";
        last = std::move(next);
    }
    return text;
}

std::string dump_acls() {
    return lines<sample::AclName>([](const sample::AclName& row) {
        // HAProxy has no name for versions: integers, written with a dot.
        const auto kind = row.kind == sample::MatchKind::version ? sample::MatchKind::integer : row.kind;
        return fmt::format("{} = {} -m {}", row.name, row.fetch, sample::name_of(kind));
    });
}

constexpr std::pair<std::uint16_t, std::string_view> kRuleSets[] = {
    {config::kTcpConnection, "tcp-request connection"},
    {config::kTcpSession, "tcp-request session"},
    {config::kTcpContent, "tcp-request content"},
    {config::kTcpResponse, "tcp-response content"},
    {config::kHttpRequest, "http-request"},
    {config::kHttpResponse, "http-response"},
    {config::kHttpAfterResponse, "http-after-response"},
    {config::kQuicInitial, "quic-initial"},
};

/// An asterisk stands for the arguments that belong to an action's own word.
std::string dump_actions() {
    std::string text;
    for (const auto& [set, rules] : kRuleSets)
        text += lines<config::ActionRow>([set = set, rules = rules](const config::ActionRow& row) -> std::string {
            if (!(row.sets & set)) return {};
            const bool open = row.name.ends_with('(');
            return fmt::format("\t{}{} {}{}", mark(row.support), rules, row.name.substr(0, row.name.size() - open),
                               open ? "*" : "");
        });
    return text;
}

std::string dump_options() {
    return lines<config::BindOption>([](const config::BindOption& row) {
               return fmt::format("\t{}bind <addr> {}{}", mark(row.support), row.name, row.arguments ? " +1" : "");
           }) +
           lines<config::ServerOption>([](const config::ServerOption& row) {
               return fmt::format("\t{}server <name> <addr> {}{}", mark(row.support), row.name,
                                  row.arguments ? " +1" : "");
           });
}

std::string dump_keywords() {
    std::string text;
    for (const config::SectionWord& section : config::all_sections()) {
        text += fmt::format("{}{}\n", mark(section.support), section.name);
        text += lines<config::Keyword>([&section](const config::Keyword& row) -> std::string {
            if (!(row.sections & section.section)) return {};
            return fmt::format("\t{}{}", mark(row.support), row.name);
        });
        if (section.section == config::kInListen) text += dump_options() + dump_actions();
    }
    return text;
}

/// The process that answers stands behind each command, as HAProxy has it.
std::string dump_commands() {
    return lines<control::Command>([](const control::Command& row) {
        return fmt::format("{}{} {}", mark(row.support), row.name,
                           row.mode == control::Command::master ? "[MASTER]" : "[WORKER]");
    });
}

/// HAProxy prints the output's type in front of the input's.
std::string dump_converters() {
    return lines<sample::Converter>([](const sample::Converter& row) {
        return fmt::format("{}{}: {} => {}", mark(row.support), call(row.name, row.args), sample::name_of(row.out),
                           sample::name_of(row.in));
    });
}

std::string dump_fetches() {
    return lines<sample::Fetch>([](const sample::Fetch& row) {
        return fmt::format("{}{}: {}", mark(row.support), call(row.name, row.args), sample::name_of(row.out));
    });
}

std::string dump_filters() {
    return lines<config::Keyword>([](const config::Keyword& row) -> std::string {
        if (!row.name.starts_with("filter ")) return {};
        return fmt::format("{}{}", mark(row.support), row.name.substr(7));
    });
}

/// There is one service in HAProxy that needs no script.
std::string dump_services() {
    const config::ActionRow* row = config::find_action("use-service", config::kHttpRequest);
    return fmt::format("{}prometheus-exporter\n", mark(row ? row->support : Support::pending));
}

struct Class {
    std::string_view name, help, title;
    std::string (*dump)();
};
constexpr Class kClasses[] = {
    {"acl", "ACL keywords", "ACL keywords", dump_acls},
    {"cfg", "configuration keywords", "configuration keywords", dump_keywords},
    {"cli", "CLI keywords", "CLI keywords", dump_commands},
    {"cnv", "sample converter keywords", "sample converter functions", dump_converters},
    {"flt", "filter names", "filter names", dump_filters},
    {"smp", "sample fetch functions", "sample fetch functions", dump_fetches},
    {"svc", "service names", "service names", dump_services},
};

}  // namespace

std::string keyword_dump(std::string_view classes) {
    std::string text;
    for (std::string_view wanted : base::split(classes, ',')) {
        if (wanted == "help") text += "# List of supported keyword classes:\nall: list all keywords\n";
        for (const Class& known : kClasses) {
            if (wanted == "help") text += fmt::format("{}: {}\n", known.name, known.help);
            if (wanted != "all" && wanted != known.name) continue;
            text += fmt::format("# List of registered {}:\n{}", known.title, known.dump());
        }
    }
    return text;
}

}  // namespace cfgproxy::daemon
