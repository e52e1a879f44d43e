// New ICE credentials without a description: part of peer_connections.h.
#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

std::expected<IceDescription, MediaError> PeerConnections::restart_ice(
    PeerId id, std::string_view remote_ufrag, std::string_view remote_pwd, Timestamp now,
    const BeforeEffect<IceDescription>& tell) {
  Peer* peer = find(id);
  if (peer == nullptr || peer->transport == nullptr || !peer->transport->has_remote()) {
    return std::unexpected(
        MediaError{MediaErrorKind::kWrongState, "there is no connection to restart"});
  }
  const IceCredentials credentials = make_credentials(find_handle(id));
  ScopeGuard undo([&] { ufrags_.remove(credentials.local_ufrag.view()); });
  sdp::LocalTransportParameters local =
      local_parameters(*peer, credentials, peer->transport->worker());
  IceDescription ours{.ufrag = std::move(local.ice_ufrag),
                      .pwd = std::move(local.ice_pwd),
                      .candidates = std::move(local.candidates)};
  std::string pwd(remote_pwd);
  std::string ufrag(remote_ufrag);
  tell(ours);

  // From here on nothing can fail.
  undo.dismiss();
  register_ufrag(*peer, credentials.local_ufrag);
  peer->transport->restart_ice(credentials);
  peer->transport->set_remote(ufrag, peer->transport->remote_fingerprints(),
                              peer->transport->dtls_role(), now);
  if (peer->negotiation) {
    peer->negotiation->remote.ice_ufrag = std::move(ufrag);
    peer->negotiation->remote.ice_pwd = std::move(pwd);
  }
  set_timer(find_handle(id), *peer);
  return ours;
}

}  // namespace penstock
