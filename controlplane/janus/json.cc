#include "controlplane/janus/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <limits>

#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

// What basic_parser reports to: builds the value and counts what must be bounded.
class Builder {
 public:
  static constexpr std::size_t max_object_size = kJsonObjectMembersMax;
  static constexpr std::size_t max_array_size = kJsonMembersMax;
  static constexpr std::size_t max_key_size = kJsonStringBytesMax;
  static constexpr std::size_t max_string_size = kJsonStringBytesMax;

  explicit Builder(std::size_t members_max) : members_left_(members_max) {}

  std::size_t members_left() const { return members_left_; }
  std::size_t key_count() const { return key_count_; }
  json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) { return count(error); }
  bool on_object_end(std::size_t size, json::error_code&) {
    stack_.push_object(size);
    key_count_ += size;
    return true;
  }
  bool on_array_begin(json::error_code& error) { return count(error); }
  bool on_array_end(std::size_t size, json::error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    stack_.push_string(part);
    return count(error);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& error) {
    stack_.push_int64(number);
    return count(error);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& error) {
    stack_.push_uint64(number);
    return count(error);
  }
  bool on_double(double number, json::string_view, json::error_code& error) {
    if (!std::isfinite(number)) {
      error = json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(number);
    return count(error);
  }
  bool on_bool(bool flag, json::error_code& error) {
    stack_.push_bool(flag);
    return count(error);
  }
  bool on_null(json::error_code& error) {
    stack_.push_null();
    return count(error);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool count(json::error_code& error) {
    if (members_left_ == 0) {
      error = json::error::array_too_large;
      return false;
    }
    --members_left_;
    return true;
  }

  json::value_stack stack_;
  std::size_t members_left_;
  std::size_t key_count_ = 0;
};

// Keys in the tree: fewer than were read if one stood twice in an object.
std::size_t count_keys(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count += object->size();
    for (const auto& member : *object) count += count_keys(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) count += count_keys(element);
  }
  return count;
}

bool is_of_type(const json::value& value, JsonType type) {
  switch (type) {
    case JsonType::kString:
      return value.is_string();
    case JsonType::kPositiveInteger:
      // Unsigned only from 2^63 on, which no integer of the protocol reaches.
      return value.is_int64() && value.get_int64() >= 0;
    case JsonType::kBoolean:
      return value.is_bool();
    case JsonType::kObject:
      return value.is_object();
    case JsonType::kArray:
      return value.is_array();
  }
  return false;
}

std::string_view name_of(JsonType type) {
  switch (type) {
    case JsonType::kString:
      return "a string";
    case JsonType::kPositiveInteger:
      return "a positive integer";
    case JsonType::kBoolean:
      return "a boolean";
    case JsonType::kObject:
      return "an object";
    case JsonType::kArray:
      return "an array";
  }
  return {};
}

}  // namespace

std::optional<std::expected<json::value, std::string>> JsonReader::next() {
  const std::size_t start = rest_.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    if (roots_ > 0) return std::nullopt;
    ++roots_;  // an empty message is an error, once
    return std::unexpected("JSON error: empty text");
  }
  rest_.remove_prefix(start);
  if (roots_ == 0) members_left_ = kJsonMembersMax;
  if (++roots_ > kJsonRootsPerMessageMax) {
    rest_ = {};
    return std::unexpected("JSON error: too many values in one message");
  }
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::basic_parser<Builder> parser(options, members_left_);
  json::error_code error;
  const std::size_t used = parser.write_some(false, rest_.data(), rest_.size(), error);
  if (error) {
    rest_ = {};
    return std::unexpected("JSON error: " + error.message());
  }
  rest_.remove_prefix(used);
  members_left_ = parser.handler().members_left();
  json::value value = parser.handler().release();
  if (count_keys(value) != parser.handler().key_count()) {
    rest_ = {};
    return std::unexpected("JSON error: duplicate object key");
  }
  return value;
}

std::expected<void, FieldError> check_fields(const json::object& object,
                                             std::span<const Field> fields) {
  for (const Field& field : fields) {
    const json::value* value = object.if_contains(field.name);
    if (value == nullptr) {
      if (!field.is_required) continue;
      return std::unexpected(
          FieldError{true, "Missing mandatory element (" + std::string(field.name) + ")"});
    }
    if (!is_of_type(*value, field.type)) {
      return std::unexpected(FieldError{false, "Invalid element type (" + std::string(field.name) +
                                                   " should be " +
                                                   std::string(name_of(field.type)) + ")"});
    }
  }
  return {};
}

std::expected<void, Error> check_core_fields(const json::object& object,
                                             std::span<const Field> fields) {
  if (const auto checked = check_fields(object, fields); !checked) {
    return fail(
        checked.error().is_missing ? CoreError::kMissingElement : CoreError::kInvalidElement,
        checked.error().text);
  }
  return {};
}

std::expected<void, Error> check_room_fields(const json::object& object,
                                             std::span<const Field> fields) {
  if (const auto checked = check_fields(object, fields); !checked) {
    return fail(
        checked.error().is_missing ? RoomError::kMissingElement : RoomError::kInvalidElement,
        checked.error().text);
  }
  for (const Field& field : fields) {
    const json::value* value = object.if_contains(field.name);
    if (value == nullptr) continue;
    const std::size_t items_max = field.name == "allowed" ? kAllowedTokensMax : kRequestItemsMax;
    if ((value->is_string() && value->get_string().size() > kRoomTextBytesMax) ||
        (value->is_array() && value->get_array().size() > items_max)) {
      return fail(RoomError::kInvalidElement,
                  "Invalid element (" + std::string(field.name) + " is too long)");
    }
  }
  return {};
}

std::optional<std::uint64_t> get_uint(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !is_of_type(*value, JsonType::kPositiveInteger)) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

std::optional<bool> get_bool(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

std::optional<std::string_view> get_string(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  return std::string_view(text.data(), text.size());
}

const json::object* get_object(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* get_array(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

}  // namespace penstock::janus
