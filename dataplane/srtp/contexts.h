// The cryptographic contexts of one transport (RFC 3711 section 3.2): what we protect with and what
// the peer protects with. They live inside the pooled transport object, which owns them. The
// control thread expands the keys into them, once; everything else is one worker's, which reads
// nothing of the keys before it has made them ready. Nothing is allocated after that (kLibsrtp
// excepted: that library allocates for each SSRC). Keys are wiped by clear() and by the destructor.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/base/prefetch.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/rtp/replay_window.h"
#include "dataplane/rtp/source_windows.h"
#include "dataplane/srtp/backend.h"
#include "dataplane/srtp/key_derivation.h"
#include "dataplane/srtp/key_schedule.h"

struct srtp_ctx_t_;  // libsrtp's session

namespace penstock {

inline constexpr std::uint64_t kSrtpPacketsPerKeyMax = std::uint64_t{1} << 48;  // RFC 3711 9.2
inline constexpr std::uint32_t kSrtcpIndexLimit = std::uint32_t{1} << 31;  // first one not to use

enum class LibsrtpDirection : std::uint8_t;

// The keys of one direction, common to both kinds of context. An engine (batch.h) reads them; the
// rest of the data plane has no use for them.
class SrtpKeyMaterial {
 public:
  SrtpKeyMaterial() = default;
  SrtpKeyMaterial(const SrtpKeyMaterial&) = delete;
  SrtpKeyMaterial& operator=(const SrtpKeyMaterial&) = delete;
  ~SrtpKeyMaterial() { clear(); }

  bool is_ready() const { return is_ready_; }
  // Keys that were expanded are used from now on. For the thread that uses them, once it has heard
  // of them from the one that expanded them.
  void make_ready() { is_ready_ = true; }
  SrtpProfile profile() const { return profile_; }
  SrtpBackend backend() const { return backend_; }
  std::size_t tag_bytes() const { return srtp_tag_bytes(profile_); }

  // Asks for what an RTP packet reads of it.
  void prefetch_key() const { prefetch(&rtp_packets_, 64 + sizeof(VaesGcmKeys)); }

  const SrtpKeySchedule& rtp() const { return rtp_; }
  const SrtpKeySchedule& rtcp() const { return rtcp_; }
  const std::array<std::uint8_t, 14>& rtp_salt() const { return rtp_salt_; }
  const std::array<std::uint8_t, 14>& rtcp_salt() const { return rtcp_salt_; }
  srtp_ctx_t_* libsrtp() const { return libsrtp_; }
  const SrtpMasterKey& libsrtp_master() const { return libsrtp_master_; }

 protected:
  bool expand(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend,
              LibsrtpDirection direction);
  void expand_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys, SrtpBackend backend);
  void clear();

  // Counters of what was sent; here, so that they share the line below.
  alignas(64) std::uint64_t rtp_packets_ = 0;
  std::uint32_t next_rtcp_index_ = 0;

 private:
  void wipe_keys();

  // With the counters one cache line: all that a packet touches besides the schedule itself. The
  // thread that expands keys writes what is below `is_ready_`, and neither that nor the counters.
  bool is_ready_ = false;
  SrtpProfile profile_ = SrtpProfile::kAeadAes128Gcm;
  SrtpBackend backend_ = SrtpBackend::kIpsecMb;
  std::array<std::uint8_t, 14> rtp_salt_{};
  std::array<std::uint8_t, 14> rtcp_salt_{};
  srtp_ctx_t_* libsrtp_ = nullptr;

  SrtpKeySchedule rtp_{};
  SrtpKeySchedule rtcp_{};
  SrtpMasterKey libsrtp_master_{};  // kLibsrtp only: it is asked for again for each SSRC
};

