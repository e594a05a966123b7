#pragma once
#include <memory>
#include <vector>

#include "config/sections.h"
#include "keywords/setters.h"

// What the files of sections share that are named and fill one object of the model.
namespace cfgproxy::keywords {

/// Whether the section's name (its first argument) has only permitted characters; reports it otherwise.
inline bool has_good_name(Parser& parser, std::string_view kind) {
    const std::string_view name = parser.arg(0);
    const auto bad = config::find_invalid_char(name);
    if (bad == std::string_view::npos) return true;
    parser.alert(parser.arg_word(0), "character '" + std::string(1, name.empty() ? ' ' : name[bad]) +
                                         "' is not permitted in '" + std::string(kind) + "' name " + quoted(name) +
                                         ".");
    return false;
}

/// The object of that name that was declared before, or null.
template <class T>
const T* find_named(const std::vector<std::unique_ptr<T>>& all, std::string_view name) {
    for (const auto& one : all)
        if (one->name == name) return one.get();
    return nullptr;
}

inline std::string declared_at(const base::Place& place) {
    return "(declared at " + *place.file + ":" + std::to_string(place.line) + ").";
}

template <class T>
T* add_named(Parser& parser, std::vector<std::unique_ptr<T>>& all) {
    all.push_back(std::make_unique<T>());
    all.back()->name = parser.arg(0);
    all.back()->place = parser.place();
    return all.back().get();
}

/// A time of the section's object, the `at`-th argument; `name` is how messages call the word.
template <class T, std::int64_t T::*Member>
void set_time(Parser& parser, std::size_t at, std::string_view name) {
    const auto time = config::parse_time(parser.arg(at), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.opened<T>().*Member = time.value;
    else
        parser.alert_tight(parser.arg_word(at),
                           describe_time_problem(time, parser.arg(at), name, config::TimeUnit::ms));
}
template <class T, std::int64_t T::*Member>
void set_time_of_row(Parser& parser) {
    set_time<T, Member>(parser, 0, parser.keyword().name);
}

}  // namespace cfgproxy::keywords
