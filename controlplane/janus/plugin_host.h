// What the plugin asks of the core: to send events to handles and to end connections. Implemented
// by the core; nothing here calls back into the plugin. Control thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controlplane/janus/continuation.h"
#include "controlplane/janus/jsep.h"
#include "controlplane/janus/videoroom/attachment.h"
#include "controlplane/media/media.h"
#include "dataplane/base/time.h"

namespace penstock::janus {

struct PluginEvent {
  std::string_view data{};  // a JSON object
  std::optional<JsepOut> jsep{};
};

class PluginHost {
 public:
  virtual ~PluginHost() = default;
  // Sends {"janus":"event"} to the owner of a handle: one that answers no request. Unknown handles
  // are ignored.
  virtual void push_event(HandleId handle, PluginEvent event) = 0;
  // Closes the handle's connection, if it has one, and tells its owner: {"janus":"hangup"}.
  virtual void close_connection(HandleId handle, std::string_view reason, Timestamp now) = 0;
  // The plugin's place in a handle, or null; valid until the call that asks returns.
  virtual Attachment* find_attachment(HandleId handle) = 0;
  // What a guest (room/guests.h) is shown may be something else. Needs no memory.
  virtual void guest_changed(PeerId guest) = 0;
  // For a peer of the plugin's own: the id of no handle and of no other peer.
  virtual PeerId new_peer_id() = 0;
  // What was said in this call goes out when it is over, and can be taken back until then.
  virtual std::size_t said_so_far() const = 0;
  virtual void take_back(std::size_t said) = 0;
  // Goes on with a request that sleeps, on a later turn. False, and nothing happens: it is awake,
  // or there is no such request any more. Needs no memory.
  virtual bool wake(RequestId request) = 0;
};

}  // namespace penstock::janus
