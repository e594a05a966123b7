// The rows of the statistics page's tables, with what appears when the pointer rests on a cell.
#include <fmt/format.h>

#include "base/text.h"
#include "control/html.h"
#include "control/text.h"

namespace cfgproxy::control {
namespace {

/// A line of a cell's tip: a label and a figure, perhaps with its share of another one.
struct TipLine {
    std::string_view label;
    Stat value;
    enum Kind : std::uint8_t { plain, per_second, share, limit, optional } kind = plain;
    Stat whole = Stat::pxname;  ///< of `share`: 100%
};

std::string number(const Row& row, Stat stat) { return human_number(row.number(stat)); }
/// A limit, or "-" for none.
std::string limit(const Row& row, Stat stat) { return row.number(stat) ? number(row, stat) : "-"; }
std::uint64_t percent(std::uint64_t part, std::uint64_t whole) { return whole ? part * 100 / whole : 0; }
bool is_http(const Row& row) { return row.text(Stat::mode) == "http"; }

void cell(std::string& to, std::string_view text) { to.append("<td>").append(text).append("</td>"); }
void centred(std::string& to, std::string_view text) { to.append("<td class=ac>").append(text).append("</td>"); }
void figure(std::string& to, const Row& row, Stat stat) { cell(to, number(row, stat)); }
void figures(std::string& to, const Row& row, std::initializer_list<Stat> stats) {
    for (Stat stat : stats) figure(to, row, stat);
}
void tip_line(std::string& to, std::string_view label, std::string_view text) {
    to.append("<tr><th>").append(label).append("</th><td>").append(text).append("</td></tr>");
}

void tip_lines(std::string& to, const Row& row, std::span<const TipLine> lines) {
    for (const TipLine& line : lines) {
        to.append("<tr><th>").append(line.label).append("</th><td>");
        if (line.kind == TipLine::limit)
            to += limit(row, line.value);
        else if (line.kind == TipLine::optional && !row.has(line.value))
            to += '-';
        else
            to += number(row, line.value);
        if (line.kind == TipLine::per_second) to += "/s";
        to += "</td>";
        if (line.kind == TipLine::share)
            to += fmt::format("<td>({}%)</td>", percent(row.number(line.value), row.number(line.whole)));
        to += "</tr>";
    }
}

// --- frontends -----------------------------------------------------------------------------------------------

constexpr TipLine kRates[] = {{"Current connection rate:", Stat::conn_rate, TipLine::per_second},
                              {"Current session rate:", Stat::rate, TipLine::per_second},
                              {"Current request rate:", Stat::req_rate, TipLine::per_second}};
constexpr TipLine kRateMaxima[] = {{"Max connection rate:", Stat::conn_rate_max, TipLine::per_second},
                                   {"Max session rate:", Stat::rate_max, TipLine::per_second},
                                   {"Max request rate:", Stat::req_rate_max, TipLine::per_second}};
constexpr TipLine kFrontendTotals[] = {{"Cum. connections:", Stat::conn_tot}, {"Cum. sessions:", Stat::stot}};
constexpr TipLine kFrontendRequests[] = {
    {"Cum. HTTP requests:", Stat::req_tot},
    {"- HTTP 1xx responses:", Stat::hrsp_1xx},
    {"- HTTP 2xx responses:", Stat::hrsp_2xx},
    {"&nbsp;&nbsp;Compressed 2xx:", Stat::comp_rsp, TipLine::share, Stat::hrsp_2xx},
    {"- HTTP 3xx responses:", Stat::hrsp_3xx},
    {"- HTTP 4xx responses:", Stat::hrsp_4xx},
    {"- HTTP 5xx responses:", Stat::hrsp_5xx},
    {"- other responses:", Stat::hrsp_other},
    {"Intercepted requests:", Stat::intercepted},
    {"Cache lookups:", Stat::cache_lookups},
    {"Cache hits:", Stat::cache_hits, TipLine::share, Stat::cache_lookups},
    {"Failed hdr rewrites:", Stat::wrew},
    {"Internal errors:", Stat::eint},
};

/// A figure with a tip that is a table.
void tipped(std::string& to, const Row& row, Stat stat, std::span<const TipLine> lines) {
    to.append("<td><u>").append(number(row, stat)).append("<div class=tips><table class=det>");
    tip_lines(to, row, lines);
    to += "</table></div></u></td>";
}

/// Bytes out, with what compression did (nothing: there is none yet).
void append_bytes_out(std::string& to, const Row& row) {
    to.append("<td>").append(number(row, Stat::bout)).append("<div class=tips><table class=det>");
    tip_line(to, "Response bytes in:", number(row, Stat::bout));
    tip_line(to, "Compression in:", number(row, Stat::comp_in));
    to += fmt::format("<tr><th>Compression out:</th><td>{}</td><td>(0%)</td></tr>", number(row, Stat::comp_out));
    tip_line(to, "Compression bypass:", number(row, Stat::comp_byp));
    to += "<tr><th>Total bytes saved:</th><td>0</td><td>(0%)</td></tr></table></div></td>";
}

void append_modules(std::string& to, const Row& row) {
    struct Module {
        std::string_view name;
        Stat first, last;
    };
    constexpr Module kModules[] = {{"SSL", Stat::ssl_sess, Stat::ssl_failed_handshake},
                                   {"HTTP/2", Stat::h2_headers_rcvd, Stat::h2_backend_total_streams},
                                   {"HTTP/1", Stat::h1_open_connections, Stat::h1_spliced_bytes_out}};
    for (const Module& module : kModules) {
        to += "<td>";
        if (row.has(module.first)) {
            to.append("<u>").append(module.name).append("<div class=tips><table class=det>");
            for (auto i = static_cast<std::size_t>(module.first); i <= static_cast<std::size_t>(module.last); ++i)
                tip_line(to, stat_fields()[i].description, human_number(row.values[i].number));
            to += "</table></div></u>";
        }
        to += "</td>";
    }
}

void append_frontend(std::string& to, const Row& row) {
    const std::string name = base::html_escape(row.text(Stat::pxname));
    const std::size_t rates = is_http(row) ? 3 : 2;
    to += fmt::format(
        "<td class=ac><a name=\"{0}/Frontend\"></a><a class=lfsb href=\"#{0}/Frontend\">Frontend</a></td>"
        "<td colspan=3></td>",
        name);
    tipped(to, row, Stat::rate, std::span(kRates).first(rates));
    tipped(to, row, Stat::rate_max, std::span(kRateMaxima).first(rates));
    cell(to, limit(row, Stat::rate_lim));
    figures(to, row, {Stat::scur, Stat::smax, Stat::slim});
    to.append("<td><u>").append(number(row, Stat::stot)).append("<div class=tips><table class=det>");
    tip_lines(to, row, kFrontendTotals);
    if (is_http(row)) tip_lines(to, row, kFrontendRequests);
    to += "</table></div></u></td><td></td><td></td>";
    figure(to, row, Stat::bin);
    append_bytes_out(to, row);
    figures(to, row, {Stat::dreq, Stat::dresp, Stat::ereq});
    to += "<td></td><td></td><td></td><td></td>";
    centred(to, row.text(Stat::status));
    to += "<td class=ac colspan=8></td>";
}

// --- listeners -----------------------------------------------------------------------------------------------

/// "IPv4: 192.0.2.1:80, ".
void append_address(std::string& to, const Row& row) {
    const std::string_view address = row.text(Stat::addr);
    if (address.empty()) return;
    to += base::is_digit(address[0]) ? "IPv4: " : address[0] == '[' ? "IPv6: " : "";
    to.append(address).append(", ");
}

/// The first cell of a listener or server: its name, an anchor, and with legends what it is.
void append_name(std::string& to, const Page& page, const Row& row, std::string_view mark) {
    const std::string proxy = base::html_escape(row.text(Stat::pxname)),
                      name = base::html_escape(row.text(Stat::svname));
    const bool legends = page.settings.show_legends;
    to += fmt::format("<td class=ac><a name=\"{0}/{1}{2}\"></a>{3}<a class=lfsb href=\"#{0}/{1}{2}\">{2}</a>", proxy,
                      mark, name, legends ? "<u>" : "");
    if (legends) {
        to += "<div class=tips>";
        append_address(to, row);
        to += fmt::format("id: {}", row.number(Stat::sid));
        if (row.has(Stat::cookie)) to += ", cookie: '" + base::html_escape(row.text(Stat::cookie)) + "'";
        to += "</div></u>";
    }
    to += "</td>";
}

void append_listener(std::string& to, const Page& page, const Row& row) {
    append_name(to, page, row, "+");
    to += "<td colspan=3></td><td colspan=3>&nbsp;</td>";
    figures(to, row, {Stat::scur, Stat::smax, Stat::slim, Stat::stot});
    to += "<td>&nbsp;</td><td>&nbsp;</td>";
    figures(to, row, {Stat::bin, Stat::bout, Stat::dreq, Stat::dresp, Stat::ereq});
    to += "<td></td><td></td><td></td><td></td>";
    centred(to, row.text(Stat::status));
    to += "<td class=ac colspan=8></td>";
}

// --- servers and backends ------------------------------------------------------------------------------------

constexpr TipLine kServerConnections[] = {
    {"Current active connections:", Stat::scur},
    {"Current used connections:", Stat::used_conn_cur},
    {"Current idle connections:", Stat::srv_icur},
    {"- unsafe:", Stat::idle_conn_cur},
    {"- safe:", Stat::safe_conn_cur},
    {"Estimated need of connections:", Stat::need_conn_est},
    {"Active connections limit:", Stat::slim, TipLine::limit},
    {"Idle connections limit:", Stat::src_ilim, TipLine::optional},
};
constexpr TipLine kServerRequests[] = {
    {"- HTTP 1xx responses:", Stat::hrsp_1xx, TipLine::share, Stat::req_tot},
    {"- HTTP 2xx responses:", Stat::hrsp_2xx, TipLine::share, Stat::req_tot},
    {"- HTTP 3xx responses:", Stat::hrsp_3xx, TipLine::share, Stat::req_tot},
    {"- HTTP 4xx responses:", Stat::hrsp_4xx, TipLine::share, Stat::req_tot},
    {"- HTTP 5xx responses:", Stat::hrsp_5xx, TipLine::share, Stat::req_tot},
    {"- other responses:", Stat::hrsp_other, TipLine::share, Stat::req_tot},
    {"Failed hdr rewrites:", Stat::wrew},
    {"Internal error:", Stat::eint},
};
constexpr TipLine kBackendRequests[] = {
    {"- HTTP 1xx responses:", Stat::hrsp_1xx},
    {"- HTTP 2xx responses:", Stat::hrsp_2xx},
    {"&nbsp;&nbsp;Compressed 2xx:", Stat::comp_rsp, TipLine::share, Stat::hrsp_2xx},
    {"- HTTP 3xx responses:", Stat::hrsp_3xx},
    {"- HTTP 4xx responses:", Stat::hrsp_4xx},
    {"- HTTP 5xx responses:", Stat::hrsp_5xx},
    {"- other responses:", Stat::hrsp_other},
    {"Cache lookups:", Stat::cache_lookups},
    {"Cache hits:", Stat::cache_hits, TipLine::share, Stat::cache_lookups},
    {"Failed hdr rewrites:", Stat::wrew},
    {"Internal errors:", Stat::eint},
};

void append_time_line(std::string& to, const Row& row, std::string_view label, Stat max, Stat mean) {
    to += fmt::format("<tr><th>- {} time:</th><td>{} / {}</td><td>ms</td></tr>", label, number(row, max),
                      number(row, mean));
}

/// The total of sessions, and in its tip requests, connections and times.
void append_totals(std::string& to, const Row& row, std::span<const TipLine> responses) {
    to.append("<td><u>").append(number(row, Stat::stot)).append("<div class=tips><table class=det>");
    tip_line(to, "Cum. sessions:", number(row, Stat::stot));
    if (is_http(row)) {
        tip_line(to, "New connections:", number(row, Stat::connect));
        const std::uint64_t reused = row.number(Stat::reuse);
        to += fmt::format("<tr><th>Reused connections:</th><td>{}</td><td>({}%)</td></tr>", human_number(reused),
                          percent(reused, reused + row.number(Stat::connect)));
        tip_line(to, "Cum. HTTP requests:", number(row, Stat::req_tot));
        tip_lines(to, row, responses);
    }
    to += "<tr><th colspan=3>Max / Avg over last 1024 success. conn.</th></tr>";
    append_time_line(to, row, "Queue", Stat::qtime_max, Stat::qtime);
    append_time_line(to, row, "Connect", Stat::ctime_max, Stat::ctime);
    if (is_http(row)) append_time_line(to, row, "Responses", Stat::rtime_max, Stat::rtime);
    append_time_line(to, row, "Total", Stat::ttime_max, Stat::ttime);
    to += "</table></div></u></td>";
    figure(to, row, Stat::lbtot);
    cell(to, human_time(row[Stat::lastsess].signed_number()));
}

void append_errors(std::string& to, const Row& row) {
    figure(to, row, Stat::econ);
    to += fmt::format(
        "<td><u>{}<div class=tips>Connection resets during transfers: {} client, {} server</div></u></td>"
        "<td>{}</td><td>{}</td>",
        number(row, Stat::eresp), row.number(Stat::cli_abrt), row.number(Stat::srv_abrt), row.number(Stat::wretr),
        row.number(Stat::wredis));
}

bool health_is_below_best(const Row& row) {
    return row.number(Stat::check_health) + 1 < row.number(Stat::check_rise) + row.number(Stat::check_fall);
}

/// State, and an arrow when it is about to change.
void append_state(std::string& to, const Row& row) {
    const std::string_view status = row.text(Stat::status);
    const std::string since = human_time(static_cast<std::int64_t>(row.number(Stat::lastchg)));
    if (status.starts_with("MAINT")) {
        to += since + " MAINT";
    } else if (status == "no check") {
        to += "<i>no check</i>";
    } else {
        to.append(since).append(" ").append(status);
        if (status.starts_with("DOWN")) {
            if (row.number(Stat::check_health) > 0) to += " &uarr;";
        } else if (health_is_below_best(row) || !row.has(Stat::check_health)) {
            to += " &darr;";  // without a check of its own too, as HAProxy has it
        }
    }
}

void append_last_check(std::string& to, const Row& row) {
    if (!row.has(Stat::check_status)) {
        to += "<td></td>";
        return;
    }
    to.append("<td class=ac><u> ").append(row.text(Stat::check_status));
    if (row.has(Stat::check_code)) to += fmt::format("/{}", row.number(Stat::check_code));
    if (row.has(Stat::check_duration)) to += fmt::format(" in {}ms", row.number(Stat::check_duration));
    to.append("<div class=tips>").append(row.text(Stat::check_desc));
    if (!row.text(Stat::last_chk).empty()) to.append(": ").append(base::html_escape(row.text(Stat::last_chk)));
    to += "</div></u></td>";
}

void append_check_counts(std::string& to, const Row& row) {
    const std::string_view status = row.text(Stat::status);
    if (row.has(Stat::chkfail)) {
        to += fmt::format("<td><u>{}<div class=tips>Failed Health Checks</div></u></td><td>{}</td><td>{}</td>",
                          row.number(Stat::chkfail), row.number(Stat::chkdown),
                          human_time(static_cast<std::int64_t>(row.number(Stat::downtime))));
    } else if (status != "MAINT" && row.has(Stat::tracked)) {
        to += fmt::format("<td class=ac colspan=3><a class=lfsb href=\"#{0}\">via {0}</a></td>",
                          base::html_escape(row.text(Stat::tracked)));
    } else {
        to += "<td colspan=3></td>";
    }
}

void append_server(std::string& to, const Page& page, const Row& row) {
    append_name(to, page, row, "");
    figures(to, row, {Stat::qcur, Stat::qmax});
    cell(to, limit(row, Stat::qlimit));
    figures(to, row, {Stat::rate, Stat::rate_max});
    to += "<td></td>";
    tipped(to, row, Stat::scur, kServerConnections);
    figure(to, row, Stat::smax);
    cell(to, limit(row, Stat::slim));
    append_totals(to, row, kServerRequests);
    figures(to, row, {Stat::bin, Stat::bout});
    to += "<td></td>";
    figure(to, row, Stat::dresp);
    to += "<td></td>";
    append_errors(to, row);
    to += "<td class=ac>";
    append_state(to, row);
    to += "</td>";
    append_last_check(to, row);
    const bool backup = row.number(Stat::bck) > 0;
    to += fmt::format("<td class=ac>{}/{}</td><td class=ac>{}</td><td class=ac>{}</td>", row.number(Stat::weight),
                      row.number(Stat::uweight), backup ? "-" : "Y", backup ? "Y" : "-");
    append_check_counts(to, row);
    if (row.has(Stat::throttle))
        to += fmt::format("<td class=ac>{} %</td>\n", row.number(Stat::throttle));
    else
        to += "<td class=ac>-</td>";
}

void append_backend_name(std::string& to, const Page& page, const Row& row) {
    const std::string name = base::html_escape(row.text(Stat::pxname));
    const bool legends = page.settings.show_legends;
    to += fmt::format("<td class=ac>{0}<a name=\"{1}/Backend\"></a><a class=lfsb href=\"#{1}/Backend\">Backend</a>",
                      legends ? "<u>" : "", name);
    if (legends) {
        to.append("<div class=tips>balancing: ").append(row.text(Stat::algo));
        if (row.has(Stat::cookie)) to += ", cookie: '" + base::html_escape(row.text(Stat::cookie)) + "'";
        to += "</div></u>";
    }
    to += "</td>";
}

void append_backend(std::string& to, const Page& page, const Row& row) {
    append_backend_name(to, page, row);
    figures(to, row, {Stat::qcur, Stat::qmax});
    to += "<td></td>";
    figures(to, row, {Stat::rate, Stat::rate_max});
    to += "<td></td>";
    figures(to, row, {Stat::scur, Stat::smax, Stat::slim});
    append_totals(to, row, kBackendRequests);
    figure(to, row, Stat::bin);
    append_bytes_out(to, row);
    figures(to, row, {Stat::dreq, Stat::dresp});
    to += "<td></td>";
    append_errors(to, row);
    const std::string_view status = row.text(Stat::status);
    to += fmt::format(
        "<td class=ac>{} {}</td><td class=ac>&nbsp;</td><td class=ac>{}/{}</td><td class=ac>{}</td>"
        "<td class=ac>{}</td><td class=ac>&nbsp;</td><td>{}</td><td>{}</td><td></td>",
        human_time(static_cast<std::int64_t>(row.number(Stat::lastchg))),
        status == "DOWN" ? "<font color=\"red\"><b>DOWN</b></font>" : status, row.number(Stat::weight),
        row.number(Stat::uweight), row.number(Stat::act), row.number(Stat::bck), row.number(Stat::chkdown),
        row.has(Stat::downtime) ? human_time(static_cast<std::int64_t>(row.number(Stat::downtime))) : "&nbsp;");
}

std::string row_class(const Row& row) {
    if (row.kind == RowKind::frontend) return "\"frontend\"";
    if (row.kind == RowKind::backend) return "\"backend\"";
    if (row.kind == RowKind::listener) return "socket";
    if (row.text(Stat::status).starts_with("MAINT")) return "\"maintain\"";
    return fmt::format("\"{}_{}\"", row.number(Stat::bck) ? "backup" : "active", state_class(row));
}

/// The column of the form: a box to tick for servers.
void append_tick_box(std::string& to, const Row& row) {
    if (row.kind != RowKind::server) {
        to += "<td></td>";
        return;
    }
    to += fmt::format("<td><input class='{}-checkbox' type=\"checkbox\" name=\"s\" value=\"{}\"></td>",
                      base::html_escape(row.text(Stat::pxname)), base::html_escape(row.text(Stat::svname)));
}

}  // namespace

std::string_view state_class(const Row& row) {
    const std::string_view status = row.text(Stat::status);
    if (status == "DOWN") return "down";
    if (status.starts_with("DOWN ")) return "going_up";
    if (status == "DRAIN") return "draining";
    if (status.starts_with("NOLB ")) return "going_down";
    if (status == "NOLB") return "nolb";
    if (status == "no check") return "no_check";
    if (row.has(Stat::chkfail) && health_is_below_best(row)) return "going_down";
    return row.number(Stat::weight) ? "up" : "draining";
}

void append_html_row(std::string& to, const Page& page, const Row& row) {
    to += "<tr class=" + row_class(row) + ">";
    if (page.admin) append_tick_box(to, row);
    switch (row.kind) {
        case RowKind::frontend:
            append_frontend(to, row);
            break;
        case RowKind::listener:
            append_listener(to, page, row);
            break;
        case RowKind::server:
            append_server(to, page, row);
            break;
        case RowKind::backend:
            append_backend(to, page, row);
            break;
    }
    if (page.settings.show_modules) append_modules(to, row);
    to += row.kind == RowKind::server ? "</tr>\n" : "</tr>";
}

}  // namespace cfgproxy::control
