#include "controlplane/media/negotiation_warnings.h"

#include <utility>

#include "controlplane/log/log.h"

namespace penstock {
namespace {

std::string joined(std::span<const std::string> warnings) {
  std::string text;
  for (const std::string& warning : warnings) {
    if (!text.empty()) text += "; ";
    text += warning;
  }
  return text;
}

}  // namespace

std::vector<std::string> all_warnings(sdp::Warnings& of_parser,
                                      std::span<const std::string> of_negotiation) {
  std::vector<std::string> warnings = of_parser.take();
  warnings.insert(warnings.end(), of_negotiation.begin(), of_negotiation.end());
  return warnings;
}

void log_warnings(PeerId peer, std::span<const std::string> warnings) {
  if (warnings.empty()) return;
  PENSTOCK_LOG_INFO("peer {}: {}", peer, joined(warnings));
}

std::string explained(std::string text, std::span<const std::string> warnings) {
  if (!warnings.empty()) text.append(": ").append(joined(warnings));
  return text;
}

}  // namespace penstock
