#include "server/stick_counters.h"

#include <netinet/in.h>

#include <cstring>

namespace cfgproxy::server {

using model::StickData;
using model::StickKey;
using sample::Type;

void StickCounters::track(std::uint32_t number, StickTable& table, StickEntry& entry, bool of_backend) {
    auto* counter = new StickCounter;
    counter->number = number;
    counter->of_backend = of_backend;
    counter->table = table.shared_from_this();
    counter->entry = &entry;
    counter->next = first_;
    first_ = counter;
    table.add(entry, StickData::conn_cur);
    table.count_events(entry, StickData::conn_cnt, StickData::conn_rate, 1);
}

void StickCounters::release() {
    while (first_) {
        StickCounter* counter = first_;
        first_ = counter->next;
        StickTable& table = *counter->table;
        if (table.stores(StickData::conn_cur)) {
            table.subtract_one(*counter->entry, StickData::conn_cur);
            table.touch_and_release(*counter->entry);
        } else {
            table.release(*counter->entry);
        }
        delete counter;
    }
}

void count(StickTable& table, StickEntry& entry, StickData counter, StickData rate, std::uint64_t n) {
    if (table.count_events(entry, counter, rate, n)) table.touch(entry);
}

void count_all(const StickCounters& stream, const StickCounters* session, StickData counter, StickData rate,
               std::uint64_t n) {
    for (const StickCounter* c = stream.first(); c; c = c->next) count(*c->table, *c->entry, counter, rate, n);
    if (!session) return;
    for (const StickCounter* c = session->first(); c; c = c->next)
        if (!stream.find(c->number)) count(*c->table, *c->entry, counter, rate, n);
}

StickCellName purpose_counter(const StickTable& table, std::uint32_t index) {
    if (index == 0 && table.stores(StickData::gpc0)) return {StickData::gpc0, 0};
    if (index == 1 && table.stores(StickData::gpc1)) return {StickData::gpc1, 0};
    return {StickData::gpc, index};
}

StickCellName purpose_rate(const StickTable& table, std::uint32_t index) {
    if (index == 0 && table.stores(StickData::gpc0_rate)) return {StickData::gpc0_rate, 0};
    if (index == 1 && table.stores(StickData::gpc1_rate)) return {StickData::gpc1_rate, 0};
    return {StickData::gpc_rate, index};
}

StickCellName purpose_tag(const StickTable& table, std::uint32_t index) {
    if (index == 0 && table.stores(StickData::gpt0)) return {StickData::gpt0, 0};
    return {StickData::gpt, index};
}

std::uint64_t increment_purpose(StickTable& table, StickEntry& entry, std::uint32_t index, bool array_only,
                                std::uint64_t n) {
    const StickCellName counter = array_only ? StickCellName{StickData::gpc, index} : purpose_counter(table, index);
    const StickCellName rate = array_only ? StickCellName{StickData::gpc_rate, index} : purpose_rate(table, index);
    const bool keeps_count = counter.index < table.count(counter.data),
               keeps_rate = rate.index < table.count(rate.data);
    std::uint64_t value = 0;
    if (keeps_rate) value = table.add(entry, rate.data, n, rate.index);
    if (keeps_count) value = table.add(entry, counter.data, n, counter.index);
    if (keeps_count || keeps_rate) table.touch(entry);
    return value;
}

Type type_of_key(StickKey key) {
    switch (key) {
        case StickKey::integer:
            return Type::sint;
        case StickKey::ip:
            return Type::ipv4;
        case StickKey::ipv6:
            return Type::ipv6;
        case StickKey::string:
            return Type::str;
        default:
            return Type::bin;
    }
}

bool make_stick_key(const StickTable& table, sample::Value value, base::Arena& arena, std::string_view& key) {
    if (!sample::cast(value, type_of_key(table.key_type()), arena)) return false;
    const std::uint32_t length = table.key_length();
    char* bytes = nullptr;
    switch (table.key_type()) {
        case StickKey::integer: {
            const auto number = static_cast<std::uint32_t>(value.number);
            bytes = arena.bytes(sizeof number);
            std::memcpy(bytes, &number, sizeof number);
            break;
        }
        case StickKey::ip:
            bytes = arena.bytes(4);
            std::memcpy(bytes, &reinterpret_cast<const sockaddr_in*>(value.ip.raw())->sin_addr, 4);
            break;
        case StickKey::ipv6:
            bytes = arena.bytes(16);
            std::memcpy(bytes, &reinterpret_cast<const sockaddr_in6*>(value.ip.raw())->sin6_addr, 16);
            break;
        case StickKey::string:
            key = value.text.substr(0, length);
            key = key.substr(0, key.find('\0'));
            return true;
        case StickKey::binary:
            key = value.text.substr(0, length);
            if (key.size() == length) return true;
            bytes = arena.bytes(length);
            std::memset(bytes, 0, length);
            if (!key.empty()) std::memcpy(bytes, key.data(), key.size());
            break;
    }
    key = {bytes, length};
    return true;
}

sample::Value stick_key_value(const StickTable& table, std::string_view key, base::Arena& arena) {
    sample::Value value;
    switch (table.key_type()) {
        case StickKey::integer: {
            std::uint32_t number = 0;
            std::memcpy(&number, key.data(), sizeof number);
            value.set_int(number);
            break;
        }
        case StickKey::ip: {
            in_addr ip{};
            std::memcpy(&ip, key.data(), sizeof ip);
            value.set_ip(net::Address::from_v4(ip));
            break;
        }
        case StickKey::ipv6: {
            in6_addr ip{};
            std::memcpy(&ip, key.data(), sizeof ip);
            value.set_ip(net::Address::from_v6(ip));
            break;
        }
        case StickKey::string:
            value.set_text(arena.copy(key));
            break;
        case StickKey::binary:
            value.set_bytes(arena.copy(key));
            break;
    }
    return value;
}

}  // namespace cfgproxy::server
