// Words that later releases removed, other than those about header lines.
#include "config/dump.h"
#include "config/migrate.h"

namespace cfgproxy::config {

namespace {

/// The same words behind another keyword, `no` in front included. A string literal cannot be a template argument: each
/// row has its function.
bool rename(Rewriting& r, std::string_view keyword) {
    r.line((r.says_no() ? "no " : "") + std::string(keyword) + r.rest(0));
    return true;
}

bool client_timeout(Rewriting& r) { return rename(r, "timeout client"); }
bool connect_timeout(Rewriting& r) { return rename(r, "timeout connect"); }
bool server_timeout(Rewriting& r) { return rename(r, "timeout server"); }
bool redispatch(Rewriting& r) { return rename(r, "option redispatch"); }
bool httpclose(Rewriting& r) { return rename(r, "option httpclose"); }
bool independent_streams(Rewriting& r) { return rename(r, "option independent-streams"); }
bool splice(Rewriting& r) { return rename(r, "option splice-auto"); }
bool deny(Rewriting& r) {
    r.note("it is executed where it stands among the http-request rules; 'block' came before all of them");
    return rename(r, "http-request deny");
}

bool threads(Rewriting& r) {
    r.note("threads share counters, stick tables and limits that processes did not");
    return rename(r, "nbthread");
}

/// Needs no successor.
bool drop(Rewriting& r) {
    r.note("not needed any more");
    return true;
}

bool drop_grace(Rewriting& r) {
    r.note("'grace' stands in the global section today, for the whole process");
    return true;
}

bool drop_debug(Rewriting& r) {
    r.note("start the program with -d instead");
    return true;
}

bool monitor_net(Rewriting& r) {
    r.line("http-request return status 200 if { src " + r.spelt(0) + " }");
    r.note("needs 'mode http'; such requests are logged now");
    return true;
}

bool mode_health(Rewriting& r) {
    r.line("mode http");
    r.line("http-request return status 200");
    return true;
}

/// appsession NAME len N timeout T [request-learn] [prefix] [mode M]
bool appsession(Rewriting& r) {
    std::string length = "52", expire = "3h";
    bool learns = false;
    for (std::size_t i = 1; i < r.size(); ++i) {
        if (r.text(i) == "len" && i + 1 < r.size()) length = r.text(i + 1);
        if (r.text(i) == "timeout" && i + 1 < r.size()) expire = r.text(i + 1);
        if (r.text(i) == "prefix") return r.cannot("sessions by a cookie's prefix need a converter of your own");
        if (r.text(i) == "mode") return r.cannot("sessions in paths or query strings need an expression of your own");
        learns |= r.text(i) == "request-learn";
    }
    const std::string name(r.text(0));
    r.line("stick-table type string len " + length + " size 100k expire " + expire);
    r.line("stick store-response res.cook(" + name + ")");
    r.line("stick match req.cook(" + name + ")");
    if (learns) r.line("stick store-request req.cook(" + name + ")");
    return true;
}

/// option httpchk METHOD URI VERSION\r\nHost:\ name: the header goes into a line of its own.
bool httpchk(Rewriting& r) {
    const std::string_view version = r.text(2);
    const std::size_t end = version.find_first_of("\r\n");
    if (end == version.npos) return r.keep();
    std::string send =
        "http-check send meth " + r.spelt(0) + " uri " + r.spelt(1) + " ver " + quote_word(version.substr(0, end));
    for (std::string_view left = version.substr(end); !left.empty();) {
        const std::size_t begin = left.find_first_not_of("\r\n");
        if (begin == left.npos) break;
        left.remove_prefix(begin);
        const std::string_view header = left.substr(0, left.find_first_of("\r\n"));
        left.remove_prefix(header.size());
        const std::size_t colon = header.find(':');
        if (colon == header.npos) return r.cannot("what follows the version is no header");
        std::string_view value = header.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        send += " hdr " + quote_word(header.substr(0, colon)) + " " + quote_word(value);
    }
    r.line("option httpchk");
    r.line(std::move(send));
    return true;
}

/// Old names of log variables: %Ci is %ci today.
bool log_format(Rewriting& r) {
    static constexpr std::pair<std::string_view, std::string_view> kTags[] = {
        {"Bi", "bi"}, {"Bp", "bp"}, {"Ci", "ci"}, {"Cp", "cp"}, {"Fi", "fi"}, {"Fp", "fp"},
        {"Si", "si"}, {"Sp", "sp"}, {"cc", "CC"}, {"cs", "CS"}, {"st", "ST"}};
    std::string line = r.rest(0);
    for (std::size_t at = 0; (at = line.find('%', at)) != line.npos;) {
        std::size_t name = at + 1;
        if (name < line.size() && line[name] == '%') {
            at += 2;
            continue;
        }
        if (name < line.size() && line[name] == '{') name = std::min(line.find('}', name), line.size() - 1) + 1;
        for (const auto& [old, modern] : kTags)
            if (line.compare(name, old.size(), old) == 0) line.replace(name, old.size(), modern);
        at = name;
    }
    if (line == r.rest(0)) return r.keep();
    r.line("log-format" + line);
    return true;
}

/// `process N` of bind lines means nothing to a program with threads.
bool bind(Rewriting& r) {
    std::string line = "bind";
    for (std::size_t i = 0; i < r.size(); ++i) {
        if (i > 0 && r.text(i) == "process") {
            ++i;
            r.note("'process' left out: threads take its place");
            continue;
        }
        line += " " + r.spelt(i);
    }
    if (r.note_.empty()) return r.keep();
    r.line(std::move(line));
    return true;
}

// clang-format off
constexpr Migration kTable[] = {
    {"appsession", appsession, "1.5"},
    {"bind", bind, "2.6"},
    {"bind-process", drop, "2.6"},
    {"block", deny, "2.0"},
    {"clitimeout", client_timeout, "2.0"},
    {"contimeout", connect_timeout, "2.0"},
    {"debug", drop_debug, "2.2"},
    {"grace", drop_grace, "2.3"},
    {"log-format", log_format, "1.5"},
    {"mode health", mode_health, "2.2"},
    {"monitor-net", monitor_net, "2.2"},
    {"nbproc", threads, "2.4"},
    {"nosepoll", drop, "1.4"},
    {"option forceclose", httpclose, "1.9"},
    {"option http-tunnel", drop, "2.0"},
    {"option http-use-htx", drop, "2.0"},
    {"option httpchk", httpchk, "2.1"},
    {"option independant-streams", independent_streams, "1.5"},
    {"option tcpsplice", splice, "1.3"},
    {"redisp", redispatch, "2.0"},
    {"redispatch", redispatch, "2.0"},
    {"resolution_pool_size", drop, "1.9"},
    {"srvtimeout", server_timeout, "2.0"},
    {"stats bind-process", drop, "2.6"},
    {"timeout clitimeout", client_timeout, "2.0"},
    {"timeout contimeout", connect_timeout, "2.0"},
    {"timeout srvtimeout", server_timeout, "2.0"},
    {"tune.chksize", drop, "2.3"},
};
// clang-format on

}  // namespace

std::span<const Migration> word_migrations() { return kTable; }

}  // namespace cfgproxy::config
