#pragma once
#include <catch2/catch.hpp>
#include <initializer_list>

#include "sample/test_request.h"

/// For tests of fetches and converters.
namespace cfgproxy::sample {

/// An expression and what value_of() makes of it.
struct Case {
    const char* expression;
    const char* value;
};

inline void check(const Context& context, std::initializer_list<Case> cases) {
    for (const auto& [expression, value] : cases) {
        INFO(expression);
        CHECK(value_of(context, expression) == value);
    }
}

}  // namespace cfgproxy::sample
