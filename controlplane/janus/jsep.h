// Session descriptions as the Janus API carries them: `jsep`. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::janus {

// One on its way to the client.
struct JsepOut {
  std::string_view type;  // "offer" or "answer"
  std::string sdp{};
  bool is_restart = false;
  bool is_e2ee = false;
};

// One from the client.
struct JsepIn {
  enum class Type : std::uint8_t { kOffer, kAnswer };

  Type type = Type::kOffer;
  std::string_view sdp;
  bool is_e2ee = false;
  bool is_all_or_nothing = false;  // an m-line that cannot be taken refuses the whole (WHIP)
};

}  // namespace penstock::janus
