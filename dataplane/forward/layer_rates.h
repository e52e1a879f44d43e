// Which layers of a stream come, and what each costs: what receivers choose by. A stream's owner
// writes the words about four times a second (forward/stream_layers.h); all workers and the control
// thread read them. One writer and no lock: the words of one reading may be of two writings that
// follow each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/api/layer.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/base/time.h"

namespace penstock {

inline constexpr Duration kSilenceUnit = 250 * kMillisecond;

struct LayerRates {
  struct Spatial {
    std::uint8_t encoding = 0;  // simulcast: which of the stream's encodings it is
    std::uint32_t pixels = 0;   // of its picture; 0: not known
    // Simulcast: for so many kSilenceUnits nothing of it has come, while others came.
    std::uint8_t silence = 0;
    // In bits/s of payload over the last second, of each temporal layer with all that it needs: the
    // temporal layers below it and, of SVC, the spatial ones. 0: it does not come.
    std::array<std::uint32_t, kTemporalLayersMax> bps{};

    bool operator==(const Spatial&) const = default;
  };

  // By rank: those from `count` on do not come.
  std::array<Spatial, kSpatialLayersMax> spatial{};
  std::size_t count = 0;
  // Moves when a layer comes or goes, or is silent for longer, or ranks change.
  std::uint32_t version = 0;

  std::uint32_t bps(Layer layer) const { return spatial[layer.spatial].bps[layer.temporal]; }
};

class PublishedLayerRates {
 public:
  void set(const LayerRates& rates) {
    count_.set(static_cast<std::uint32_t>(rates.count));
    for (std::size_t rank = 0; rank < kSpatialLayersMax; ++rank) {
      const LayerRates::Spatial& from = rates.spatial[rank];
      encodings_[rank].set(from.encoding);
      pixels_[rank].set(from.pixels);
      silences_[rank].set(from.silence);
      for (std::size_t i = 0; i < kTemporalLayersMax; ++i) bps_[rank][i].set(from.bps[i]);
    }
    version_.set(rates.version);
  }
  LayerRates get() const {
    LayerRates rates;
    rates.version = version_.get();
    rates.count = count_.get();
    for (std::size_t rank = 0; rank < kSpatialLayersMax; ++rank) {
      LayerRates::Spatial& to = rates.spatial[rank];
      to.encoding = encodings_[rank].get();
      to.pixels = pixels_[rank].get();
      to.silence = silences_[rank].get();
      for (std::size_t i = 0; i < kTemporalLayersMax; ++i) to.bps[i] = bps_[rank][i].get();
    }
    return rates;
  }
  std::uint32_t version() const { return version_.get(); }

 private:
  Published<std::uint32_t> version_;
  Published<std::uint32_t> count_;
  std::array<Published<std::uint8_t>, kSpatialLayersMax> encodings_;
  std::array<Published<std::uint32_t>, kSpatialLayersMax> pixels_;
  std::array<Published<std::uint8_t>, kSpatialLayersMax> silences_;
  std::array<std::array<Published<std::uint32_t>, kTemporalLayersMax>, kSpatialLayersMax> bps_;
};

}  // namespace penstock
