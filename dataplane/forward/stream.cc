#include "dataplane/forward/stream.h"

#include <algorithm>

namespace penstock {

Stream::Stream(const StreamConfig& stream_config, WorkerIndex owner_worker, BlockPool& further)
    : transport(stream_config.transport),
      kind(codec_kind(stream_config.codec)),
      owner(owner_worker),
      config(stream_config),
      encoding_count_(static_cast<std::uint32_t>(stream_config.encoding_count())),
      first_(stream_config.codec, stream_config.has_nack),
      selector(stream_config.encoding_count()),
      layers(stream_config.encoding_count() > 1) {
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
  selector = EncodingSelector(encoding_count_);
  layers.restart(is_simulcast());
}

void Stream::want_keyframes(Timestamp now) {
  if (!is_simulcast() || !is_receiving) return;
  const bool has_selected = selector.selected().has_value();
  const auto wanted = selector.wanted(now);
  for (std::size_t i = 0; i < encoding_count_; ++i) {
    if (!has_selected || wanted == i) encoding(i).reception.keyframes.want();
  }
}

void Stream::begin_source(std::size_t index, std::uint32_t source) {
  forwarded_ = {.encoding = index, .source = source, .id = forwarded_.id + 1};
  const MediaClock::Reading& report = encoding(index).report;
  if (report.source == source && source != 0)
    clock.publish({report.captured_at, report.rtp_timestamp, forwarded_.id});
}

void Stream::take_report(std::size_t index, Timestamp captured_at, std::uint32_t rtp_timestamp) {
  const std::uint32_t source = encoding(index).reception.source();
  encoding(index).report = {captured_at, rtp_timestamp, source};
  if (index == forwarded_.encoding && source == forwarded_.source)
    clock.publish({captured_at, rtp_timestamp, forwarded_.id});
}

bool Stream::is_lost_for_good(const SourcePosition& position) const {
  const Reception& reception = encoding(forwarded_.encoding).reception;
  return position.source == forwarded_.id && reception.source() == forwarded_.source &&
         reception.is_lost_for_good(position.sequence);
}

bool Stream::has_missing() const {
  return std::ranges::any_of(
      encodings(), [](const Encoding& encoding) { return encoding.reception.has_missing(); });
}

}  // namespace penstock
