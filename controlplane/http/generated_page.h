// Documents that an HTTP listener makes when they are asked for. Called on the control thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

// A document that is made when it is asked for.
struct GeneratedPage {
  std::string_view content_type;  // a literal
  std::string content;
};
// The page at this path, if there is one.
using GeneratedPages = std::function<std::optional<GeneratedPage>(std::string_view path)>;

}  // namespace penstock
