// The exporter for Prometheus: figures of the statistics under the names that HAProxy's exporter gives them.
#include "control/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/info_fields.h"
#include "control/prometheus_names.h"
#include "server/backend.h"
#include "server/stick_table.h"

namespace cfgproxy::control {
namespace {

constexpr std::size_t kPiece = 10240;

constexpr std::string_view kUpOrDown[] = {"DOWN", "UP"};
constexpr std::string_view kListenerStates[] = {"WAITING", "OPEN", "FULL"};
constexpr std::string_view kServerStates[] = {"DOWN", "UP", "MAINT", "DRAIN", "NOLB"};
constexpr std::string_view kCheckStates[] = {"HANA",   "SOCKERR", "L4OK",     "L4TOUT", "L4CON", "L6OK",
                                             "L6TOUT", "L6RSP",   "L7TOUT",   "L7RSP",  "L7OK",  "L7OKC",
                                             "L7STS",  "PROCERR", "PROCTOUT", "PROCOK"};
constexpr std::string_view kCodes[] = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

/// One of kServerStates.
std::size_t state_of(const server::Server& server) {
    using server::Health;
    if (server.in_maintenance()) return 2;
    if (server.health() == Health::stopping) return 4;
    if (server.health() == Health::down) return 0;
    return server.draining() ? 3 : 1;
}

void append_number(std::string& to, const Value& value, bool in_seconds) {
    auto out = std::back_inserter(to);
    if (in_seconds && value.present())
        fmt::format_to(out, "{:.6f}\n", static_cast<double>(value.number) / 1000);
    else if (value.type == Value::Type::real)
        fmt::format_to(out, "{:.6f}\n", value.fraction);
    else if (value.type == Value::Type::s32)
        fmt::format_to(out, "{}\n", value.signed_number());
    else if (value.type == Value::Type::u32 || value.type == Value::Type::u64)
        fmt::format_to(out, "{}\n", value.number);
    else
        to += "NaN\n";
}

const StatField& field_of(Stat stat) { return stat_fields()[static_cast<std::size_t>(stat)]; }

/// One request for metrics: goes through the metrics, and for each through all that have it, so that the lines of a
/// metric stand together, as the format asks. Its stream keeps the generation.
class Metrics final : public stream::Applet {
  public:
    Metrics(const stream::StatsRequest& request, MetricsQuery query)
        : query_(std::move(query)),
          generation_(request.generation),
          process_(request.process),
          env_(*request.env),
          now_ms_(request.now_ms) {}

    void start(std::string_view, http::Response& response, base::Arena& arena) override {
        response.status = 200;
        response.reason = "OK";
        response.headers.add(arena, "cache-control", "no-cache");
        response.headers.add(arena, "content-type", "text/plain; version=0.0.4");
    }

    bool produce(std::string& piece) override {
        while (piece.size() < kPiece)
            if (!produce_next(piece)) return false;
        return true;
    }

  private:
    enum class Part : std::uint8_t { process, frontend, listener, backend, server, table, end };

    bool produce_next(std::string& to);
    bool next_part() {
        part_ = static_cast<Part>(static_cast<int>(part_) + 1);
        next_ = 0;
        return part_ != Part::end;
    }

    void process_metric(std::string& to, const ProcessMetric& metric);
    void proxy_metric(std::string& to, const Metric& metric, RowKind kind);
    void listeners_of(std::string& to, const Metric& metric, const model::Proxy& proxy);
    void servers_of(std::string& to, const Metric& metric, const model::Proxy& proxy);
    void table_metrics(std::string& to);
    void object(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels);
    void by_state(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels);
    void aggregated(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels);
    void begin(std::string_view prefix, std::string_view name, std::string_view help, bool counter);
    void line_start(std::string& to, std::string_view labels, std::string_view label = {}, std::string_view value = {});
    RowSource source(RowKind kind, const model::Proxy& proxy) const;
    std::string described(std::string labels, std::string_view description) const;

