#include "tests/client/json_at.h"

namespace penstock::test {

namespace json = boost::json;

const json::value* find_at(const json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string text_at(const json::value& value, std::string_view pointer) {
  const json::value* found = find_at(value, pointer);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::uint64_t number_at(const json::value& value, std::string_view pointer) {
  const json::value* found = find_at(value, pointer);
  boost::system::error_code error;
  return found != nullptr && found->is_number() ? found->to_number<std::uint64_t>(error) : 0;
}

}  // namespace penstock::test
