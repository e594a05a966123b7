// Commands about stick tables: show table, set table, clear table (management.txt 9.3).
#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "control/cli_find.h"
#include "peers/shared_table.h"
#include "server/stick_table.h"

namespace cfgproxy::control {
namespace {

using model::StickCell;
using model::StickData;
using model::StickKey;
using server::StickEntry;
using server::StickTable;

constexpr std::size_t kPiece = 10000;
constexpr std::size_t kMostFilters = 4;

enum class Operator : std::uint8_t { eq, ne, le, ge, lt, gt };

struct Filter {
    StickData data;
    std::uint32_t index;  ///< of a cell of an array
    Operator op;
    std::int64_t value;

    bool accepts(std::int64_t number) const {
        switch (op) {
            case Operator::eq:
                return number == value;
            case Operator::ne:
                return number != value;
            case Operator::le:
                return number <= value;
            case Operator::ge:
                return number >= value;
            case Operator::lt:
                return number < value;
            default:
                return number > value;
        }
    }
};

bool find_operator(std::string_view word, Operator& op) {
    constexpr std::string_view kNames[] = {"eq", "ne", "le", "ge", "lt", "gt"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
        if (kNames[i] != word) continue;
        op = static_cast<Operator>(i);
        return true;
    }
    return false;
}

/// "gpc0"; of arrays the first cell, or by its number "gpc[3]".
bool find_data(std::string_view name, StickData& data, std::uint32_t& index) {
    index = 0;
    const auto bracket = name.find('[');
    if (bracket == name.npos) return model::find_stick_data(name, data);
    if (!name.ends_with(']') || !model::find_stick_data(name.substr(0, bracket), data)) return false;
    const auto number = base::parse_uint(name.substr(bracket + 1, name.size() - bracket - 2));
    index = static_cast<std::uint32_t>(std::min<std::uint64_t>(number.value_or(0), ~0u));
    return number && type_of(data).is_array;
}

void append_head(std::string& to, StickTable& table) {
    table.expire();
    fmt::format_to(std::back_inserter(to), "# table: {}, type: {}, size:{}, used:{}\n", table.name(),
                   name_of(table.key_type()), table.size(), table.used());
}

/// Text with what is not visible, blanks and '=' escaped.
void append_escaped(std::string& to, std::string_view text) {
    for (const char c : text) {
        constexpr std::string_view kSpecial = "\t\n\r\033\\ =", kShown = "tnre\\ =";
        if (const auto at = kSpecial.find(c); at != kSpecial.npos)
            (to += '\\') += kShown[at];
        else if (c > 32 && c < 127)
            to += c;
        else
            fmt::format_to(std::back_inserter(to), "\\x{:02X}", static_cast<unsigned char>(c));
    }
}

void append_key(std::string& to, const StickTable& table, std::string_view key) {
    char text[INET6_ADDRSTRLEN];
    switch (table.key_type()) {
        case StickKey::integer: {
            std::uint32_t number;
            std::memcpy(&number, key.data(), sizeof number);
            base::append_uint(to, number);
            break;
        }
        case StickKey::ip:
        case StickKey::ipv6:
            to += inet_ntop(table.key_type() == StickKey::ip ? AF_INET : AF_INET6, key.data(), text, sizeof text);
            break;
        case StickKey::string:
            append_escaped(to, key);
            break;
        case StickKey::binary:
            for (const char c : key) fmt::format_to(std::back_inserter(to), "{:02X}", static_cast<unsigned char>(c));
            break;
    }
}

void append_cell(std::string& to, const StickTable& table, const StickEntry& entry, StickData data,
                 std::uint32_t index) {
    const auto& type = type_of(data);
    std::string_view name = type.name, rest;
    if (type.is_array) {  // the number stands before the first '_': gpc3_rate
        const auto bar = std::min(name.find('_'), name.size());
        rest = name.substr(bar);
        name = name.substr(0, bar);
    }
    (to += ' ') += name;
    if (type.is_array) base::append_uint(to, index);
    to += rest;
    if (type.cell == StickCell::rate) fmt::format_to(std::back_inserter(to), "({})", table.period(data));
    to += '=';
    if (type.cell == StickCell::text) {
        const auto text = table.read_text(entry, data);
        to += text.empty() ? std::string_view("-") : text;
        return;
    }
    const auto value = table.read(entry, data, index).value_or(0);
    if (type.cell == StickCell::signed_number)
        fmt::format_to(std::back_inserter(to), "{}", static_cast<std::int64_t>(value));
    else
        base::append_uint(to, value);
}

constexpr base::Release kTellsShard{2, 7};

/// How entries of a table are shown.
struct Style {
    base::Release era;
    std::uint32_t shards = 0;  ///< of the peers section that shares the table

