#include "dataplane/forward/stream.h"

#include <algorithm>
#include <cstddef>

namespace penstock {

Stream::Stream(const StreamConfig& stream_config, WorkerIndex owner_worker, BlockPool& further)
    : transport(stream_config.transport),
      kind(codec_kind(stream_config.codec)),
      owner(owner_worker),
      config(stream_config),
      encoding_count_(static_cast<std::uint32_t>(stream_config.encoding_count())),
      first_(stream_config.codec, stream_config.has_nack),
      layers(stream_config.encoding_count() > 1) {
// Not of standard layout, but what its compilers lay out one behind the other.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  static_assert(offsetof(Stream, first_) + offsetof(Encoding, reception) +
                    Reception::receive_bytes() <=
                kReceiveBytes);
#pragma GCC diagnostic pop
  make_encodings(stream_config, further);
  if (is_simulcast()) made_count_ = kEncodingsMax;
}

void Stream::make_encodings(const StreamConfig& next, BlockPool& further) {
  if (next.encoding_count() == 1 || block_) return;
  block_.emplace(further);
  further_ = block_->take<Encoding>(kEncodingsMax - 1, next.codec, next.has_nack);
}

void Stream::update(const StreamConfig& next) {
  config = next;
  const auto count = static_cast<std::uint32_t>(next.encoding_count());
  if (count > 1) made_count_ = kEncodingsMax;
  for (std::size_t i = 0; i < made_count_; ++i)
    encoding(i).reception.update(next.codec, next.has_nack, next.signalled_ssrcs.span());
  if (count == encoding_count_) return;
  encoding_count_ = count;
  layers.restart(is_simulcast());
}

bool Stream::is_lost_for_good(const SourcePosition& position) const {
  const std::size_t index = encoding_of_source(position.source);
  return index < encoding_count_ && position.source == source(index) &&
         encoding(index).reception.is_lost_for_good(position.sequence);
}

bool Stream::has_missing() const {
  return std::ranges::any_of(
      encodings(), [](const Encoding& encoding) { return encoding.reception.has_missing(); });
}

}  // namespace penstock
