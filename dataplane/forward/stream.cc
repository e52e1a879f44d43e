#include "dataplane/forward/stream.h"

#include <algorithm>

namespace penstock {
namespace {

template <std::size_t... kIndices>
std::array<Encoding, sizeof...(kIndices)> make_encodings(const StreamConfig& config,
                                                         std::index_sequence<kIndices...>) {
  return {((void)kIndices, Encoding(config.codec, config.has_nack))...};
}

}  // namespace

Stream::Stream(const StreamConfig& stream_config, WorkerIndex owner_worker)
    : transport(stream_config.transport),
      kind(codec_kind(stream_config.codec)),
      owner(owner_worker),
      config(stream_config),
      encoding_count_(stream_config.encoding_count()),
      encodings_(make_encodings(stream_config, std::make_index_sequence<kEncodingsMax>{})),
      selector(stream_config.encoding_count()) {}

void Stream::update(const StreamConfig& next) {
  config = next;
  for (Encoding& encoding : encodings_)
    encoding.reception.update(next.codec, next.has_nack, next.signalled_ssrcs.span());
  if (next.encoding_count() == encoding_count_) return;
  encoding_count_ = next.encoding_count();
  selector = EncodingSelector(encoding_count_);
}

void Stream::want_keyframes(Timestamp now) {
  if (!is_simulcast() || !is_receiving) return;
  const bool has_selected = selector.selected().has_value();
  const auto wanted = selector.wanted(now);
  for (std::size_t i = 0; i < encoding_count_; ++i) {
    if (!has_selected || wanted == i) encodings_[i].reception.keyframes.want();
  }
}

void Stream::begin_source(std::size_t encoding, std::uint32_t source) {
  forwarded_ = {.encoding = encoding, .source = source, .id = forwarded_.id + 1};
  const MediaClock::Reading& report = encodings_[encoding].report;
  if (report.source == source && source != 0)
    clock.publish({report.captured_at, report.rtp_timestamp, forwarded_.id});
}

void Stream::take_report(std::size_t encoding, Timestamp captured_at, std::uint32_t rtp_timestamp) {
  const std::uint32_t source = encodings_[encoding].reception.source();
  encodings_[encoding].report = {captured_at, rtp_timestamp, source};
  if (encoding == forwarded_.encoding && source == forwarded_.source)
    clock.publish({captured_at, rtp_timestamp, forwarded_.id});
}

bool Stream::is_lost_for_good(const SourcePosition& position) const {
  const Reception& reception = encodings_[forwarded_.encoding].reception;
  return position.source == forwarded_.id && reception.source() == forwarded_.source &&
         reception.is_lost_for_good(position.sequence);
}

bool Stream::has_missing() const {
  return std::ranges::any_of(
      encodings(), [](const Encoding& encoding) { return encoding.reception.has_missing(); });
}

}  // namespace penstock
