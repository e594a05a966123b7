// The frame of the statistics page: head, process information, legend, links, the tables' heads and forms.
#include <fmt/format.h>

#include "base/text.h"
#include "base/version.h"
#include "control/html.h"
#include "control/info_fields.h"
#include "control/text.h"

namespace cfgproxy::control {
namespace {

std::string escaped(std::string_view text) { return base::html_escape(text); }

std::string_view or_else(const std::string& first, const std::string& second) { return first.empty() ? second : first; }

std::string node_of(const Page& page) {
    if (!page.settings.show_node) return {};
    return " on " + escaped(or_else(page.settings.node, page.process.node));
}

std::string version_of(const Page& page) {
    if (page.settings.hide_version) return {};
    return fmt::format(" version {}, released {}",
                       page.process.program_version.empty() ? base::kShownVersion : page.process.program_version,
                       base::kReleaseDate);
}

/// "1.234 Mbps" from bytes per second, with what Ethernet frames add to full TCP segments.
std::string bit_rate(std::uint64_t bytes) {
    const double bits = static_cast<double>(bytes) * 8 * 1538 / 1448;
    if (bits >= 1e9) return fmt::format("{:.3f} Gbps", bits / 1e9);
    if (bits >= 1e6) return fmt::format("{:.3f} Mbps", bits / 1e6);
    return fmt::format("{:.3f} kbps", bits / 1e3);
}

void append_process(std::string& to, const Page& page) {
    const stream::Process& p = page.process;
    const std::uint64_t up = page.wall_us > p.start_wall_us ? (page.wall_us - p.start_wall_us) / 1000000 : 0;
    const Activity activity = recent_activity(page.generation, nullptr, page.now_ms * 1000);
    std::uint32_t tasks = p.connections.get() + p.threads;
    for (const auto& server : page.generation.objects.servers) tasks += server->check().enabled;
    to += fmt::format(
        "<table border=0><tr><td align=\"left\" nowrap width=\"1%\">\n"
        "<p><b>pid = </b> {} (process #1, nbproc = 1, nbthread = {})<br>\n"
        "<b>uptime = </b> {}<br>\n"
        "<b>system limits:</b> memmax = unlimited; ulimit-n = {}<br>\n"
        "<b>maxsock = </b> {}; <b>maxconn = </b> {}; <b>maxpipes = </b> 0<br>\n"
        "current conns = {}; current pipes = 0/0; conn rate = {}/sec; bit rate = {}<br>\n"
        "Running tasks: 0/{}; idle = {} %<br>\n</td>",
        p.pid, p.threads, uptime_text(up), file_limit(p), socket_limit(p), p.max_connections.load(),
        p.connections.get(), p.connection_rate.per_second(page.now_ms), bit_rate(activity.bytes_out_per_second), tasks,
        activity.idle_percent);
}

/// One line of the legend: a colour for active servers and its meaning, the same for backup servers, or one text for
/// both.
struct LegendLine {
    std::string_view active_class, active_text, backup_class, backup_text;
};
constexpr LegendLine kLegend[] = {
    {"active_up", "active UP ", "backup_up", "backup UP "},
    {"active_going_down", "active UP, going down ", "backup_going_down", "backup UP, going down "},
    {"active_going_up", "active DOWN, going up ", "backup_going_up", "backup DOWN, going up "},
    {"active_down", "active or backup DOWN &nbsp;", "active_no_check", "not checked "},
    {"maintain", "active or backup DOWN for maintenance (MAINT) &nbsp;", "", ""},
    {"active_draining", "active or backup SOFT STOPPED for maintenance &nbsp;", "", ""},
};

void append_legend(std::string& to) {
    to += "<td align=\"center\" nowrap>\n<table class=\"lgd\">";
    for (const LegendLine& line : kLegend) {
        const bool both = line.backup_class.empty();
        to += fmt::format("<tr>\n<td class=\"{}\">&nbsp;</td><td class=\"noborder\"{}>{}</td>", line.active_class,
                          both ? " colspan=\"3\"" : "", line.active_text);
        if (!both)
            to += fmt::format("<td class=\"{}\">&nbsp;</td><td class=\"noborder\">{}</td>", line.backup_class,
                              line.backup_text);
        to += "</tr>";
    }
    to += "</table>\nNote: \"NOLB\"/\"DRAIN\" = UP with load-balancing disabled.</td>";
}

void append_link(std::string& to, const std::string& href, std::string_view text) {
    to += fmt::format("<li><a href=\"{}\">{}</a><br>\n", escaped(href), text);
}

void append_display_options(std::string& to, const Page& page) {
    const PageOptions& o = page.options;
    const std::string& uri = page.settings.uri;
    to +=
        "<td align=\"left\" valign=\"top\" nowrap width=\"1%\"><b>Display option:</b>"
        "<ul style=\"margin-top: 0.25em;\">";
    to += fmt::format(
        "<li><form method=\"GET\">Scope : <input value=\"{}\" name=\"scope\" size=\"8\" maxlength=\"20\" "
        "tabindex=\"1\"/></form>\n",
        escaped(o.scope));
    append_link(to, link_to(uri, o, !o.up, o.no_refresh), o.up ? "Show all servers" : "Hide 'DOWN' servers");
    const bool refreshes = page.settings.refresh_s > 0;
    if (refreshes)
        append_link(to, link_to(uri, o, o.up, !o.no_refresh), o.no_refresh ? "Enable refresh" : "Disable refresh");
    append_link(to, link_to(uri, o, o.up, o.no_refresh), "Refresh now");
    append_link(to, link_to(uri + ";csv", o, false, refreshes), "CSV export");
    to += fmt::format("<li><a href=\"{}\">JSON export</a> (<a href=\"{}\">schema</a>)<br>\n",
                      escaped(link_to(uri + ";json", o, false, refreshes)), escaped(uri + ";json-schema"));
    to += "</ul></td>";
}

void append_resources(std::string& to) {
    to += fmt::format(
        "<td align=\"left\" valign=\"top\" nowrap width=\"1%\"><b>External resources:</b>"
        "<ul style=\"margin-top: 0.25em;\">\n"
        "<li>Served by cfgproxy {}<br>\n"
        "<li>compatible with <a href=\"http://www.haproxy.org/\">HAProxy</a> {}<br>\n"
        "<li><a href=\"http://www.haproxy.org/#docs\">HAProxy's manual</a><br>\n"
        "</ul></td></tr></table>\n",
        base::kVersion, base::kHaproxyVersion);
}

struct OutcomeText {
    Outcome outcome;
    std::string_view style, text;
};
constexpr OutcomeText kOutcomes[] = {
    {Outcome::done, "active_up", "Action processed successfully."},
    {Outcome::none, "active_going_down", "Nothing has changed."},
    {Outcome::part, "active_going_down",
     "Action partially processed.<br>Some server names are probably unknown or ambiguous (duplicated names in the "
     "backend)."},
    {Outcome::errp, "active_down",
     "Action not processed because of invalid parameters.<ul><li>The action is maybe unknown.</li><li>Invalid key "
     "parameter (empty or too long).</li><li>The backend name is probably unknown or ambiguous (duplicated "
     "names).</li><li>Some server names are probably unknown or ambiguous (duplicated names in the "
     "backend).</li></ul>"},
    {Outcome::excd, "active_down",
     "<b>Action not processed : the buffer couldn't store all the data.<br>You should retry with less servers at a "
     "time.</b>"},
    {Outcome::deny, "active_down", "<b>Action denied.</b>"},
    {Outcome::ival, "active_down", "<b>Invalid requests (unsupported method or chunked encoded request).</b>"},
    {Outcome::unknown, "active_no_check", "Unexpected result."},
};

void append_outcome(std::string& to, const Page& page) {
    for (const OutcomeText& known : kOutcomes) {
        if (known.outcome != page.options.outcome) continue;
        const std::string back = link_to(page.settings.uri, page.options, page.options.up, page.options.no_refresh);
        to += fmt::format(
            "<p><div class={}><a class=lfsb href=\"{}\" title=\"Remove this message\">[X]</a> {}</div>\n"
            "<p>\n",
            known.style, escaped(back), known.text);
    }
}

bool has_form(const Page& page, const model::Proxy& proxy) {
    return page.admin && proxy.is_backend() && page.generation.backend(proxy)->has_servers();
}

std::string_view capability_name(const model::Proxy& proxy) {
    return proxy.is_frontend() && proxy.is_backend() ? "proxy" : proxy.is_frontend() ? "frontend" : "backend";
}

/// What the form can do with the servers that are ticked.
struct ActionOption {
    std::string_view value, text;
};
constexpr ActionOption kActionOptions[] = {
    {"", ""},
    {"ready", "Set state to READY"},
    {"drain", "Set state to DRAIN"},
    {"maint", "Set state to MAINT"},
    {"dhlth", "Health: disable checks"},
    {"ehlth", "Health: enable checks"},
    {"hrunn", "Health: force UP"},
    {"hnolb", "Health: force NOLB"},
    {"hdown", "Health: force DOWN"},
    {"dagent", "Agent: disable checks"},
    {"eagent", "Agent: enable checks"},
    {"arunn", "Agent: force UP"},
    {"adown", "Agent: force DOWN"},
    {"shutdown", "Kill Sessions"},
};

}  // namespace

void append_escaped(std::string& to, std::string_view text) { to += base::html_escape(text); }

void append_html_head(std::string& to, const Page& page) {
    to += fmt::format(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"\n"
        "\"http://www.w3.org/TR/html4/loose.dtd\">\n"
        "<html><head><title>Statistics Report for HAProxy{}</title>\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<meta http-equiv=\"content-type\" content=\"text/html; charset=iso-8859-1\">\n"
        "<style type=\"text/css\"><!--\n",
        node_of(page));
    append_style_sheet(to);
    to += "-->\n</style></head>\n";
}

void append_html_top(std::string& to, const Page& page) {
    std::string description;
    if (page.settings.show_description)
        description = ": " + escaped(or_else(page.settings.description, page.process.description));
    to += fmt::format(
        "<body><h1><a href=\"http://www.haproxy.org/\" style=\"text-decoration: none;\">HAProxy{}</a></h1>\n"
        "<h2>Statistics Report for pid {}{}{}</h2>\n"
        "<hr width=\"100%\" class=\"hr\">\n"
        "<h3>&gt; General process information</h3>\n",
        version_of(page), page.process.pid, node_of(page), description);
    append_process(to, page);
    append_legend(to);
    append_display_options(to, page);
    append_resources(to);
    append_outcome(to, page);
}

void append_html_proxy_begin(std::string& to, const Page& page, const model::Proxy& proxy) {
    const std::string name = escaped(proxy.name);
    const bool legends = page.settings.show_legends;
    if (has_form(page, proxy)) to += "<form method=\"post\">";
    to += fmt::format(
        "<table class=\"tbl\" width=\"100%\">\n<tr class=\"titre\"><th class=\"pxname\" width=\"10%\">"
        "<a name=\"{}\"></a>{}<a class=px href=\"#{}\">{}</a>",
        name, legends ? "<u>" : "", name, name);
    if (legends)
        to += fmt::format("<div class=tips>cap: {}, mode: {}, id: {}</div></u>", capability_name(proxy),
                          mode_name(proxy.mode), proxy.id);
    to += fmt::format(
        "</th><th class=\"{}\" width=\"90%\">{}</th></tr>\n</table>\n"
        "<table class=\"tbl\" width=\"100%\">\n<tr class=\"titre\">",
        proxy.description.empty() ? "empty" : "desc", escaped(proxy.description));
    if (page.admin && !has_form(page, proxy)) to += "<th rowspan=2></th>";
    if (has_form(page, proxy))
        to += fmt::format(
            "<th rowspan=2 width=1><input type=\"checkbox\" onclick=\"for(c in "
            "document.getElementsByClassName('{0}-checkbox')) "
            "document.getElementsByClassName('{0}-checkbox').item(c).checked = this.checked\"></th>",
            name);
    to +=
        "<th rowspan=2></th><th colspan=3>Queue</th><th colspan=3>Session rate</th><th colspan=6>Sessions</th>"
        "<th colspan=2>Bytes</th><th colspan=2>Denied</th><th colspan=3>Errors</th><th colspan=2>Warnings</th>"
        "<th colspan=9>Server</th>";
    if (page.settings.show_modules) to += "<th colspan=3>Extra modules</th>";
    to += "</tr>\n<tr class=\"titre\">";
    for (std::string_view heading :
         {"Cur",   "Max",    "Limit",   "Cur",  "Max", "Limit", "Cur", "Max",  "Limit",  "Total",
          "LbTot", "Last",   "In",      "Out",  "Req", "Resp",  "Req", "Conn", "Resp",   "Retr",
          "Redis", "Status", "LastChk", "Wght", "Act", "Bck",   "Chk", "Dwn",  "Dwntme", "Thrtle"})
        to.append("<th>").append(heading).append("</th>");
    to += '\n';
    if (page.settings.show_modules) to += "<th>SSL</th><th>HTTP/2</th><th>HTTP/1</th>";
    to += "</tr>";
}

void append_html_proxy_end(std::string& to, const Page& page, const model::Proxy& proxy) {
    to += "</table>";
    if (has_form(page, proxy)) {
        to += "Choose the action to perform on the checked servers : <select name=action>";
        for (const ActionOption& option : kActionOptions)
            to += fmt::format("<option value=\"{}\">{}</option>", option.value, option.text);
        to += fmt::format(
            "</select><input type=\"hidden\" name=\"b\" value=\"#{}\">&nbsp;"
            "<input type=\"submit\" value=\"Apply\"></form>",
            proxy.id);
    }
    to += "<p>\n";
}

}  // namespace cfgproxy::control
