#include "peers/shared_table.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "server/clock.h"

namespace cfgproxy::peers {
namespace {

using model::StickCell;
using model::StickData;
using model::StickKey;
using server::StickEntry;
using server::StickRate;
using server::StickTable;

constexpr std::uint32_t kHalfOfNumbers = 1u << 31;
constexpr std::uint64_t kKeyTypes = 8;

std::uint32_t now32() { return static_cast<std::uint32_t>(server::Clock::now_ms()); }

/// What the protocol calls types of keys.
std::uint64_t wire_type(StickKey key) {
    constexpr std::uint8_t kTypes[] = {2, 4, 5, 6, 7};  // by StickKey
    return kTypes[static_cast<std::size_t>(key)];
}

/// Strings are counted with an end mark.
std::uint64_t wire_length(const StickTable& table) {
    return table.key_length() + (table.key_type() == StickKey::string ? 1 : 0);
}

/// Counts what happens here now: others are told, but do not learn it.
bool counts_here_only(StickData data) { return data == StickData::conn_cur; }

/// Has a meaning of its own, no sum that others go on adding to: what write-to hands on.
bool is_as_is(StickData data) {
    return data == StickData::server_id || data == StickData::gpt0 || data == StickData::gpt ||
           data == StickData::server_key;
}

bool is_rate(StickData data) { return type_of(data).cell == StickCell::rate; }

/// Calls `visit` for each kind of data in the order of the protocol.
template <class Visit>
void for_each_data(Visit visit) {
    for (std::size_t i = 0; i < model::kStickDataTypes; ++i) visit(static_cast<StickData>(i));
}

void append_text(std::string& to, std::string_view text, SentTexts& texts) {
    if (text.empty()) return append_integer(to, 0);
    bool is_known = false;
    std::string field;
    append_integer(field, texts.number_of(text, is_known));
    if (!is_known) {
        append_integer(field, text.size());
        field += text;
    }
    append_integer(to, field.size());
    to += field;
}

/// One value of an update.
struct Cell {
    StickData data;
    std::uint32_t index = 0;
    std::uint64_t number = 0;
    StickRate rate;
    std::string_view text;
};

bool read_text(FieldReader& reader, ReceivedTexts& texts, std::string_view& text) {
    const std::uint64_t size = reader.integer();
    FieldReader field(reader.bytes(size));
    if (!reader.good()) return false;
    if (size == 0) return true;
    const std::uint64_t number = field.integer();
    if (!field.good() || !ReceivedTexts::is_number(number)) return false;
    if (!field.empty()) {
        const std::string_view told = field.bytes(field.integer());
        if (!field.good()) return false;
        texts.set(number, told.substr(0, told.find('\0')));
    }
    text = texts.at(static_cast<std::size_t>(number - 1));
    return true;
}

bool read_cell(FieldReader& reader, ReceivedTexts& texts, Cell& cell) {
    switch (type_of(cell.data).cell) {
        case StickCell::text:
            return read_text(reader, texts, cell.text);
        case StickCell::rate:
            cell.rate.began = now32() - static_cast<std::uint32_t>(reader.integer());
            cell.rate.current = static_cast<std::uint32_t>(reader.integer());
            cell.rate.previous = static_cast<std::uint32_t>(reader.integer());
            return reader.good();
        default:
            cell.number = reader.integer();
            return reader.good();
    }
}

void write_cell(StickTable& table, StickEntry& entry, const Cell& cell) {
    switch (type_of(cell.data).cell) {
        case StickCell::text:
            if (!cell.text.empty()) table.write_text(entry, cell.data, cell.text);
            break;
        case StickCell::rate:
            table.write_rate(entry, cell.data, cell.rate, cell.index);
            break;
        default:
            table.write(entry, cell.data, cell.number, cell.index);
    }
}

/// `texts` may change while cells are read: their texts are written as soon as all cells are.
void enter(StickTable& table, std::string_view key, const std::vector<Cell>& cells, std::uint32_t left_ms,
           bool (*takes)(StickData)) {
    StickEntry* entry = table.get(key);
    if (!entry) return;
    for (const Cell& cell : cells)
        if (takes(cell.data)) write_cell(table, *entry, cell);
    table.touch_remote_and_release(*entry, left_ms);
}

}  // namespace

std::uint32_t shard_of_key(std::string_view key, std::uint64_t seed, std::uint32_t shards) {
    return shards == 0 ? 0 : static_cast<std::uint32_t>(base::hash_xxh64(key, seed) % shards) + 1;
}

// --- what is told ------------------------------------------------------------------------------------------------

void SharedTable::restart() {
    last_get = last_acked = 0;
    // An acknowledged number that lies ahead is so old that numbers have wrapped since: nothing can be told of it.
    const std::uint32_t local = table().last_local_update();
    if (static_cast<std::int32_t>(local - update) < 0) update = local + kHalfOfNumbers;
    teaching_origin = last_pushed = update;
    flags = 0;
}

std::optional<StickTable::Update> SharedTable::next_news() {
    const std::uint32_t local = table().last_local_update();
    auto update = table().update_from(last_pushed + 1);
    if (!update) {
        update = table().update_from(0);
        if (update && update->id == last_pushed) update.reset();
    }
    // Farther away than the last local one: that was taught by others.
    if (update && update->id - last_pushed > local - last_pushed) update.reset();
    if (!update) last_pushed = local;
    return update;
}

std::optional<StickTable::Update> SharedTable::next_of_lesson() {
    if (!(flags & kStage1)) {
        if (last_pushed != ~0u)
            if (auto update = table().update_from(last_pushed + 1)) return update;
        flags |= kStage1;
        if (auto first = table().update_from(0)) last_pushed = first->id - 1;
    }
    if (flags & kStage2) return {};
    auto update = table().update_from(last_pushed + 1);
    if (update && update->id <= teaching_origin) return update;
    flags |= kStage2;
    return {};
}

std::string SharedTable::definition() const {
    const StickTable& table = *shared->table;
    std::string content, parameters;
    append_integer(content, shared->local_id);
    append_integer(content, shared->wire_name.size());
    content += shared->wire_name;
    append_integer(content, wire_type(table.key_type()));
    append_integer(content, wire_length(table));
    std::uint64_t types = 0;
    for_each_data([&](StickData data) {
        if (!table.stores(data)) return;
        types |= 1ull << static_cast<unsigned>(data);
        if (!type_of(data).is_array && !is_rate(data)) return;
        append_integer(parameters, static_cast<std::uint64_t>(data));
        if (type_of(data).is_array) append_integer(parameters, table.count(data));
        if (is_rate(data)) append_integer(parameters, table.period(data));
    });
    append_integer(content, types);
    append_integer(content, table.expire_ms());
    return content + parameters;
}

std::string SharedTable::update_of(const StickEntry& entry, const std::uint32_t* number, bool timed,
                                   SentTexts& texts) const {
    const StickTable& table = *shared->table;
    std::string content;
    if (number) append_word(content, *number);
    if (timed) append_word(content, static_cast<std::uint32_t>(table.expires_in_ms(entry)));
    if (table.key_type() == StickKey::string) append_integer(content, entry.key().size());
    if (table.key_type() == StickKey::integer) {
        std::uint32_t key = 0;
        std::memcpy(&key, entry.key().data(), sizeof key);
        append_word(content, key);
    } else {
        content += entry.key();
    }
    const std::uint32_t now = now32();
    for_each_data([&](StickData data) {
        for (std::uint32_t index = 0; index < table.count(data); ++index) {
            if (type_of(data).cell == StickCell::text) {
                append_text(content, table.read_text(entry, data), texts);
            } else if (is_rate(data)) {
                const StickRate rate = table.read_rate(entry, data, index).value_or(StickRate{});
                append_integer(content, now - rate.began);
                append_integer(content, rate.current);
                append_integer(content, rate.previous);
            } else {
                append_integer(content, table.read(entry, data, index).value_or(0));
            }
        }
    });
    return content;
}

// --- what is learned ---------------------------------------------------------------------------------------------

bool SharedTable::take_definition(FieldReader& reader, std::int32_t id, bool& malformed) {
    malformed = false;
    const std::uint64_t type = reader.integer();
    if (reader.good() && type >= kKeyTypes) return false;
    const std::uint64_t length = reader.integer(), types = reader.integer();
    malformed = !reader.good();
    if (malformed || type != wire_type(table().key_type()) || length != wire_length(table())) return false;
    // Before 2.0 there were neither the expiry nor what follows it.
    const bool has_parameters = (reader.integer(), reader.good());
    std::array<std::uint32_t, model::kStickDataTypes> counts{};
    bool fits = true;
    for_each_data([&](StickData data) {
        if (!(types >> static_cast<unsigned>(data) & 1)) return;
        auto& count = counts[static_cast<std::size_t>(data)];
        count = 1;
        const bool is_array = type_of(data).is_array;
        if (!has_parameters) fits = fits && !is_array;
        if (!has_parameters || (!is_array && !is_rate(data))) return;
        fits = fits && reader.integer() == static_cast<std::uint64_t>(data);
        if (is_array) count = static_cast<std::uint32_t>(reader.integer());
        if (is_rate(data)) reader.integer();
        fits = fits && reader.good();
    });
    if (!fits) return false;
    remote_data = types;
    remote_counts = counts;
    remote_id = id;
    return true;
}

bool SharedTable::read_key(FieldReader& reader, std::string& key) const {
    switch (table().key_type()) {
        case StickKey::string: {
            const std::string_view text = reader.bytes(reader.integer());
            key = text.substr(0, table().key_length());
            key.resize(std::min(key.size(), key.find('\0')));
            break;
        }
        case StickKey::integer: {
            const std::uint32_t number = reader.word();
            key.assign(reinterpret_cast<const char*>(&number), sizeof number);
            break;
        }
        default:
            key = reader.bytes(table().key_length());
    }
    return reader.good();
}

bool SharedTable::take_update(FieldReader& reader, TableType type, bool learning, ReceivedTexts& texts) {
    std::uint32_t number = last_get + 1;
    if (type == kUpdate || type == kTimedUpdate) number = reader.word();
    if (!reader.good()) return false;
    if (!learning) last_get = number;
    std::uint32_t left_ms = table().expire_ms();
    if (type == kTimedUpdate || type == kTimedIncrementalUpdate) left_ms = std::min(left_ms, reader.word());
    std::string key;
    if (!read_key(reader, key)) return false;

    std::vector<Cell> cells;
    std::vector<std::string> kept;  // texts, which a later one may push out of the dictionary
    kept.reserve(model::kStickDataTypes);
    bool good = true;
    for_each_data([&](StickData data) {
        if (!(remote_data >> static_cast<unsigned>(data) & 1)) return;
        const std::uint32_t count = remote_counts[static_cast<std::size_t>(data)];
        for (std::uint32_t index = 0; good && index < count; ++index) {
            Cell cell{.data = data, .index = index, .number = 0, .rate = {}, .text = {}};
            good = read_cell(reader, texts, cell);
            if (!cell.text.empty()) cell.text = kept.emplace_back(cell.text);
            if (index < table().count(data) || shared->write_to) cells.push_back(cell);
        }
    });
    if (!good) return false;
    if (shared->receive_only)
        enter(table(), key, cells, left_ms, [](StickData) { return true; });
    else
        enter(table(), key, cells, left_ms, [](StickData data) { return !counts_here_only(data); });
    if (shared->write_to) enter(*shared->write_to, key, cells, left_ms, is_as_is);
    return true;
}

}  // namespace cfgproxy::peers
