#include "dataplane/stun/responder.h"

#include "dataplane/stun/integrity.h"
#include "dataplane/stun/writer.h"

namespace penstock::stun {
namespace {

BindingVerdict dropped(DropReason reason) {
  BindingVerdict verdict;
  verdict.drop = reason;
  return verdict;
}

// "ours:theirs", both as signalled. Theirs may not be known yet.
bool is_user_known(const MessageView& request, const IceCredentials& credentials) {
  if (!request.username) return false;
  const auto parts = split_username(*request.username);
  return parts && parts->local_ufrag == credentials.local_ufrag.view() &&
         (credentials.remote_ufrag.empty() ||
          parts->remote_ufrag == credentials.remote_ufrag.view());
}

BindingVerdict answer_with_error(const MessageView& request, std::uint16_t code,
                                 std::string_view password, std::span<std::uint8_t> out) {
  BindingError error;
  error.code = code;
  error.unknown_attributes = request.unknown_required.span();
  error.password = password;
  BindingVerdict verdict;
  verdict.bytes = write_binding_error(request.transaction_id, error, out);
  return verdict;
}

}  // namespace

BindingVerdict answer_binding_request(const MessageView& request, const IceCredentials& credentials,
                                      const SocketAddress& source, std::span<std::uint8_t> out) {
  PENSTOCK_CHECK(out.size() >= kAnswerBytesMax);
  if (request.message_class != MessageClass::kRequest) return dropped(DropReason::kStunIgnored);
  if (request.method != kMethodBinding || !request.has_fingerprint)
    return dropped(DropReason::kStunInvalid);
  // Without a password of our own anybody could sign.
  const std::string_view password = credentials.local_pwd.view();
  if (password.empty() || !is_user_known(request, credentials) ||
      !verify_integrity(request, password))
    return dropped(DropReason::kStunUnauthenticated);
  if (!request.unknown_required.empty())
    return answer_with_error(request, kErrorUnknownAttribute, password, out);
  // A lite agent is the controlled one of a full peer and cannot change that (RFC 8445 section
  // 6.1.1): a peer that takes this role too has to give way.
  if (request.ice_controlled) return answer_with_error(request, kErrorRoleConflict, password, out);

  BindingVerdict verdict;
  verdict.bytes = write_binding_success(request.transaction_id, source, password, out);
  verdict.authenticated = true;
  verdict.nominates = request.use_candidate;
  verdict.priority = request.priority.value_or(0);
  verdict.nomination = request.nomination.value_or(0);
  return verdict;
}

}  // namespace penstock::stun
