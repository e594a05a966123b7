#pragma once
#include <string_view>

#include "base/result.h"
#include "sample/context.h"
#include "sample/expression.h"

namespace cfgproxy::sample {

/// "txn.name": scope and the name behind it (a view of `text`). The error is HAProxy's.
base::Result<std::string_view> parse_variable(std::string_view text, Scope& scope);

/// Turns a string argument into one of kind variable.
base::Result<void> prepare_variable(Argument& arg);

/// Null if it is not set or its scope is not there.
const Value* find_variable(const Context& context, const Argument& variable);
/// False if the scope is not there.
bool set_variable(const Context& context, Scope scope, std::string_view name, const Value& value);

}  // namespace cfgproxy::sample
