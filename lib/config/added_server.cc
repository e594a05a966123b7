#include "config/added_server.h"

#include <vector>

#include "config/finalize.h"
#include "config/reader.h"
#include "model/server_path.h"

namespace cfgproxy::config {

/// Reads one statement of a section that is not in a file: into a configuration that holds just what words of servers
/// look at or note down, and that is thrown away afterwards.
class LineReader {
  public:
    LineReader(const model::Config& running, const model::Proxy& proxy, base::Diagnostics& diagnostics)
        : environment_(Environment::of_process()), parser_(desk_, diagnostics, environment_, unresolved_, era_) {
        desk_.global = running.global;
        desk_.guids = running.guids;
        desk_.network_namespaces = running.network_namespaces;
        section_.name = proxy.name;
        section_.mode = proxy.mode;
        section_.capabilities = proxy.capabilities;
        parser_.proxy_ = &section_;
        parser_.inherited_ = &section_;
        parser_.section_ = kInBackend;
        parser_.at_run_time = true;
    }

    std::unique_ptr<model::Server> server(std::span<const std::string_view> texts) {
        static const std::string kFile = "CLI";
        std::vector<Word> words{{.text = "server", .place = {.file = &kFile}, .quoted = false}};
        for (const std::string_view text : texts)
            words.push_back({.text = text, .place = {.file = &kFile}, .quoted = false});
        std::vector<std::string_view> plain;
        for (const Word& word : words) plain.push_back(word.text);
        const Found found = find_keyword(plain, kInBackend);
        parser_.keyword_ = found.row;
        parser_.words_ = words;
        parser_.args_ = parser_.words_.subspan(found.words);
        parser_.place_ = words[0].place;
        parser_.run(*found.row);
        if (section_.servers.empty()) return nullptr;
        return std::move(section_.servers.front());
    }

  private:
    model::Config desk_;
    model::Proxy section_;
    Environment environment_;
    Unresolved unresolved_;
    Era era_;
    Parser parser_;
};

namespace {

void settle(Reporting& reporting, const model::Config& config, const model::Proxy& proxy, model::Server& server) {
    settle_limits(config.global, server);
    settle_own_check(reporting, config, proxy, server);
    if (!goes_with_tracking(reporting, proxy, server)) return;
    Followed followed;
    if (!server.track.empty()) check_tracked(reporting, config, proxy, server, followed);
    settle_sni(config, proxy, server);
    prepare_tls(reporting, config, proxy, server);
    if (!server.cookie.empty() && proxy.mode != model::Mode::http)
        reporting.warning(server.place, "Ignoring cookie as HTTP mode is disabled.");
}

/// The texts without what a file's messages begin with, which names a line.
std::string told(const base::Diagnostics& diagnostics, const std::string& server) {
    std::string all;
    for (const base::Diagnostic& each : diagnostics.list()) {
        std::string_view text = each.text;
        const std::string place = "[CLI:0] : '" + server + "' : ";
        if (text.starts_with(place)) text.remove_prefix(place.size());
        all.append(text).append("\n");
    }
    return all;
}

}  // namespace

AddedServer read_added_server(const model::Config& config, const model::Proxy& proxy,
                              std::span<const std::string_view> words,
                              const std::function<bool(std::string_view, std::string_view)>& is_added) {
    base::Diagnostics diagnostics;
    const std::string title = "server " + proxy.name + "/" + std::string(words.empty() ? std::string_view{} : words[0]);
    auto server = LineReader(config, proxy, diagnostics).server(words);
    const auto refused = [&] { return diagnostics.alerts() > 0 || diagnostics.pendings() > 0; };
    if (!server || refused()) return {nullptr, told(diagnostics, title)};
    server->proxy = &proxy;
    const model::ServerPath tracked(server->track);
    const std::string_view backend = tracked.backend.value_or(proxy.name);
    if (!server->track.empty() && is_added(backend, tracked.server))
        return {nullptr, "unable to use " + std::string(backend) + "/" + std::string(tracked.server) +
                             " for tracking as it is a dynamic server.\n"};
    Reporting reporting{diagnostics};
    settle(reporting, config, proxy, *server);
    if (refused()) server = nullptr;
    return {std::move(server), told(diagnostics, title)};
}

std::vector<std::string_view> added_server_options() {
    std::vector<std::string_view> names;
    for (const ServerOption* row : base::Table<ServerOption>::all())
        if (row->at_run_time && row->support != Support::pending) names.push_back(row->name);
    return names;
}

}  // namespace cfgproxy::config
