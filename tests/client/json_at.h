// Reading the messages of the Janus API: what is at a JSON pointer (RFC 6901). Pure functions.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::test {

// Null if there is nothing.
const boost::json::value* find_at(const boost::json::value& value, std::string_view pointer);
// Empty if there is no text.
std::string text_at(const boost::json::value& value, std::string_view pointer);
// 0 if there is no number, or one that does not fit.
std::uint64_t number_at(const boost::json::value& value, std::string_view pointer);

}  // namespace penstock::test
