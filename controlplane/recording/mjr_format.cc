#include "controlplane/recording/mjr_format.h"

#include <array>
#include <boost/json.hpp>

#include "dataplane/base/endian.h"

namespace penstock::recording {
namespace {

namespace json = boost::json;

constexpr std::string_view kFileMagic = "MJR00002";
constexpr std::string_view kFrameMagic = "MEET";

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append(Bytes& to, std::span<const std::uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_be16(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), text.size()) == text;
}

void append_frame_header(Bytes& to, std::uint32_t at_ms, std::size_t bytes) {
  append(to, bytes_of(kFrameMagic));
  std::array<std::uint8_t, kMjrFrameHeaderBytes - kFrameMagic.size()> behind{};
  store_be32(behind.data(), at_ms);
  store_be16(&behind[4], static_cast<std::uint16_t>(bytes));
  append(to, behind);
}

json::object extensions_json(const Description& description) {
  json::object extensions;
  for (const auto& [id, uri] : description.extensions) extensions[std::to_string(id)] = uri;
  return extensions;
}

// In the order in which Janus has its members.
json::object description_json(const Description& description, std::int64_t created_us,
                              std::int64_t first_us) {
  constexpr std::array<std::string_view, 3> kKinds = {"a", "v", "d"};
  json::object all;
  all["t"] = kKinds[static_cast<std::size_t>(description.kind)];
  all["c"] = mjr_codec(description);
  if (!description.fmtp.empty()) all["f"] = description.fmtp;
  if (!description.text.empty()) all["d"] = description.text;
  if (!description.extensions.empty()) all["x"] = extensions_json(description);
  all["s"] = created_us;
  all["u"] = first_us;
  if (description.is_e2ee) all["e"] = true;
  if (description.red_payload_type != 0) all["or"] = description.red_payload_type;
  return all;
}

}  // namespace

std::string_view mjr_codec(const Description& description) {
  constexpr std::array<std::string_view, 5> kCodecs = {"opus", "vp8", "vp9", "h264", "av1"};
  if (description.kind == MediaKind::kData) return description.is_text ? "text" : "binary";
  return kCodecs[static_cast<std::size_t>(description.codec)];
}

Bytes mjr_header(const Description& description, std::int64_t created_us, std::int64_t first_us) {
  json::object all = description_json(description, created_us, first_us);
  std::string text = json::serialize(all);
  for (const std::string_view spared : {"d", "x", "f"}) {
    if (text.size() <= kMjrDescriptionBytesMax) break;
    all.erase(spared);
    text = json::serialize(all);
  }
  Bytes header;
  append(header, bytes_of(kFileMagic));
  append_be16(header, text.size());
  append(header, bytes_of(text));
  return header;
}

void append_mjr_frame(Bytes& to, std::uint32_t at_ms, std::span<const std::uint8_t> packet) {
  append_frame_header(to, at_ms, packet.size());
  append(to, packet);
}

void append_mjr_message(Bytes& to, std::uint32_t at_ms, std::int64_t unix_us,
                        std::span<const std::uint8_t> message) {
  append_frame_header(to, at_ms, kMjrDataTimeBytes + message.size());
  std::array<std::uint8_t, kMjrDataTimeBytes> time;
  store_be64(time.data(), static_cast<std::uint64_t>(unix_us));
  append(to, time);
  append(to, message);
}

std::optional<MjrReader> MjrReader::open(std::span<const std::uint8_t> file) {
  if (!begins_with(file, kFileMagic) || file.size() < kFileMagic.size() + 2) return std::nullopt;
  const std::size_t bytes = load_be16(&file[kFileMagic.size()]);
  const auto description = file.subspan(kFileMagic.size() + 2);
  if (description.size() < bytes) return std::nullopt;
  MjrReader reader;
  reader.file_ = file;
  reader.description_ = {reinterpret_cast<const char*>(description.data()), bytes};
  reader.position_ = kFileMagic.size() + 2 + bytes;
  return reader;
}

std::optional<MjrFrame> MjrReader::next() {
  const auto rest = file_.subspan(position_);
  if (rest.size() < kMjrFrameHeaderBytes || !begins_with(rest, kFrameMagic)) return std::nullopt;
  const std::size_t bytes = load_be16(&rest[8]);
  if (rest.size() - kMjrFrameHeaderBytes < bytes) return std::nullopt;
  position_ += kMjrFrameHeaderBytes + bytes;
  return MjrFrame{.at_ms = load_be32(&rest[4]),
                  .packet = rest.subspan(kMjrFrameHeaderBytes, bytes)};
}

std::size_t whole_mjr_bytes(std::span<const std::uint8_t> file) {
  auto reader = MjrReader::open(file);
  if (!reader) return 0;
  std::size_t frames = 0;
  while (reader->next()) ++frames;
  return frames == 0 ? 0 : reader->position();
}

}  // namespace penstock::recording
