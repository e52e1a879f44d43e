// What a room is made with and what can be edited later. A value, kept by its room. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controlplane/media/media.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::room {

// A publisher that the room is made with, to hold codecs; nobody feeds it.
struct DummySettings {
  std::vector<DummyStream> streams;  // empty: one for each codec of the room
  bool is_e2ee = false;

  bool operator==(const DummySettings&) const = default;
};

struct RoomSettings {
  std::string description;
  std::string secret;                  // needed to manage the room; empty: none, if not is_static
  std::string pin;                     // needed to join; empty: none
  bool is_private = false;             // left out of lists
  bool is_static = false;              // from the configuration: without a secret nobody manages it
  std::optional<IpAddress> made_from;  // the client that it counts for; absent: none
  bool requires_private_id = false;    // subscribers must show the private id of a participant
  bool requires_e2ee = false;
  bool notifies_joining = false;
  std::optional<std::set<std::string>> allowed_tokens;  // absent: tokens are not checked
  bool requires_signed_token = false;  // who joins must show one that is signed for this room

  std::uint32_t publishers_max = 3;  // at the same time
  std::uint64_t bitrate_bps = 0;     // asked of publishers; 0: no cap
  bool bitrate_cap = false;
  std::uint32_t keyframe_interval_s = 0;  // Janus: fir_freq; 0: off

  std::vector<Codec> audio_codecs = {Codec::kOpus};  // in order of preference, never empty
  std::vector<Codec> video_codecs = {Codec::kVp8};   // likewise
  std::string h264_profile;                          // empty: any
  std::string vp9_profile;
  bool opus_fec = true;
  bool opus_dtx = false;
  bool opus_red = false;

  bool audio_level_extension = true;
  bool audio_level_event = false;
  std::uint32_t audio_active_packets = 100;
  std::uint32_t audio_level_average = 25;
  std::uint32_t loudest = 0;      // streams of audio that are heard at a time; 0: all
  bool dominant_speaker = false;  // who speaks is told
  bool video_orientation_extension = true;
  bool playout_delay_extension = true;
  bool transport_cc_extension = true;

  bool is_recorded = false;      // who publishes, unless he says otherwise
  std::string recording_folder;  // Janus: rec_dir; as the client named it
  bool locks_recording = false;  // only who has the secret says what of himself is recorded

  std::optional<DummySettings> dummy;  // absent: none

  bool operator==(const RoomSettings&) const = default;
};

}  // namespace penstock::room
