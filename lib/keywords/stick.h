#pragma once
#include <memory>

#include "keywords/sample_support.h"
#include "server/stick_counters.h"

/// What words about stick tables have in common.
namespace cfgproxy::keywords {

/// The running table of one of the configuration, as an argument of kind `table` has it; null where nothing runs.
inline server::StickTable* running_table(const Context& context, const void* table) {
    if (!context.live || !table) return nullptr;
    return context.live->table(*static_cast<const model::StickTable*>(table));
}

/// An entry with its table, given back at the end if it was borrowed.
class StickView {
  public:
    StickView() = default;
    StickView(server::StickTable* table, server::StickEntry* entry, bool borrowed)
        : table_(table), entry_(entry), borrowed_(borrowed && entry) {}
    StickView(const StickView&) = delete;
    StickView& operator=(StickView&& other) noexcept {
        std::swap(table_, other.table_);
        std::swap(entry_, other.entry_);
        std::swap(borrowed_, other.borrowed_);
        return *this;
    }
    StickView(StickView&& other) noexcept { *this = std::move(other); }
    ~StickView() {
        if (borrowed_) table_->release(*entry_);
    }
    explicit operator bool() const { return table_ != nullptr; }
    server::StickTable* table() const { return table_; }
    server::StickEntry* entry() const { return entry_; }
    bool borrowed() const { return borrowed_; }

  private:
    server::StickTable* table_ = nullptr;
    server::StickEntry* entry_ = nullptr;
    bool borrowed_ = false;
};

/// The counter tracked under `number`, by the stream or else by its session. Null: none.
const server::StickCounter* tracked_counter(const Context& context, std::uint64_t number);
/// The entry of `value` in `table`; with `make`, made if there is none. Without a table: it cannot be a key.
StickView entry_of(const Context& context, server::StickTable* table, const Value& value, bool make);

/// What a fetch or a converter says of an entry. `index` counts cells of arrays. False: not kept in this table.
using StickReader = bool (*)(const StickView& view, std::uint32_t index, Value& out);
template <model::StickData data>
bool read_stick(const StickView& view, std::uint32_t index, Value& out) {
    const auto value = view.table()->read(*view.entry(), data, index);
    if (!value) return false;
    std::int64_t number = static_cast<std::int64_t>(*value);
    if (type_of(data).cell == model::StickCell::large) number >>= 10;  // kbytes_in, kbytes_out
    out.set_int(number);
    return true;
}
template <server::StickCellName (*name)(const server::StickTable&, std::uint32_t), std::uint32_t cell>
bool read_purpose(const StickView& view, std::uint32_t, Value& out) {
    const auto which = name(*view.table(), cell);
    const auto value = view.table()->read(*view.entry(), which.data, which.index);
    if (value) out.set_int(static_cast<std::int64_t>(*value));
    return value.has_value();
}
bool read_trackers(const StickView& view, std::uint32_t index, Value& out);
template <std::uint32_t cell, bool array>
bool increment_stick(const StickView& view, std::uint32_t index, Value& out) {
    out.set_int(static_cast<std::int64_t>(
        server::increment_purpose(*view.table(), *view.entry(), array ? index : cell, array)));
    return true;
}
template <std::uint32_t cell, bool array>
bool clear_stick(const StickView& view, std::uint32_t index, Value& out) {
    const auto which =
        array ? server::StickCellName{model::StickData::gpc, index} : server::purpose_counter(*view.table(), cell);
    if (which.index >= view.table()->count(which.data)) return false;
    out.set_int(static_cast<std::int64_t>(view.table()->clear(*view.entry(), which.data, which.index)));
    view.table()->touch(*view.entry());
    return true;
}

}  // namespace cfgproxy::keywords
