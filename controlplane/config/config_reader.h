// Reads the tables of a TOML document key by key, and turns the first mistake into a ConfigError
// with its line. Used by config.cc alone.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/config/config.h"

namespace penstock::config {

// What all sections of one document share.
struct ConfigReading {
  std::string file;
  std::optional<ConfigError> error;  // the first one; later ones are not kept
  std::vector<std::string> keys;     // every key that was asked for, as "section.key"

  void fail(const toml::source_region& where, std::string key, std::string message);
};

// One table. Each read_* leaves `out` alone if the key is absent. finish() reports keys that
// nobody asked for.
class ConfigSection {
 public:
  // `table` may be null: all keys are absent.
  ConfigSection(ConfigReading& reading, const toml::table* table, std::string name)
      : reading_(reading), table_(table), name_(std::move(name)) {}

  // Calls `accept` with the key's value if the key is there; false means that it is not as
  // `expected` says.
  void read(std::string_view key, std::string_view expected,
            const std::function<bool(const toml::node&)>& accept);

  void read_bool(std::string_view key, bool& out);
  // Text of 1 to `bytes_max` bytes without control characters.
  void read_text(std::string_view key, std::size_t bytes_max, std::string& out);

  template <std::unsigned_integral T>
  void read_integer(std::string_view key, std::pair<std::uint64_t, std::uint64_t> range, T& out) {
    const std::string expected =
        "an integer from " + std::to_string(range.first) + " to " + std::to_string(range.second);
    read(key, expected, [&](const toml::node& node) {
      const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
      if (!value || *value < 0) return false;
      const auto number = static_cast<std::uint64_t>(*value);
      if (number < range.first || number > range.second) return false;
      out = static_cast<T>(number);
      return true;
    });
  }

  // A string that `parse` turns into an optional<T>.
  template <typename T, typename Parse>
  void read_parsed(std::string_view key, std::string_view expected, Parse parse, T& out) {
    read(key, expected, [&](const toml::node& node) {
      const std::optional<std::string_view> text = node.value_exact<std::string_view>();
      if (!text) return false;
      auto parsed = parse(*text);
      if (!parsed) return false;
      out = *std::move(parsed);
      return true;
    });
  }

  // An array whose elements `parse` (const toml::node& -> optional<T>) accepts; distinct.
  template <typename T, typename Parse>
  void read_list(std::string_view key, std::string_view expected, Parse parse,
                 std::vector<T>& out) {
    read(key, expected, [&](const toml::node& node) {
      if (!node.is_array() || node.as_array()->size() > kListElementsMax) return false;
      std::vector<T> list;
      for (const toml::node& element : *node.as_array()) {
        std::optional<T> parsed = parse(element);
        if (!parsed || std::find(list.begin(), list.end(), *parsed) != list.end()) return false;
        list.push_back(*std::move(parsed));
      }
      out = std::move(list);
      return true;
    });
  }

  // Reports a contradiction, at the key's line (or the table's, if the key is absent).
  void fail(std::string_view key, std::string message);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  // The key's value; null if it is absent.
  const toml::node* find(std::string_view key) const {
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  // To be called once, after all keys have been read.
  void finish();

 private:
  static constexpr std::size_t kListElementsMax = 64;

  ConfigReading& reading_;
  const toml::table* table_;
  std::string name_;
  std::vector<std::string> known_;
};

}  // namespace penstock::config
