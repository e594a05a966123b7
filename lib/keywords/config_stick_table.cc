// `stick-table` of proxies, and `table` lines of `peers` sections (manual 2.6 sections 4.2 and 3.5).
#include "config/sections.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::StickData;
using model::StickTable;

constexpr std::uint32_t kMostCells = 100;

/// Reads the words of one table's line.
class TableReader {
  public:
    TableReader(Parser& parser, StickTable& table, std::size_t from)
        : parser_(parser), words_(parser.words()), table_(table), at_(from) {}

    bool read() {
        while (good_ && at_ < words_.size()) read_word();
        if (!good_) return false;
        if (table_.size == 0) return fail(words_[0], "missing size.");
        if (!has_type_) return fail(words_[0], "missing type.");
        return true;
    }

  private:
    bool fail(const Word& word, std::string text) {
        parser_.alert(word, std::string(words_[0].text) + ": " + std::move(text));
        good_ = false;
        return false;
    }
    const Word* value() {
        if (at_ + 1 < words_.size()) return &words_[++at_];
        fail(words_[at_], "missing argument after " + quoted(words_[at_].text) + ".");
        return nullptr;
    }

    void read_word() {
        const std::string_view word = words_[at_].text;
        const bool in_peers = parser_.section() == config::kPeers;
        if (word == "size") {
            read_size();
        } else if (word == "expire") {
            read_expire();
        } else if (word == "nopurge") {
            table_.nopurge = true;
        } else if (word == "type") {
            read_type();
        } else if (word == "store") {
            if (const Word* list = value()) read_store(*list);
        } else if (word == "srvkey") {
            read_server_key();
        } else if (word == "peers" && !in_peers) {
            if (const Word* name = value()) table_.peers = name->text;
        } else if (word == "write-to") {
            if (const Word* name = value()) table_.write_to = name->text;
        } else if (word == "brates-factor") {
            if (const Word* factor = value()) read_factor(*factor);
        } else if (word == "recv-only") {
            table_.receive_only = true;
        } else {
            fail(words_[at_], "unknown argument " + quoted(word) + ".");
        }
        ++at_;
    }

    void read_size() {
        const Word* word = value();
        if (!word) return;
        const auto size = base::parse_size(word->text);
        if (!size) {
            const auto bad = word->text.find_first_not_of("0123456789");
            const char c = bad == std::string_view::npos ? ' ' : word->text[bad];
            fail(*word, "unexpected character '" + std::string(1, c) + "' in argument of 'size'.");
            return;
        }
        assign_number(table_.size, static_cast<std::int64_t>(*size));
    }

    void read_factor(const Word& word) {
        const auto factor = base::parse_size(word.text);
        if (!factor || *factor < 1 || *factor > 1024)
            fail(word, "argument 'brates-factor' must be greater than 0 and lower or equal than 1024.");
        else
            table_.byte_rate_unit = static_cast<std::uint32_t>(*factor);
    }

    void read_expire() {
        const Word* word = value();
        if (!word) return;
        const auto time = config::parse_time(word->text, config::TimeUnit::ms);
        using Status = config::Duration::Status;
        const std::string about = "in argument <" + std::string(word->text) + "> to <expire>, ";
        if (time.status == Status::overflow)
            fail_tight(*word, "timer overflow " + about + "maximum value is 2147483647 ms (~24.8 days).");
        else if (time.status == Status::underflow)
            fail_tight(*word, "timer underflow " + about + "minimum non-null value is 1 ms.");
        else if (time.status == Status::unexpected)
            fail(*word, "unexpected character '" + std::string(1, time.unexpected) + "' in argument of 'expire'.");
        assign_number(table_.expire_ms, time.value);
    }

    void fail_tight(const Word& word, std::string text) {
        parser_.alert_tight(word, std::string(words_[0].text) + ": " + std::move(text));
        good_ = false;
    }

    void read_type() {
        const Word* word = value();
        if (!word) return;
        struct Type {
            std::string_view name;
            model::StickKey key;
            std::uint32_t length;
        };
        constexpr Type kTypes[] = {{"integer", model::StickKey::integer, 4},
                                   {"ip", model::StickKey::ip, 4},
                                   {"ipv6", model::StickKey::ipv6, 16},
                                   {"string", model::StickKey::string, 31},
                                   {"binary", model::StickKey::binary, 32}};
        for (const Type& type : kTypes) {
            if (type.name != word->text) continue;
            table_.key = type.key;
            table_.key_length = type.length;
            has_type_ = true;
            const bool sized = type.key == model::StickKey::string || type.key == model::StickKey::binary;
            if (sized && at_ + 1 < words_.size() && words_[at_ + 1].text == "len") {
                at_ += 2;
                const auto length = at_ < words_.size() ? config::leading_number(words_[at_].text) : 0;
                if (length <= 0) {
                    const Word& at = at_ < words_.size() ? words_[at_] : words_.back();
                    fail(at, "unknown type " + quoted(at_ < words_.size() ? at.text : std::string_view{}) + ".");
                    return;
                }
                assign_number(table_.key_length, length);
            }
            return;
        }
        fail(*word, "unknown type " + quoted(word->text) + ".");
    }

    void read_server_key() {
        const Word* word = value();
        if (!word) return;
        if (word->text == "addr")
            table_.server_key_is_address = true;
        else if (word->text == "name")
            table_.server_key_is_address = false;
        else
            fail(*word, "unknown server key type " + quoted(word->text) + ".");
    }

