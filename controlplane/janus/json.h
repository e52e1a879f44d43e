// JSON in and out: parsing of untrusted text within limits (controlplane/signalling/limits.h), and
// the checks of members that both layers of the API share. Values of Boost.JSON; pure functions.
//
// Refused while parsing: depth over kJsonDepthMax, more than kJsonMembersMax values in a message or
// kJsonObjectMembersMax in an object, duplicate keys, numbers that are not finite (RFC 8259
// section 4 leaves duplicate keys to us: a member that two readers see differently is an attack).
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/janus/errors.h"
#include "dataplane/base/ascii.h"

namespace penstock::janus {

namespace json = boost::json;

// Reads the values of a text one after another: a WebSocket message may hold several.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  // The next value, a text that says what is wrong (after which there is nothing more), or nothing
  // at the end.
  std::optional<std::expected<json::value, std::string>> next();

 private:
  std::string_view rest_;
  std::size_t roots_ = 0;
  std::size_t members_left_ = 0;
};

enum class JsonType : std::uint8_t {
  kString,
  kPositiveInteger,  // Janus's word for >= 0
  kBoolean,
  kObject,
  kArray,
};

struct Field {
  std::string_view name;
  JsonType type{};
  bool is_required = false;
};

// Says what is wrong with the first bad field, in the order of the table. null is a wrong type.
struct FieldError {
  bool is_missing = false;
  std::string
      text;  // "Missing mandatory element (x)", "Invalid element type (x should be a string)"
};
std::expected<void, FieldError> check_fields(const json::object& object,
                                             std::span<const Field> fields);
// With the codes of the core: 456 and 467.
std::expected<void, Error> check_core_fields(const json::object& object,
                                             std::span<const Field> fields);
// With the codes of the plugin: 429 and 430. Here texts are at most kRoomTextBytesMax and arrays
// at most kRequestItemsMax long (`allowed`: kAllowedTokensMax).
std::expected<void, Error> check_room_fields(const json::object& object,
                                             std::span<const Field> fields);

// Members that have passed a check: absent if not there or of another type.
std::optional<std::uint64_t> get_uint(const json::object& object, std::string_view name);
std::optional<bool> get_bool(const json::object& object, std::string_view name);
std::optional<std::string_view> get_string(const json::object& object, std::string_view name);
const json::object* get_object(const json::object& object, std::string_view name);
const json::array* get_array(const json::object& object, std::string_view name);

}  // namespace penstock::janus
