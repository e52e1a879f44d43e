#include "controlplane/config/config_reader.h"

#include <sstream>

#include "dataplane/base/ascii.h"

namespace penstock::config {
namespace {

constexpr std::size_t kQuotedBytesMax = 60;

// The value as TOML text, short enough for one line of an error.
std::string quoted(const toml::node& node) {
  std::ostringstream stream;
  node.visit([&](const auto& value) { stream << value; });
  std::string text = stream.str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kQuotedBytesMax) text = text.substr(0, kQuotedBytesMax) + "...";
  return text;
}

}  // namespace

void ConfigReading::fail(const toml::source_region& where, std::string key, std::string message) {
  if (error) return;
  error = ConfigError{file, where.begin.line, std::move(key), std::move(message)};
}

void ConfigSection::read(std::string_view key, std::string_view expected,
                         const std::function<bool(const toml::node&)>& accept) {
  known_.emplace_back(key);
  reading_.keys.push_back(name_ + "." + std::string(key));
  const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
  if (node == nullptr || accept(*node)) return;
  reading_.fail(node->source(), reading_.keys.back(),
                "expected " + std::string(expected) + ", found " + quoted(*node));
}

void ConfigSection::read_bool(std::string_view key, bool& out) {
  read(key, "true or false", [&](const toml::node& node) {
    const std::optional<bool> value = node.value_exact<bool>();
    if (value) out = *value;
    return value.has_value();
  });
}

void ConfigSection::read_text(std::string_view key, std::size_t bytes_max, std::string& out) {
  const std::string expected = "a string of 1 to " + std::to_string(bytes_max) + " bytes";
  read_parsed(
      key, expected,
      [&](std::string_view text) -> std::optional<std::string> {
        const bool has_control = std::ranges::any_of(text, is_control);
        if (text.empty() || text.size() > bytes_max || has_control) return std::nullopt;
        return std::string(text);
      },
      out);
}

void ConfigSection::fail(std::string_view key, std::string message) {
  const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
  const toml::source_region where = node != nullptr     ? node->source()
                                    : table_ != nullptr ? table_->source()
                                                        : toml::source_region{};
  reading_.fail(where, name_ + "." + std::string(key), std::move(message));
}

void ConfigSection::finish() {
  if (table_ == nullptr) return;
  for (const auto& [key, node] : *table_) {
    const std::string_view text = key.str();
    if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
    std::string message = "unknown key; expected one of: ";
    for (std::size_t i = 0; i < known_.size(); ++i) message += (i == 0 ? "" : ", ") + known_[i];
    reading_.fail(key.source(), name_ + "." + std::string(text), std::move(message));
  }
}

}  // namespace penstock::config