    /// "gpc(3),http_req_rate(10s)": commas inside parentheses separate arguments.
    void read_store(const Word& word) {
        std::string_view rest = word.text;
        while (good_ && !rest.empty()) {
            const std::size_t name_end = rest.find_first_of("(,");
            const std::string_view name = rest.substr(0, name_end);
            std::vector<std::string_view> args;
            rest = name_end == rest.npos ? std::string_view{} : rest.substr(name_end);
            if (rest.starts_with('(')) {
                const std::size_t close = rest.find(')');
                if (close == rest.npos) {
                    fail(word, "missing closing parenthesis after store option " + quoted(name) + ".");
                    return;
                }
                args = base::split(rest.substr(1, close - 1), ',');
                rest = rest.substr(close + 1);
                rest = rest.substr(std::min(rest.size(), rest.find(',')));
            }
            if (rest.starts_with(',')) rest.remove_prefix(1);
            add_data(word, name, args);
        }
        if (good_) check_conflicts(word);
    }

    void add_data(const Word& word, std::string_view name, std::span<const std::string_view> args) {
        StickData data;
        if (!model::find_stick_data(name, data)) {
            fail(word, "unknown store option " + quoted(name) + ".");
            return;
        }
        const auto& type = type_of(data);
        auto& count = table_.counts[static_cast<std::size_t>(data)];
        if (count) {
            parser_.warning(
                word, std::string(words_[0].text) + ": store option " + quoted(name) + " already enabled, ignored.");
            return;
        }
        const bool is_rate = type.cell == model::StickCell::rate;
        const std::size_t wanted = (type.is_array ? 1 : 0) + (is_rate ? 1 : 0);
        if (args.size() < wanted) {
            fail(word, "missing argument to store option " + quoted(name) + ".");
            return;
        }
        if (args.size() > wanted && (wanted == 0 || args.size() > 2 || type.is_array)) {
            fail(word, "unexpected argument to store option " + quoted(name) + ".");
            return;
        }
        std::int64_t cells = 1;
        if (type.is_array) {
            cells = config::leading_number(args[0]);
            if (cells < 1 || cells > kMostCells) {
                fail(word, "array size is out of allowed range (1-" + std::to_string(kMostCells) +
                               ") for store option " + quoted(name) + ".");
                return;
            }
        }
        if (is_rate) {
            const auto time = config::parse_time(args[wanted - 1], config::TimeUnit::ms);
            if (time.status != config::Duration::Status::ok) {
                fail(word, "error when processing store option " + quoted(name) + ".");
                return;
            }
            table_.periods[static_cast<std::size_t>(data)] = static_cast<std::uint32_t>(time.value);
        }
        count = static_cast<std::uint16_t>(cells);
    }

    void check_conflicts(const Word& word) {
        struct Pair {
            StickData array, single, other;
            std::string_view names;
        };
        constexpr Pair kPairs[] = {
            {StickData::gpt, StickData::gpt0, StickData::gpt0, "'gpt' and 'gpt0'"},
            {StickData::gpc, StickData::gpc0, StickData::gpc1, "'gpc' and 'gpc[0/1]'"},
            {StickData::gpc_rate, StickData::gpc0_rate, StickData::gpc1_rate, "'gpc_rate' and 'gpc[0/1]_rate'"}};
        for (const Pair& pair : kPairs) {
            if (!table_.stores(pair.array) || (!table_.stores(pair.single) && !table_.stores(pair.other))) continue;
            const auto middle = pair.names.find(" and ");
            fail(word, "simultaneous usage of " + std::string(pair.names) + " in a same table is not permitted as " +
                           std::string(pair.names.substr(0, middle)) + " overrides " +
                           std::string(pair.names.substr(middle + 5)) + ".");
            return;
        }
    }

    Parser& parser_;
    std::span<const Word> words_;
    StickTable& table_;
    std::size_t at_;
    bool good_ = true, has_type_ = false;
};

std::string_view owner_kind(const StickTable& table) {
    if (!table.proxy) return "peers";
    if (table.proxy->is_frontend() && table.proxy->is_backend()) return "listen";
    return table.proxy->is_frontend() ? "frontend" : "backend";
}

/// Adds a table under `name`; false after an alert.
StickTable* add_table(Parser& parser, std::string_view shown, std::string name, std::size_t from) {
    if (const StickTable* other = parser.config().find_table(name)) {
        const std::string owner = other->proxy ? other->name : other->name.substr(0, other->name.find('/'));
        parser.alert(parser.words()[0], "stick-table name " + quoted(shown) + " conflicts with table declared in " +
                                            std::string(owner_kind(*other)) + " " + quoted(owner) + " at " +
                                            *other->place.file + ":" + std::to_string(other->place.line) + ".");
        return nullptr;
    }
    auto table = std::make_unique<StickTable>();
    table->name = std::move(name);
    table->place = parser.place();
    if (!TableReader(parser, *table, from).read()) return nullptr;
    return &parser.config().add_table(std::move(table));
}

/// 1.4 to 1.8 read it and never used it.
void read_in_defaults(Parser& parser) {
    StickTable unused;
    TableReader(parser, unused, 1).read();
}

void set_stick_table(Parser& parser) {
    model::Proxy& proxy = parser.proxy();
    StickTable* table = add_table(parser, proxy.name, proxy.name, 1);
    if (!table) return;
    table->proxy = &proxy;
    proxy.stick_table = table;
}

// --- peers ---------------------------------------------------------------------------------------------------

void add_peers_table(Parser& parser) {
    const auto& peers = parser.opened<model::Peers>();
    StickTable* table = add_table(parser, parser.arg(0), peers.name + "/" + std::string(parser.arg(0)), 2);
    if (table) table->peers = peers.name;
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "stick-table", .sections = kInDefaults, .support = Support::done, .parse = read_in_defaults, .since = "1.4", .until = "1.8"},
    {.name = "stick-table", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = set_stick_table, .since = "1.4"},
    {.name = "table", .sections = kPeers, .arity = {1}, .support = Support::done, .parse = add_peers_table, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
