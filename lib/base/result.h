#pragma once
#include <string>
#include <utility>
#include <variant>

namespace cfgproxy::base {

/// Why something could not be done, in words for the operator: lower case, no final dot, no place (whoever
/// knows the place adds it).
struct Error {
    std::string text;
};

/// Either a value or an Error. Must be looked at; `value()` may only be called after `ok()` said yes.
/// Our own, since C++20 has no std::expected. Never throws.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : either_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return either_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() { return *std::get_if<0>(&either_); }
    const T& value() const { return *std::get_if<0>(&either_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const std::string& error() const { return std::get_if<1>(&either_)->text; }

  private:
    std::variant<T, Error> either_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : failed_(true), error_(std::move(error)) {}

    bool ok() const { return !failed_; }
    explicit operator bool() const { return ok(); }
    const std::string& error() const { return error_.text; }

  private:
    bool failed_ = false;
    Error error_;
};

}  // namespace cfgproxy::base
