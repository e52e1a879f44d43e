// The name of a room or of a participant: a number, or a text if the server is configured so. A
// value; ordered, so that what is listed comes in one order everywhere. Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace penstock::room {

class Id {
 public:
  Id() = default;
  explicit Id(std::uint64_t number) : value_(number) {}
  explicit Id(std::string text) : value_(std::move(text)) {}

  bool is_number() const { return std::holds_alternative<std::uint64_t>(value_); }
  // The number; meaningful only if is_number().
  std::uint64_t number() const { return is_number() ? std::get<std::uint64_t>(value_) : 0; }
  // Digits or the text itself: for messages, and as the stream part of a=msid.
  std::string to_string() const {
    return is_number() ? std::to_string(std::get<std::uint64_t>(value_))
                       : std::get<std::string>(value_);
  }

  auto operator<=>(const Id&) const = default;

 private:
  std::variant<std::uint64_t, std::string> value_ = std::uint64_t{0};
};

}  // namespace penstock::room
