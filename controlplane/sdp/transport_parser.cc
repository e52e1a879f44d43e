#include "controlplane/sdp/transport_parser.h"

#include <string>

#include "controlplane/sdp/attribute_values.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {
namespace {

Refusal store_text(std::string& target, std::string_view value) {
  if (value.empty()) return kMalformed;
  target = value;
  return {};
}

}  // namespace

std::optional<Refusal> read_transport_attribute(std::string_view name, std::string_view value,
                                                TransportAttributes& transport) {
  if (name == "ice-ufrag") return store_text(transport.ice_ufrag, value);
  if (name == "ice-pwd") return store_text(transport.ice_pwd, value);
  if (name == "fingerprint") {
    return append(transport.fingerprints, parse_fingerprint(value), kFingerprintsMax);
  }
  if (name == "setup") {
    transport.setup = parse_setup(value);
    return transport.setup ? Refusal{} : kMalformed;
  }
  if (name != "ice-options") return std::nullopt;
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    transport.ice_options.emplace_back(word);
  }
  return Refusal{};
}

}  // namespace penstock::sdp
