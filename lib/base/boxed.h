#pragma once
#include <memory>
#include <optional>
#include <utility>

namespace cfgproxy::base {

/// An optional value kept apart, with the meaning of std::optional: for what most owners have none of, and which
/// would make all of them large. Copies are deep.
template <class T>
class Boxed {
  public:
    Boxed() = default;
    Boxed(std::nullopt_t) {}
    Boxed(const T& value) : value_(std::make_unique<T>(value)) {}
    Boxed(T&& value) : value_(std::make_unique<T>(std::move(value))) {}
    Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) {
        if (this != &other && (value_ || other.value_)) *this = Boxed(other);
        return *this;
    }
    Boxed& operator=(Boxed&&) noexcept = default;
    ~Boxed() = default;

    explicit operator bool() const { return value_ != nullptr; }
    bool has_value() const { return value_ != nullptr; }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return value_.get(); }
    const T* operator->() const { return value_.get(); }
    void reset() { value_.reset(); }

  private:
    std::unique_ptr<T> value_;
};

/// A value that nearly all owners leave as `T{}`, and which takes room only where it was written to. Reading is by
/// conversion or `->`. Copies are deep.
template <class T>
class Sparse {
  public:
    const T& get() const {
        static const T untouched{};
        return value_ ? *value_ : untouched;
    }
    operator const T&() const { return get(); }
    const T* operator->() const { return &get(); }
    /// To write to; makes room for it.
    T& edit() {
        if (!value_) value_ = T{};
        return *value_;
    }

  private:
    Boxed<T> value_;
};

}  // namespace cfgproxy::base
