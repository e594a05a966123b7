#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cfgproxy::base {

/// One constexpr array of rows, entered into the program-wide table of its row type when the program starts:
///
///     constexpr Converter kTable[] = {{.name = "lower", ...}, {.name = "upper", ...}};
///     static_assert(base::well_formed(kTable));
///     const base::Table<Converter> kRegistered{kTable};
///
/// A row has a `name`. Several rows may bear one name (a word that stands in several sections): `find_all` gives
/// them all. Filled before main(), read-only and thus free for all threads afterwards.
/// Files that register must be linked with link_whole, or the linker drops them in silence.
template <class Row>
class Table {
  public:
    template <std::size_t N>
    explicit Table(const Row (&rows)[N]) {
        for (const Row& row : rows) {
            all().push_back(&row);
            index()[row.name].push_back(&row);
        }
    }

    /// The row of that name, null if there is none; the first one entered if there are several.
    static const Row* find(std::string_view name) {
        auto found = index().find(name);
        return found == index().end() ? nullptr : found->second.front();
    }
    static std::span<const Row* const> find_all(std::string_view name) {
        auto found = index().find(name);
        if (found == index().end()) return {};
        return found->second;
    }
    /// All rows of the program, in the order of entry.
    static std::vector<const Row*>& all() {
        static std::vector<const Row*> rows;
        return rows;
    }

  private:
    static std::unordered_map<std::string_view, std::vector<const Row*>>& index() {
        static std::unordered_map<std::string_view, std::vector<const Row*>> map;
        return map;
    }
};

/// Rows are sorted by name (equal names beside each other) and no name is empty. For static_assert.
template <class Row, std::size_t N>
constexpr bool well_formed(const Row (&rows)[N]) {
    for (std::size_t i = 0; i < N; ++i) {
        if (rows[i].name.empty()) return false;
        if (i > 0 && rows[i].name < rows[i - 1].name) return false;
    }
    return true;
}

}  // namespace cfgproxy::base
