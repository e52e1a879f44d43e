#include "controlplane/room/publisher.h"

#include <algorithm>
#include <utility>

namespace penstock::room {

const PublisherStream* Publisher::find_stream(std::string_view mid) const {
  const auto found = std::ranges::find_if(
      streams, [mid](const PublisherStream& stream) { return stream.media.mid == mid; });
  return found == streams.end() ? nullptr : &*found;
}

PublisherStream* Publisher::find_stream(std::string_view mid) {
  return const_cast<PublisherStream*>(std::as_const(*this).find_stream(mid));
}

Publisher::StreamChanges Publisher::set_streams(std::vector<PublishedStream> negotiated) {
  const std::vector<PublisherStream> before = std::exchange(streams, {});
  streams.reserve(negotiated.size());
  for (PublishedStream& media : negotiated) {
    PublisherStream stream;
    const auto old = std::ranges::find_if(
        before, [&](const PublisherStream& other) { return other.media.mid == media.mid; });
    if (old != before.end()) {
      stream.is_sent = old->is_sent;
      stream.is_muted = old->is_muted;
    }
    if (const auto text = descriptions.find(media.mid); text != descriptions.end()) {
      stream.description = text->second;
    }
    stream.media = std::move(media);
    streams.push_back(std::move(stream));
  }
  StreamChanges changes;
  for (const PublisherStream& old : before) {
    if (!old.media.is_live()) continue;
    const PublisherStream* now = find_stream(old.media.mid);
    // A handle that changed is another stream: what was subscribed is gone.
    if (now == nullptr || !now->media.is_live() || now->media.handle != old.media.handle) {
      changes.ended.push_back(old.media.mid);
    } else if (now->media.codec != old.media.codec || now->media.fmtp != old.media.fmtp ||
               now->media.is_simulcast != old.media.is_simulcast) {
      changes.recoded.push_back(old.media.mid);
    }
  }
  return changes;
}

void Publisher::clear_streams() {
  is_publishing = false;
  is_e2ee = false;
  streams.clear();
}

}  // namespace penstock::room