    MetricsQuery query_;
    const stream::Generation& generation_;
    stream::Process& process_;
    stream::Env& env_;
    std::uint64_t now_ms_;
    Part part_ = Part::process;
    std::size_t next_ = 0;     ///< metric of that part
    std::string name_, head_;  ///< of the metric in progress; the head is empty once it is told
};

/// The next metric. False: that was all.
bool Metrics::produce_next(std::string& to) {
    const auto kinds = {RowKind::frontend, RowKind::listener, RowKind::backend, RowKind::server};
    if (part_ == Part::process) {
        if (next_ == process_metrics().size()) return next_part();
        process_metric(to, process_metrics()[next_++]);
        return true;
    }
    if (part_ == Part::table) table_metrics(to);
    if (part_ >= Part::table) return next_part();
    const RowKind kind = *(kinds.begin() + (static_cast<int>(part_) - static_cast<int>(Part::frontend)));
    if (next_ == metrics_of(kind).size()) return next_part();
    proxy_metric(to, metrics_of(kind)[next_++], kind);
    return true;
}

RowSource Metrics::source(RowKind kind, const model::Proxy& proxy) const {
    RowSource s;
    s.kind = kind;
    s.proxy = &proxy;
    s.generation = &generation_;
    s.process = &process_;
    s.now_ms = now_ms_;
    return s;
}

/// HELP and TYPE come before a metric's first line, or not at all.
void Metrics::begin(std::string_view prefix, std::string_view name, std::string_view help, bool counter) {
    name_.assign(prefix).append(name);
    head_ = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help, counter ? "counter" : "gauge");
}

/// `labels`, and one more if it has a name.
void Metrics::line_start(std::string& to, std::string_view labels, std::string_view label, std::string_view value) {
    to += head_;
    head_.clear();
    to += name_;
    if (!labels.empty() || !label.empty()) {
        (to += '{') += labels;
        if (!label.empty())
            fmt::format_to(std::back_inserter(to), "{}{}=\"{}\"", labels.empty() ? "" : ",", label, value);
        to += '}';
    }
    to += ' ';
}

std::string Metrics::described(std::string labels, std::string_view description) const {
    if (query_.describe && !description.empty())
        fmt::format_to(std::back_inserter(labels), "{}desc=\"{}\"", labels.empty() ? "" : ",", description);
    return labels;
}

void Metrics::process_metric(std::string& to, const ProcessMetric& metric) {
    constexpr std::string_view kPrefix = "haproxy_process_";
    if (!(query_.scopes & MetricsQuery::kGlobal) || !query_.wants(kPrefix, metric.name)) return;
    const auto fields = info_fields();
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const InfoField& f) { return f.name == metric.field; });
    if (field == fields.end()) return;
    const Value value = field->get({process_, env_, generation_, false});
    if (!metric.label.empty() && !value.present()) return;
    begin(kPrefix, metric.name, field->description, metric.counter);
    std::string labels;
    if (!metric.label.empty()) labels = fmt::format("{}=\"{}\"", metric.label, value.text);
    line_start(to, metric.label == "desc" ? labels : described(labels, process_.description));
    append_number(to, metric.label.empty() ? value : Value::u32(1), false);
}

constexpr std::string_view kPrefixes[] = {"haproxy_frontend_", "haproxy_backend_", "haproxy_server_",
                                          "haproxy_listener_"};
constexpr std::uint32_t kScopes[] = {MetricsQuery::kFrontend, MetricsQuery::kBackend, MetricsQuery::kServer,
                                     MetricsQuery::kListener};

/// Not told of proxies in other modes.
bool is_of_http(const Metric& metric) { return metric.name.starts_with("http_") || metric.stat == Stat::intercepted; }

void Metrics::proxy_metric(std::string& to, const Metric& metric, RowKind kind) {
    const auto number = static_cast<std::size_t>(kind);
    if (!(query_.scopes & kScopes[number]) || !query_.wants(kPrefixes[number], metric.name)) return;
    begin(kPrefixes[number], metric.name, field_of(metric.stat).description, metric.counter);
    for (const auto& proxy : generation_.config->proxies) {
        if (proxy->disabled || (is_of_http(metric) && proxy->mode != model::Mode::http)) continue;
        if (kind == RowKind::listener) {
            listeners_of(to, metric, *proxy);
        } else if (kind == RowKind::server) {
            servers_of(to, metric, *proxy);
        } else {
            RowSource s = source(kind, *proxy);
            s.frontend = kind == RowKind::frontend ? generation_.frontend(*proxy) : nullptr;
            s.backend = kind == RowKind::backend ? generation_.backend(*proxy) : nullptr;
            if (!s.frontend && !s.backend) continue;
            s.traffic = s.frontend ? &s.frontend->traffic : &s.backend->traffic;
            object(to, metric, s, described(fmt::format("proxy=\"{}\"", proxy->name), proxy->description));
        }
    }
}

void Metrics::listeners_of(std::string& to, const Metric& metric, const model::Proxy& proxy) {
    if (!proxy.options.socket_stats) return;
    std::uint32_t number = 0;
    for (const auto& listener : generation_.listeners) {
        if (listener.proxy != &proxy) continue;
        ++number;
        if (!listener.state) continue;
        RowSource s = source(RowKind::listener, proxy);
        s.listener = &listener;
        s.listener_number = number;
        s.traffic = &listener.state->traffic;
        const std::string name = listener.bind->name.empty() ? "sock-" + std::to_string(number) : listener.bind->name;
        object(to, metric, s,
               described(fmt::format("proxy=\"{}\",listener=\"{}\"", proxy.name, name), proxy.description));
    }
}