// What we send on one transport.
class SrtpSendContext : public SrtpKeyMaterial {
 public:
  // Derives and expands the keys, which takes microseconds and calls OpenSSL. They are not ready by
  // that: another thread may ask meanwhile whether they are. False only if a library has no memory.
  // Not while there are keys that are ready.
  bool expand(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend);
  // That for a context of one thread: forgets any earlier keys, expands and makes ready, with all
  // counters at zero. False (and not ready) as above.
  bool init(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend);
  // Same from session keys, not with kLibsrtp: the RFCs' test vectors start there.
  void init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                              SrtpBackend backend = SrtpBackend::kIpsecMb);
  // Wipes the keys; not ready afterwards.
  void clear();

  // Counts one RTP packet to be protected; false once the key has protected 2^48.
  bool take_rtp_packet() {
    if (rtp_packets_ >= kSrtpPacketsPerKeyMax) return false;
    ++rtp_packets_;
    return true;
  }
  // Takes the next SRTCP index, one sequence for all SSRCs of the transport (so that no IV can
  // repeat); false once all 2^31 are used (RFC 3711 section 9.2).
  bool take_rtcp_index(std::uint32_t& index) {
    if (next_rtcp_index_ >= kSrtcpIndexLimit) return false;
    index = next_rtcp_index_++;
    return true;
  }
  // Moves the counters ahead, as if that many packets had been protected already. Never back.
  void skip_ahead(std::uint64_t rtp_packets, std::uint32_t rtcp_packets);
};

// What we know of one SSRC of the peer, all of it from authenticated packets. The ROC and the
// highest sequence number are the highest index of the window. That of RTP is deep enough for NACK:
// packets sent again come late.
using SrtpReplayWindow = ReplayWindow<1'024>;
using SrtcpReplayWindow = ReplayWindow<128>;

// What we receive on one transport.
class SrtpReceiveContext : public SrtpKeyMaterial {
 public:
  static constexpr std::size_t kSsrcs = 64;  // of each, if nothing else is said
  // So many SSRCs can send at a time. Those of RTCP are also a receiver's, which may have one for
  // each m-line: few do, and who has more than there are windows for uses them in turn.
  static constexpr std::size_t kRtcpWindowsOfReceiver = 32;
  struct Ssrcs {
    std::size_t rtp_max = 0;
    std::size_t rtcp_max = 0;

    constexpr std::size_t rtp_past() const { return 2 * rtp_max; }
    constexpr std::size_t rtcp_windows() const {
      return std::min(rtcp_max, rtp_max + kRtcpWindowsOfReceiver);
    }
    constexpr std::size_t rtcp_past() const { return std::max(2 * rtcp_windows(), rtcp_max); }
  };
  SrtpReceiveContext() : SrtpReceiveContext({kSsrcs, kSsrcs}) {}
  explicit SrtpReceiveContext(const Ssrcs& ssrcs)
      : rtp_sources_(ssrcs.rtp_max, ssrcs.rtp_past()),
        rtcp_sources_(ssrcs.rtcp_windows(), ssrcs.rtcp_past()) {}
  SrtpReceiveContext(const Ssrcs& ssrcs, MemoryBlock& block)
      : rtp_sources_(ssrcs.rtp_max, ssrcs.rtp_past(), block),
        rtcp_sources_(ssrcs.rtcp_windows(), ssrcs.rtcp_past(), block) {}

  // What the tables of one take of a block.
  static constexpr std::size_t bytes(const Ssrcs& ssrcs) {
    return SourceWindows<SrtpReplayWindow>::bytes(ssrcs.rtp_max, ssrcs.rtp_past()) +
           SourceWindows<SrtcpReplayWindow>::bytes(ssrcs.rtcp_windows(), ssrcs.rtcp_past());
  }

  // As for SrtpSendContext; init() forgets all SSRCs too.
  bool expand(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend);
  bool init(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend);
  void init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                              SrtpBackend backend = SrtpBackend::kIpsecMb);
  void clear();

  // Asks for the tables, and, once they have come, for what is in the one of RTP.
  void prefetch_tables() const { prefetch(&rtp_sources_, sizeof(rtp_sources_)); }
  void prefetch_sources() const { rtp_sources_.prefetch_first(); }

  // SSRCs with at least one authenticated packet, which alone may add one.
  SourceWindows<SrtpReplayWindow>& rtp_sources() { return rtp_sources_; }
  SourceWindows<SrtcpReplayWindow>& rtcp_sources() { return rtcp_sources_; }
  // The window of an SSRC of which a packet was authenticated, and which is not there yet. Null if
  // there is room for none.
  SrtpReplayWindow* add_rtp_source(std::uint32_t ssrc);

 private:
  void forget_sources();

  SourceWindows<SrtpReplayWindow> rtp_sources_;
  SourceWindows<SrtcpReplayWindow> rtcp_sources_;
};

}  // namespace penstock
