#include "controlplane/janus/config.h"

namespace penstock::janus {

StaticRoom JanusConfig::default_room() {
  StaticRoom room;
  room.id = room::Id(std::uint64_t{1234});
  room.settings.description = "Demo Room";
  room.settings.publishers_max = 6;
  room.settings.video_codecs = {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1};
  return room;
}

}  // namespace penstock::janus
