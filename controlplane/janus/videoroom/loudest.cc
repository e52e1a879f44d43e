#include "controlplane/janus/videoroom/loudest.h"

#include <algorithm>
#include <vector>

#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

struct Heard {
  StreamHandle stream;
  std::uint8_t loudness = 0;
};

bool is_audio(const room::PublisherStream& stream) { return stream.is_active(MediaKind::kAudio); }

std::size_t stream_count(const room::Room& room) {
  std::size_t count = 0;
  for (const room::Publisher& publisher : room.publishers())
    count += static_cast<std::size_t>(std::ranges::count_if(publisher.streams, is_audio));
  return count;
}

std::vector<Heard> heard_in(const room::Room& room, const Media& media, Timestamp now) {
  std::vector<Heard> heard;
  for (const room::Publisher& publisher : room.publishers()) {
    for (const room::PublisherStream& stream : publisher.streams) {
      if (!is_audio(stream)) continue;
      const HeardAudio last = media.heard_of(stream.media.handle);
      // Without levels nothing is known of it, and it is not compared.
      if (last.at == 0) continue;
      const bool is_muted = now - last.at > Loudest::kExpiry || !stream.is_forwarded();
      heard.push_back({stream.media.handle, is_muted ? std::uint8_t{0} : last.loudness});
    }
  }
  return heard;
}

// True if there are more than are heard, so that it has to go on.
bool compare(const room::Room& room, Media& media, Timestamp now) {
  std::vector<Heard> heard = heard_in(room, media, now);
  const std::size_t count = room.settings().loudest;
  if (heard.size() <= count) {
    for (const Heard& one : heard) media.set_audio_gate(one.stream, 0);
    return stream_count(room) > count;
  }
  const auto others = heard.begin() + static_cast<std::ptrdiff_t>(count);
  std::ranges::nth_element(heard, others - 1, std::ranges::greater{}, &Heard::loudness);
  const std::uint8_t softest = (others - 1)->loudness;  // of those that are heard
  for (auto one = heard.begin(); one != others; ++one) media.set_audio_gate(one->stream, 0);
  for (auto one = others; one != heard.end(); ++one) {
    media.set_audio_gate(one->stream, static_cast<std::uint8_t>(softest + Loudest::kMarginDb));
  }
  return true;
}

}  // namespace

void Loudest::arm(const room::Room& room, Timestamp now) {
  const std::size_t count = room.settings().loudest;
  if (count > 0 && stream_count(room) > count) next_ = std::min(next_, now + kInterval);
}

void Loudest::handle_timeout(const Context& context, Timestamp now) {
  if (now < next_) return;
  next_ = kNever;
  for (const room::Room& room : context.rooms.rooms()) {
    if (room.settings().loudest == 0) continue;
    bool goes_on = true;  // if there is no memory now, there may be then
    best_effort([&] { goes_on = compare(room, context.media, now); });
    if (goes_on) next_ = now + kInterval;
  }
}

}  // namespace penstock::janus::videoroom