    Style(const model::Config& config, const StickTable& table) : era(config.era) {
        const model::StickTable* line = config.find_table(table.name());
        for (const auto& peers : config.peers)
            if (line && peers->name == line->peers) shards = peers->shards;
    }
};

/// `entry` is held by the caller, which does not count as a use.
void append_entry(std::string& to, const StickTable& table, const StickEntry& entry, const Style& style) {
    fmt::format_to(std::back_inserter(to), "{}: key=", fmt::ptr(&entry));
    append_key(to, table, entry.key());
    fmt::format_to(std::back_inserter(to), " use={} exp={}", table.holders(entry) - 1, table.expires_in_ms(entry));
    if (style.era >= kTellsShard)
        fmt::format_to(std::back_inserter(to), " shard={}",
                       peers::shard_of_key(entry.key(), base::hash_xxh64(table.name(), 0), style.shards));
    for (std::size_t i = 0; i < model::kStickDataTypes; ++i)
        for (std::uint32_t index = 0; index < table.count(static_cast<StickData>(i)); ++index)
            append_cell(to, table, entry, static_cast<StickData>(i), index);
    to += '\n';
}

bool passes(const StickTable& table, const StickEntry& entry, const std::vector<Filter>& filters) {
    for (const Filter& filter : filters) {
        if (filter.index >= table.count(filter.data)) return false;
        const auto value = table.read(entry, filter.data, filter.index).value_or(0);
        if (!filter.accepts(static_cast<std::int64_t>(value))) return false;
    }
    return true;
}

/// Since 3.0 HAProxy keeps a table in so many parts, by a hash of the key that begins with one of the table's name, and
/// shows one part after the other.
constexpr base::Release kInParts{3, 0};
constexpr std::uint32_t kParts = 64;

void order_by_part(const StickTable& table, std::vector<std::string>& keys) {
    const auto seed = static_cast<std::uint32_t>(base::hash_xxh64(table.name(), 0));
    const auto part = [&](const std::string& key) { return base::hash_xxh32(key, seed) % kParts; };
    std::stable_sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return part(a) < part(b); });
}

/// A table's entries in HAProxy's order. Entries may come and go meanwhile.
class EntryOutput final : public Output {
  public:
    EntryOutput(std::shared_ptr<StickTable> table, std::vector<Filter> filters, const Style& style)
        : table_(std::move(table)), filters_(std::move(filters)), keys_(table_->keys()), style_(style) {
        if (style.era >= kInParts) order_by_part(*table_, keys_);
    }

    bool produce(std::string& to) override {
        const std::size_t stop = to.size() + kPiece;
        for (; next_ < keys_.size() && to.size() < stop; ++next_) {
            StickEntry* entry = table_->find(keys_[next_]);
            if (!entry) continue;
            if (passes(*table_, *entry, filters_)) append_entry(to, *table_, *entry, style_);
            table_->release(*entry);
        }
        return next_ < keys_.size();
    }

  private:
    std::shared_ptr<StickTable> table_;
    std::vector<Filter> filters_;
    std::vector<std::string> keys_;
    Style style_;
    std::size_t next_ = 0;
};

enum class Doing : std::uint8_t { show, clear, set };

/// One call of one of the three.
class TableCommand {
  public:
    TableCommand(CliCall& call, Doing doing) : call_(call), doing_(doing) {}

