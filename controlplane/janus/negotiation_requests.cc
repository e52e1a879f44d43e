// What a client sends about negotiation: `trickle` and `jsep`.
#include "controlplane/janus/core.h"

namespace penstock::janus {
namespace {

// One candidate: null or {"completed":true} for the end (then 0 candidates), or an object.
std::expected<std::size_t, Error> check_candidate(const json::value& value) {
  if (value.is_null()) return 0;
  const json::object* candidate = value.if_object();
  if (candidate == nullptr) {
    return fail(CoreError::kInvalidElement,
                "Trickle error: invalid element type (candidate should be an object)");
  }
  if (get_bool(*candidate, "completed").value_or(false)) return 0;
  const json::value* mid = candidate->if_contains("sdpMid");
  const json::value* index = candidate->if_contains("sdpMLineIndex");
  if (mid == nullptr && index == nullptr) {
    return fail(CoreError::kMissingElement,
                "Trickle error: missing mandatory element (sdpMid or sdpMLineIndex)");
  }
  if (mid != nullptr && !mid->is_string()) {
    return fail(CoreError::kInvalidElement,
                "Trickle error: invalid element type (sdpMid should be a string)");
  }
  if (index != nullptr && !get_uint(*candidate, "sdpMLineIndex")) {
    return fail(CoreError::kInvalidElement,
                "Trickle error: invalid element type (sdpMLineIndex should be a positive integer)");
  }
  if (!candidate->contains("candidate")) {
    return fail(CoreError::kMissingElement, "Trickle error: missing mandatory element (candidate)");
  }
  const auto text = get_string(*candidate, "candidate");
  if (!text || text->size() > kTrickleCandidateBytesMax) {
    return fail(CoreError::kInvalidElement,
                text ? "Trickle error: candidate is too long"
                     : "Trickle error: invalid element type (candidate should be a string)");
  }
  return 1;
}

// What is wrong with a member of `jsep`.
Error of_jsep(Error error) {
  if (!error.text.empty() && error.text[0] >= 'A' && error.text[0] <= 'Z')
    error.text[0] += 'a' - 'A';
  error.text.insert(0, "JSEP error: ");
  return error;
}

}  // namespace

std::expected<std::size_t, Error> check_trickle(const json::object& request) {
  const json::value* candidate = request.if_contains("candidate");
  const json::value* candidates = request.if_contains("candidates");
  if (candidate == nullptr && candidates == nullptr) {
    return fail(CoreError::kMissingElement, "Missing mandatory element (candidate|candidates)");
  }
  if (candidate != nullptr && candidates != nullptr) {
    return fail(CoreError::kInvalidJson, "Can't have both candidate and candidates");
  }
  if (candidate != nullptr) return check_candidate(*candidate);
  if (!candidates->is_array()) {
    return fail(CoreError::kInvalidElement, "candidates is not an array");
  }
  std::size_t count = 0;
  for (const json::value& element : candidates->get_array()) {
    const auto checked = check_candidate(element);
    if (!checked) return checked;
    count += *checked;
  }
  return count;
}

std::expected<std::optional<JsepIn>, Error> read_jsep(const json::object& request) {
  static constexpr Field kFields[] = {
      {"type", JsonType::kString},         {"sdp", JsonType::kString, true},
      {"trickle", JsonType::kBoolean},     {"rid_order", JsonType::kString},
      {"force_relay", JsonType::kBoolean}, {"e2ee", JsonType::kBoolean},
  };
  if (!request.contains("jsep")) return std::nullopt;
  const json::object* jsep = get_object(request, "jsep");
  if (jsep == nullptr) return fail(CoreError::kInvalidJsonObject, "Invalid jsep object");
  if (const auto checked = check_core_fields(*jsep, kFields); !checked) {
    return std::unexpected(of_jsep(checked.error()));
  }
  // Without a type it is what the request goes with: only `start` brings an answer.
  const json::object* body = get_object(request, "body");
  const bool is_start =
      body != nullptr && equals_ignoring_case(get_string(*body, "request").value_or(""), "start");
  const std::string_view type = get_string(*jsep, "type").value_or(is_start ? "answer" : "offer");
  JsepIn result{.type = JsepIn::Type::kOffer,
                .sdp = *get_string(*jsep, "sdp"),
                .is_e2ee = get_bool(*jsep, "e2ee").value_or(false)};
  if (equals_ignoring_case(type, "answer")) {
    result.type = JsepIn::Type::kAnswer;
  } else if (!equals_ignoring_case(type, "offer")) {
    return fail(CoreError::kUnknownJsepType,
                "JSEP error: unknown message type '" + std::string(type) + "'");
  }
  return result;
}

}  // namespace penstock::janus
