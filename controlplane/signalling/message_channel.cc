#include "controlplane/signalling/message_channel.h"

#include <algorithm>

#include "dataplane/base/ascii.h"

namespace penstock {

std::string_view HttpApiRequest::header(std::string_view header_name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& header) {
    return equals_ignoring_case(header.name, header_name);
  });
  return found == headers.end() ? std::string_view() : found->value;
}

}  // namespace penstock
