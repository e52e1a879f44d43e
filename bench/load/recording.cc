#include "bench/load/recording.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/load/payload_mark.h"
#include "dataplane/base/endian.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/sequence.h"

namespace penstock::load {
namespace {

constexpr std::string_view kFileMagic = "MJR00002";
constexpr std::string_view kPacketMagic = "MEET";

struct RecordedPacket {
  Duration at = 0;
  std::uint32_t timestamp = 0;
  bool is_keyframe_start = false;
  Payload payload;
};
using Packets = std::map<std::uint64_t, RecordedPacket>;  // by extended sequence number

// Reads from the front of what is left.
class FileReader {
 public:
  explicit FileReader(std::span<const std::uint8_t> file) : rest_(file) {}

  bool is_at_end() const { return rest_.empty(); }
  std::optional<std::span<const std::uint8_t>> take(std::size_t bytes) {
    if (rest_.size() < bytes) return std::nullopt;
    const auto taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
  }
  bool take(std::string_view text) {
    const auto bytes = take(text.size());
    return bytes && std::ranges::equal(*bytes, text);
  }

 private:
  std::span<const std::uint8_t> rest_;
};

std::unexpected<std::string> error(std::string text) { return std::unexpected(std::move(text)); }

std::expected<MediaKind, std::string> read_kind(FileReader& file) {
  if (!file.take(kFileMagic)) return error("not a recording of Janus (.mjr, MJR00002)");
  const auto size = file.take(2);
  const auto text = size ? file.take(load_be16(size->data())) : std::nullopt;
  if (!text) return error("ends within its description");
  boost::system::error_code bad;
  const auto value = boost::json::parse(
      std::string_view(reinterpret_cast<const char*>(text->data()), text->size()), bad);
  const auto* const description = value.if_object();
  const auto* const codec = description != nullptr ? description->if_contains("c") : nullptr;
  if (bad || codec == nullptr || !codec->is_string()) {
    return error("its description is not JSON with a codec \"c\"");
  }
  const std::string_view name = codec->get_string();
  if (name == "opus") return MediaKind::kAudio;
  if (name == "vp8") return MediaKind::kVideo;
  return error("holds " + std::string(name) + "; only opus and vp8 can be sent");
}

// Of a whole RTP packet; the extended sequence number is put into `number`.
std::expected<RecordedPacket, std::string> read_packet(std::span<const std::uint8_t> packet,
                                                       MediaKind kind, SequenceUnwrapper& sequence,
                                                       std::uint64_t& number) {
  const auto header = parse_rtp_header(packet);
  const auto padding = header ? padding_bytes(packet, *header) : std::nullopt;
  if (!padding) return error("is not RTP");
  number = sequence.unwrap(header->sequence_number);
  const auto payload =
      packet.subspan(header->header_bytes, packet.size() - header->header_bytes - *padding);
  if (payload.size() > kPayloadBytesMax) {
    return error("has a payload of " + std::to_string(payload.size()) + " bytes; at most " +
                 std::to_string(kPayloadBytesMax) + " can be sent");
  }
  const auto info = describe_payload(kind == MediaKind::kVideo ? Codec::kVp8 : Codec::kOpus,
                                     payload, header->marker);
  RecordedPacket read;
  read.timestamp = header->timestamp;
  read.is_keyframe_start = info && info->is_keyframe_start;
  read.payload.assign(payload.begin(), payload.end());
  return read;
}

std::expected<Packets, std::string> read_packets(FileReader& file, MediaKind kind) {
  Packets packets;
  SequenceUnwrapper sequence;
  for (std::size_t count = 1; !file.is_at_end(); ++count) {
    const std::string name = "packet " + std::to_string(count);
    if (!file.take(kPacketMagic)) return error(name + " does not begin with MEET");
    const auto head = file.take(6);
    const auto bytes = head ? file.take(load_be16(head->data() + 4)) : std::nullopt;
    if (!bytes) return error("ends within " + name);
    std::uint64_t number = 0;
    auto packet = read_packet(*bytes, kind, sequence, number);
    if (!packet) return error(name + " " + packet.error());
    // Padding alone, as senders probe with it, is no media.
    if (packet->payload.empty()) continue;
    packet->at = static_cast<Duration>(load_be32(head->data())) * kMillisecond;
    packet->payload.resize(std::max(packet->payload.size(), kPayloadBytesMin));
    packets.try_emplace(number, std::move(*packet));
  }
  return packets;
}

// In order, from the first keyframe on.
void add_bursts(Packets& packets, Recording& recording) {
  std::vector<RecordedBurst>& bursts = recording.bursts;
  auto next = std::ranges::find_if(
      packets, [](const auto& numbered) { return numbered.second.is_keyframe_start; });
  if (next == packets.end()) return;
  const Duration began_at = next->second.at;
  Duration at = 0;
  for (const RecordedPacket* last = nullptr; next != packets.end(); ++next) {
    RecordedPacket& packet = next->second;
    const bool starts_frame = last == nullptr || packet.timestamp != last->timestamp;
    // What came late was sent in its turn.
    const Duration last_at = std::exchange(at, std::max(packet.at - began_at, at));
    if (starts_frame) {
      if (last != nullptr) bursts.back().ends_frame = true;
      if (packet.is_keyframe_start) recording.keyframes.push_back(bursts.size());
    }
    if (starts_frame || at != last_at || bursts.back().packets == kBurstPacketsMax) {
      bursts.push_back(
          {.at = at,
           .first = recording.payloads.size(),
           .starts_frame = starts_frame,
           .is_keyframe = starts_frame ? packet.is_keyframe_start : bursts.back().is_keyframe});
    }
    ++bursts.back().packets;
    recording.payloads.push_back(std::move(packet.payload));
    last = &packet;
  }
  bursts.back().ends_frame = true;
}

}  // namespace

std::expected<Recording, std::string> parse_recording(std::span<const std::uint8_t> file) {
  FileReader reader(file);
  const auto kind = read_kind(reader);
  if (!kind) return error(kind.error());
  auto packets = read_packets(reader, *kind);
  if (!packets) return error(packets.error());
  Recording recording;
  recording.kind = *kind;
  add_bursts(*packets, recording);
  if (recording.bursts.empty()) {
    return error(*kind == MediaKind::kVideo ? "holds no keyframe" : "holds no packets");
  }
  const auto frames = static_cast<Duration>(std::ranges::count_if(
      recording.bursts, [](const RecordedBurst& burst) { return burst.starts_frame; }));
  const Duration last_at = recording.bursts.back().at;
  recording.length = frames > 1 ? last_at + std::max(last_at / (frames - 1), kMillisecond)
                                : last_at + 20 * kMillisecond;
  return recording;
}

std::expected<Recording, std::string> read_recording(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return error("cannot be opened");
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
  if (size > kRecordingBytesMax) return error("has more than 256 MiB");
  std::vector<std::uint8_t> bytes(size);
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    return error("cannot be read");
  }
  auto recording = parse_recording(bytes);
  if (recording) recording->path = path;
  return recording;
}

}  // namespace penstock::load
