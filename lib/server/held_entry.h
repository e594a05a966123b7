#pragma once
#include <memory>
#include <utility>

#include "server/stick_table.h"

namespace cfgproxy::server {

/// A hold on an entry of a stick table: ends with this object, which is a use of the entry. Keeps the table alive.
/// Thread-owned; the entry is shared.
class HeldEntry {
  public:
    HeldEntry() = default;
    /// Takes over the caller's hold.
    HeldEntry(StickTable& table, StickEntry& entry) : table_(table.shared_from_this()), entry_(&entry) {}
    HeldEntry(HeldEntry&& other) noexcept
        : table_(std::move(other.table_)), entry_(std::exchange(other.entry_, nullptr)) {}
    HeldEntry& operator=(HeldEntry&& other) noexcept {
        std::swap(table_, other.table_);
        std::swap(entry_, other.entry_);
        return *this;
    }
    ~HeldEntry() {
        if (entry_) table_->touch_and_release(*entry_);
    }

    explicit operator bool() const { return entry_ != nullptr; }
    StickTable& table() const { return *table_; }
    StickEntry& entry() const { return *entry_; }

  private:
    std::shared_ptr<StickTable> table_;
    StickEntry* entry_ = nullptr;
};

}  // namespace cfgproxy::server