    void run() {
        if (call_.argument(0).empty()) return doing_ == Doing::show ? show_all() : complain_about_arguments();
        for (const auto& table : call_.generation->objects.tables)
            if (table->name() == call_.argument(0)) table_ = table;
        if (!table_) return call_.error("No such table\n");
        const std::string_view what = call_.argument(1);
        if (what == "key") return run_key();
        if (what == "ptr") return run_address();
        if (what.starts_with("data.")) return run_filter();
        if (!what.empty() || doing_ == Doing::set) return complain_about_arguments();
        run_entries({});
    }

  private:
    void complain_about_arguments() {
        switch (doing_) {
            case Doing::show:
                return call_.error(
                    "Optional argument only supports \"data.<store_data_type>\" <operator> <value> and key <key>\n");
            case Doing::clear:
                return call_.error(
                    "Required arguments: <table> \"data.<store_data_type>\" <operator> <value> or <table> key "
                    "<key>\n");
            case Doing::set:
                return call_.error("Required arguments: <table> key <key> [data.<store_data_type> <value>]*\n");
        }
    }

    /// The table declared last comes first.
    void show_all() {
        const auto& tables = call_.generation->objects.tables;
        for (auto it = tables.rbegin(); it != tables.rend(); ++it) append_head(call_.answer, **it);
    }

    bool has_readable_keys() {
        if (table_->key_type() != StickKey::binary) return true;
        constexpr std::string_view kWords[] = {"Showing keys from", "Removing keys from", "Inserting keys into"};
        call_.error(std::string(kWords[static_cast<int>(doing_)]) +
                    " tables of type other than ip, ipv6, string and integer is not supported\n");
        return false;
    }

    bool read_key(std::string& key) {
        const std::string text(call_.argument(2));
        key.clear();
        switch (table_->key_type()) {
            case StickKey::integer: {
                const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
                const auto number = base::parse_uint(digits);
                if (!number || *number > 0xffffffff) break;
                const auto value = static_cast<std::uint32_t>(*number);
                key.assign(reinterpret_cast<const char*>(&value), sizeof value);
                return true;
            }
            case StickKey::ip: {
                in_addr ip{};
                inet_pton(AF_INET, text.c_str(), &ip);
                key.assign(reinterpret_cast<const char*>(&ip), sizeof ip);
                return true;
            }
            case StickKey::ipv6: {
                in6_addr ip{};
                if (inet_pton(AF_INET6, text.c_str(), &ip) <= 0) break;
                key.assign(reinterpret_cast<const char*>(&ip), sizeof ip);
                return true;
            }
            default:
                key = text.substr(0, table_->key_length());
                return true;
        }
        call_.error("Invalid key\n");
        return false;
    }

    void run_key() {
        std::string key;
        if (call_.argument(2).empty()) return call_.error("Key value expected\n");
        if (!has_readable_keys() || !read_key(key) || !has_level(call_, Level::operator_)) return;
        StickEntry* entry = doing_ == Doing::set ? table_->get(key) : table_->find(key);
        if (entry) return run_entry(*entry);
        if (doing_ == Doing::set) call_.error("Unable to allocate a new entry\n");
    }

    /// By the address that `show table` has told: of keys that cannot be typed.
    void run_address() {
        const std::string_view word = call_.argument(2);
        if (!word.starts_with("0x")) return call_.error("Pointer expected (0xffff notation)\n");
        std::uintptr_t address = 0;
        const char* stop = word.data() + word.size();
        const auto [end, error] = std::from_chars(word.data() + 2, stop, address, 16);
        if (end != stop || error != std::errc{}) return call_.error("Malformed ptr.\n");
        if (!has_readable_keys() || !has_level(call_, Level::operator_)) return;
        StickEntry* entry = table_->find_at(address);
        if (!entry) return call_.error("No entry can be found matching ptr.\n");
        run_entry(*entry);
    }

    /// Gives it back.
    void run_entry(StickEntry& entry) {
        switch (doing_) {
            case Doing::set:
                set_data(entry);
                return table_->touch_and_release(entry);
            case Doing::clear:
                if (!table_->remove(entry)) call_.error("Entry currently in use, cannot remove\n");
                return;
            case Doing::show:
                append_head(call_.answer, *table_);
                append_entry(call_.answer, *table_, entry, {*call_.generation->config, *table_});
                return table_->release(entry);
        }
    }

