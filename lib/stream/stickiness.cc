#include <netinet/in.h>

#include "base/text.h"
#include "stream/steps.h"

// Which server a stream shall go to before any balancing: use-server, stick tables (manual 4.2).

namespace cfgproxy::stream {
namespace {

using model::StickData;

// As many entries as HAProxy stores for one stream.
constexpr int kMostStores = 8;

bool applies(const Stream& s, const std::unique_ptr<sample::Condition>& when) {
    return !when || when->test(s.context) == sample::Found::yes;
}

server::StickTable* table_of(Stream& s, const model::StickRule& rule) {
    return s.pinned.generation->objects.tables[rule.table->index].get();
}

bool key_of(Stream& s, const model::StickRule& rule, const server::StickTable& table, std::string_view& key) {
    sample::Value value;
    return rule.key->evaluate(s.context, value) == sample::Found::yes &&
           server::make_stick_key(table, value, s.arena, key);
}

std::string address_key(const model::Server& server) { return server.endpoint.ip.text(); }

/// The server that an entry names: by what `srvkey` says, or by its number.
std::shared_ptr<server::Server> server_of(const Stream& s, const server::StickTable& table,
                                          const server::StickEntry& entry, bool by_address) {
    const std::string_view text = table.read_text(entry, StickData::server_key);
    if (!text.empty() && !by_address) {
        if (auto found = s.be->find(text)) return found;
    } else if (!text.empty()) {
        for (auto& server : s.be->servers())
            if (address_key(server->config()) == text) return server;
    }
    return s.be->find(static_cast<std::uint32_t>(table.read(entry, StickData::server_id).value_or(0)));
}

void follow_entry(Stream& s, const server::StickTable& table, const server::StickEntry& entry, bool by_address) {
    const auto wanted = server_of(s, table, entry, by_address);
    if (wanted && (wanted->running() || s.backend->options.persist || s.force_persist)) s.persistent = wanted.get();
}

/// Notes an entry to be stored once the server is known. `from`: rules since this count may not name a table twice.
void store_later(Stream& s, server::StickTable& table, std::string_view key, bool of_response) {
    int count = 0;
    for (const StickStore* store = s.stores; store; store = store->next) ++count;
    if (count >= kMostStores) return;
    auto* store = s.arena.make<StickStore>();
    store->table = &table;
    store->key = s.arena.copy(key);
    store->of_response = of_response;
    store->next = s.stores;
    s.stores = store;
}

bool is_stored(const Stream& s, const server::StickTable& table, bool of_response) {
    for (const StickStore* store = s.stores; store; store = store->next)
        if (store->table == &table && store->of_response == of_response) return true;
    return false;
}

/// An RDP cookie of the form "IP.PORT.0000", both as numbers of the network's byte order, names a server by its
/// address.
server::Server* server_of_rdp_cookie(Stream& s, std::string_view text) {
    std::uint64_t numbers[2] = {};
    for (std::uint64_t& number : numbers) {
        const std::size_t dot = text.find('.');
        if (dot == text.npos) return nullptr;
        const auto read = base::parse_uint(text.substr(0, dot));
        if (!read) return nullptr;
        number = *read;
        text.remove_prefix(dot + 1);
    }
    if (text != "0000" || numbers[0] > 0xffffffff || numbers[1] > 0xffff) return nullptr;
    in_addr ip;
    ip.s_addr = static_cast<in_addr_t>(numbers[0]);
    net::Address wanted = net::Address::from_v4(ip);
    wanted.set_port(ntohs(static_cast<std::uint16_t>(numbers[1])));
    for (const auto& server : s.be->servers())
        if (server->address() == wanted) return server.get();
    return nullptr;
}

void run_rdp_cookie(Stream& s) {
    sample::Value cookie;
    if (s.persistent || !s.backend->persist_rdp_cookie ||
        s.backend->persist_rdp_cookie->evaluate(s.context, cookie) != sample::Found::yes)
        return;
    server::Server* wanted = server_of_rdp_cookie(s, cookie.text);
    if (wanted && (wanted->running() || s.backend->options.persist)) s.persistent = wanted;
}

void run_use_server(Stream& s) {
    for (const model::UseServer& rule : s.backend->use_servers) {
        if (s.persistent) return;
        if (!applies(s, rule.when) || !rule.server) continue;
        server::Server* wanted = s.be->state_of(*rule.server);
        if (wanted && (wanted->running() || s.backend->options.persist || s.force_persist)) s.persistent = wanted;
    }
}

}  // namespace

void apply_persist_rules(Stream& s) {
    for (const model::PersistRule& rule : s.backend->persist_rules) {
        if (!applies(s, rule.when)) continue;
        (rule.force ? s.force_persist : s.ignore_persist) = true;
        return;  // the first that applies counts
    }
}

void choose_persistent(Stream& s) {
    run_use_server(s);
    run_rdp_cookie(s);
    for (const model::StickRule& rule : s.backend->stick_requests) {
        server::StickTable& table = *table_of(s, rule);
        if (rule.store && is_stored(s, table, false)) continue;  // the first one of a table counts
        std::string_view key;
        if (!applies(s, rule.when) || !key_of(s, rule, table, key)) continue;
        if (rule.match) {
            if (server::StickEntry* entry = table.find(key)) {
                if (!s.persistent) follow_entry(s, table, *entry, rule.table->server_key_is_address);
                table.touch_and_release(*entry);
            }
        }
        if (rule.store) store_later(s, table, key, false);
    }
}

void store_stickiness(Stream& s) {
    for (const model::StickRule& rule : s.backend->stick_responses) {
        server::StickTable& table = *table_of(s, rule);
        std::string_view key;
        if (is_stored(s, table, true) || !applies(s, rule.when) || !key_of(s, rule, table, key)) continue;
        store_later(s, table, key, true);
    }
    const StickStore* store = s.stores;
    s.stores = nullptr;
    if (!s.server_config || s.server_config->non_stick) return;
    // Noted last stands first here, but a table's response entry and request entry must both end up with the server.
    for (; store; store = store->next) {
        server::StickTable& table = *store->table;
        server::StickEntry* entry = table.get(store->key);
        if (!entry) continue;
        table.write(*entry, StickData::server_id, s.server_config->id);
        table.write_text(*entry, StickData::server_key,
                         table.key_is_address() ? std::string_view(address_key(*s.server_config))
                                                : std::string_view(s.server_config->name));
        table.touch_and_release(*entry);
    }
}

}  // namespace cfgproxy::stream
