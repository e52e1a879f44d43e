// Writes recordings as Janus does (.mjr), for tests.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/header.h"

namespace penstock::load {

struct MjrPacket {
  std::uint32_t at_ms = 0;
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  std::vector<std::uint8_t> payload;
  bool has_padding = false;  // the payload's last byte says how much
};

class MjrWriter {
 public:
  explicit MjrWriter(std::string_view description) {
    put("MJR00002");
    put_be16(description.size());
    put(description);
  }
  // Of a codec: "opus", "vp8".
  static MjrWriter of(const std::string& codec) {
    return MjrWriter(R"({"t":"v","c":")" + codec +
                     R"(","s":1700000000000000,"u":1700000000000001})");
  }

  MjrWriter& add(const MjrPacket& packet) {
    RtpHeader header;
    header.sequence_number = packet.sequence_number;
    header.timestamp = packet.timestamp;
    header.marker = packet.marker;
    header.has_padding = packet.has_padding;
    header.ssrc = 1;
    std::vector<std::uint8_t> rtp(kRtpFixedHeaderBytes);
    ByteWriter writer(rtp);
    write_rtp_header(writer, header);
    rtp.insert(rtp.end(), packet.payload.begin(), packet.payload.end());
    return add_bytes(packet.at_ms, rtp);
  }
  MjrWriter& add_bytes(std::uint32_t at_ms, const std::vector<std::uint8_t>& packet) {
    put("MEET");
    put_be16(at_ms >> 16);
    put_be16(at_ms & 0xFFFF);
    put_be16(packet.size());
    bytes_.insert(bytes_.end(), packet.begin(), packet.end());
    return *this;
  }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  void write_to(const std::string& path) const {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes_.data()),
               static_cast<std::streamsize>(bytes_.size()));
  }

 private:
  void put(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  void put_be16(std::size_t value) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }

  std::vector<std::uint8_t> bytes_;
};

// RFC 7741: a descriptor with S on the first packet of a frame, then the inverse key bit.
inline std::vector<std::uint8_t> vp8_payload(std::size_t bytes, bool starts_frame,
                                             bool is_keyframe) {
  std::vector<std::uint8_t> payload(bytes, 0x33);
  payload[0] = starts_frame ? 0x10 : 0x00;
  payload[1] = is_keyframe ? 0x00 : 0x01;
  return payload;
}

// A second of video: 20 frames, each 50 ms; the 1st and the 11th are keyframes of 3 packets, the
// others have one.
inline MjrWriter second_of_video() {
  MjrWriter file = MjrWriter::of("vp8");
  std::uint16_t sequence = 65'530;
  for (std::uint32_t frame = 0; frame < 20; ++frame) {
    const bool is_keyframe = frame % 10 == 0;
    const std::size_t packets = is_keyframe ? 3 : 1;
    for (std::size_t i = 0; i < packets; ++i) {
      file.add({.at_ms = 50 * frame,
                .sequence_number = sequence++,
                .timestamp = 4'500 * frame,
                .marker = i + 1 == packets,
                .payload = vp8_payload(200 + frame, i == 0, is_keyframe)});
    }
  }
  return file;
}

}  // namespace penstock::load
