// Whether bytes are UTF-8 (RFC 3629). Pure; any thread.
#pragma once

#include <string_view>

namespace penstock {

// Overlong forms, surrogates and what is beyond U+10FFFF are not.
bool is_utf8(std::string_view text);

}  // namespace penstock