void Metrics::servers_of(std::string& to, const Metric& metric, const model::Proxy& proxy) {
    const server::Backend* backend = generation_.backend(proxy);
    if (!backend) return;
    for (const auto& server : backend->servers()) {
        if ((query_.hide_maintenance && server->in_maintenance())) continue;
        RowSource s = source(RowKind::server, proxy);
        tell_server(s, *backend, *server);
        object(to, metric, s,
               described(fmt::format("proxy=\"{}\",server=\"{}\"", proxy.name, server->name()), proxy.description));
    }
}

/// The lines of one object.
void Metrics::object(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels) {
    if (metric.form == Metric::Form::codes) {
        for (std::size_t i = 0; i < std::size(kCodes); ++i) {
            const auto stat = static_cast<Stat>(static_cast<std::size_t>(Stat::hrsp_1xx) + i);
            line_start(to, labels, "code", kCodes[i]);
            append_number(to, field_of(stat).get(source.kind)(source), false);
        }
        return;
    }
    if (metric.form == Metric::Form::server_states || metric.form == Metric::Form::check_states)
        return aggregated(to, metric, source, labels);
    if (metric.form == Metric::Form::states || metric.form == Metric::Form::check_state)
        return by_state(to, metric, source, labels);
    const auto get = field_of(metric.stat).get(source.kind);
    const Value value = get ? get(source) : Value{};
    const bool of_check = metric.stat == Stat::check_code || metric.stat == Stat::check_duration;
    if (of_check && !value.present()) return;
    line_start(to, labels);
    append_number(to, value, metric.form == Metric::Form::seconds);
}

/// The state that counts has 1, all others 0.
void Metrics::by_state(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels) {
    std::span<const std::string_view> states = kUpOrDown;
    std::size_t current = 1;
    if (metric.form == Metric::Form::check_state) {
        if (!source.check.enabled || source.server->in_maintenance()) return;
        states = kCheckStates;
        const std::string_view name = server::name_of(source.check.status);
        current = static_cast<std::size_t>(std::find(states.begin(), states.end(), name) - states.begin());
    } else if (source.kind == RowKind::frontend) {
        current = !source.frontend->stopped.load() && !process_.stopping.load();
    } else if (source.kind == RowKind::backend) {
        current = source.backend->usable_servers() > 0 || !source.backend->has_servers();
    } else if (source.kind == RowKind::server) {
        states = kServerStates;
        current = state_of(*source.server);
    } else {
        states = kListenerStates;
        const std::uint32_t limit = source.listener->bind->max_connections;
        current = limit && source.listener->state->connections.get() >= limit ? 2 : 1;
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        line_start(to, labels, "state", states[i]);
        to += i == current ? "1\n" : "0\n";
    }
}

/// How many of a backend's servers are in each state.
void Metrics::aggregated(std::string& to, const Metric& metric, const RowSource& source, std::string_view labels) {
    const bool checks = metric.form == Metric::Form::check_states;
    const auto states =
        checks ? std::span<const std::string_view>(kCheckStates) : std::span<const std::string_view>(kServerStates);
    std::array<std::uint32_t, std::size(kCheckStates) + 1> counts{};
    for (const auto& server : source.backend->servers()) {
        if (!checks) {
            ++counts[state_of(*server)];
            continue;
        }
        const server::CheckReport report = server->check();
        if (!report.enabled || server->in_maintenance()) continue;
        const auto found = std::find(states.begin(), states.end(), server::name_of(report.status));
        ++counts[static_cast<std::size_t>(found - states.begin())];
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        line_start(to, labels, "state", states[i]);
        fmt::format_to(std::back_inserter(to), "{}\n", counts[i]);
    }
}

void Metrics::table_metrics(std::string& to) {
    constexpr std::string_view kPrefix = "haproxy_sticktable_";
    if (!(query_.scopes & MetricsQuery::kTable)) return;
    const auto all = [&](std::string_view name, std::string_view help, auto number) {
        if (!query_.wants(kPrefix, name)) return;
        begin(kPrefix, name, help, false);
        for (const auto& table : generation_.objects.tables) {
            if (!table) continue;
            line_start(to, fmt::format("name=\"{}\",type=\"{}\"", table->name(), model::name_of(table->key_type())));
            fmt::format_to(std::back_inserter(to), "{}\n", number(*table));
        }
    };
    all("size", "Entries that the table can hold", [](const auto& table) { return table.size(); });
    all("used", "Entries in use", [](const auto& table) { return table.used(); });
}

}  // namespace

std::unique_ptr<stream::Applet> make_metrics_applet(const stream::StatsRequest& request) {
    auto query = parse_metrics_query(request.request.query());
    if (!query) return nullptr;
    return std::make_unique<Metrics>(request, std::move(*query));
}

}  // namespace cfgproxy::control