    void set_data(StickEntry& entry) {
        for (std::size_t at = 3; !call_.argument(at).empty(); at += 2) {
            const std::string_view word = call_.argument(at);
            StickData data;
            std::uint32_t index = 0;
            if (!word.starts_with("data.")) return call_.error("\"data.<type>\" followed by a value expected\n");
            if (!find_data(word.substr(5), data, index)) return call_.error("Unknown data type\n");
            if (!table_->stores(data)) return call_.error("Data type not stored in this table\n");
            const auto value = base::parse_int(call_.argument(at + 1));
            if (!value) return call_.error("Require a valid integer value to store\n");
            if (index >= table_->count(data)) return call_.error("index out of range in this data array\n");
            if (type_of(data).cell == StickCell::rate)
                table_->write_rate(entry, data, static_cast<std::uint64_t>(*value), index);
            else
                table_->write(entry, data, static_cast<std::uint64_t>(*value), index);
        }
    }

    void run_filter() {
        if (doing_ == Doing::set)
            return call_.error("content-based lookup is only supported with the \"show\" and \"clear\" actions\n");
        std::vector<Filter> filters;
        std::size_t at = 1;
        for (; filters.size() < kMostFilters && (filters.empty() || !call_.argument(at).empty()); at += 3) {
            const std::string entry = "Filter entry #" + std::to_string(filters.size() + 1) + ": ";
            Filter filter{};
            const std::string_view word = call_.argument(at);
            if (!find_data(word.substr(std::min<std::size_t>(5, word.size())), filter.data, filter.index))
                return call_.error(entry + "Unknown data type\n");
            if (!table_->stores(filter.data)) return call_.error(entry + "Data type not stored in this table\n");
            if (!find_operator(call_.argument(at + 1), filter.op))
                return call_.error(entry +
                                   "Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"\n");
            const auto value = base::parse_int(call_.argument(at + 2));
            if (!value) return call_.error(entry + "Require a valid integer value to compare against\n");
            filter.value = *value;
            filters.push_back(filter);
        }
        if (!call_.argument(at).empty())
            return call_.error("Detected extra data in filter, " + std::to_string(at + 3) +
                               "th word of input, after '" + std::string(call_.argument(at - 1)) + "'\n");
        run_entries(std::move(filters));
    }

    void run_entries(std::vector<Filter> filters) {
        const bool allowed = call_.settings.level >= Level::operator_;
        if (doing_ == Doing::show) {
            append_head(call_.answer, *table_);
            if (!allowed)
                call_.answer += "# contents not dumped due to insufficient privileges\n";
            else
                call_.output = std::make_unique<EntryOutput>(table_, std::move(filters),
                                                             Style(*call_.generation->config, *table_));
            return;
        }
        if (!allowed) return;
        for (const std::string& key : table_->keys()) {
            StickEntry* entry = table_->find(key);
            if (!entry) continue;
            if (passes(*table_, *entry, filters))
                table_->remove(*entry);
            else
                table_->release(*entry);
        }
    }

    CliCall& call_;
    Doing doing_;
    std::shared_ptr<StickTable> table_;
};

void show_table(CliCall& call) { TableCommand(call, Doing::show).run(); }
void clear_table(CliCall& call) { TableCommand(call, Doing::clear).run(); }
void set_table(CliCall& call) { TableCommand(call, Doing::set).run(); }

// clang-format off
constexpr Command kTable[] = {
    {.name = "clear table", .support = Support::done, .usage = "clear table <table> [<filter>]*         : remove an entry from a table (filter: data/key)", .run = clear_table},
    {.name = "set table", .support = Support::done, .usage = "set table <table> key <k> [data.* <v>]* : update or create a table entry's data", .run = set_table},
    {.name = "show table", .support = Support::done, .usage = "show table <table> [<filter>]*          : report table usage stats or dump this table's contents (filter: data/key)", .run = show_table, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
