#include "controlplane/janus/room_file.h"

#include <utility>

#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/janus/requests/room_requests.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/signalling/limits.h"
#include "controlplane/storage/whole_file.h"

namespace penstock::janus {
namespace {

constexpr std::string_view kBegin = "{\"penstock_rooms\":1,\"rooms\":[\n";
constexpr std::string_view kSeparator = ",\n";
constexpr std::string_view kEnd = "\n]}\n";
constexpr std::int64_t kVersion = 1;

using Rows = TableFile::Rows;
template <typename T>
using Read = std::expected<T, std::string>;

// With string_ids, a number is a good text, too: files go on when that is switched on.
json::object with_id_as_text(json::object row) {
  if (const json::value* id = row.if_contains("room"); id != nullptr && id->is_int64()) {
    row["room"] = std::to_string(id->get_int64());
  }
  return row;
}

Read<PermanentRoom> read_row(const json::value& value, IdReader ids) {
  if (!value.is_object()) return std::unexpected("it is no object");
  const json::object row = ids.are_texts ? with_id_as_text(value.get_object()) : value.get_object();
  auto read = read_create(row, ids, false);
  if (!read) return std::unexpected(read.error().text);
  if (!read->room) return std::unexpected("it has no id");
  return PermanentRoom{.id = *std::move(read->room), .settings = std::move(read->settings)};
}

// The rows of the file, if it is one.
Read<const json::array*> find_rows(const json::value& root) {
  const json::object* file = root.if_object();
  const json::value* version = file == nullptr ? nullptr : file->if_contains("penstock_rooms");
  const json::array* rows = file == nullptr ? nullptr : get_array(*file, "rooms");
  if (version == nullptr || rows == nullptr) {
    return std::unexpected("it is no file of rooms: penstock_rooms or rooms is missing");
  }
  if (*version != kVersion) {
    return std::unexpected("penstock_rooms is not 1: another version of this server wrote it");
  }
  return rows;
}

struct Contents {
  Rows rows{};
  std::vector<PermanentRoom> rooms{};
};

Read<Contents> read_contents(std::string_view text, IdReader ids) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error) return std::unexpected("it is not JSON: " + error.message());
  const auto rows = find_rows(root);
  if (!rows) return std::unexpected(rows.error());
  Contents contents;
  for (const json::value& row : **rows) {
    // The first room stands on the second line.
    const std::string place = "line " + std::to_string(contents.rooms.size() + 2) + ": ";
    auto room = read_row(row, ids);
    if (!room) return std::unexpected(place + room.error());
    // As it is: what this version does not know stays in it.
    if (!contents.rows.emplace(room_key(room->id), json::serialize(row)).second) {
      return std::unexpected(place + "room " + room->id.to_string() + " is there twice");
    }
    contents.rooms.push_back(*std::move(room));
  }
  return contents;
}

void add_dummy(ObjectText& to, const room::RoomSettings& settings) {
  if (!settings.dummy) return;
  to.add("dummy_publisher", true).add("dummy_e2ee", settings.dummy->is_e2ee);
  ArrayText streams;
  for (const DummyStream& stream : settings.dummy->streams) {
    ObjectText item{{"codec", to_json(stream.codec)}};
    if (!stream.fmtp.empty()) item.add("fmtp", stream.fmtp);
    streams.add(std::move(item));
  }
  to.add("dummy_streams", std::move(streams).json());
}

}  // namespace

std::string room_key(const room::Id& id) { return id.to_string(); }

std::string room_row(const room::Id& id, const room::RoomSettings& s) {
  ObjectText row{{"room", to_json(id)},
                 {"description", s.description},
                 {"secret", s.secret},
                 {"pin", s.pin},
                 {"is_private", s.is_private},
                 {"require_pvtid", s.requires_private_id},
                 {"signed_tokens", s.requires_signed_token},
                 {"require_e2ee", s.requires_e2ee},
                 {"notify_joining", s.notifies_joining},
                 {"publishers", s.publishers_max},
                 {"bitrate", s.bitrate_bps},
                 {"bitrate_cap", s.bitrate_cap},
                 {"fir_freq", s.keyframe_interval_s},
                 {"audiocodec", join_codecs(s.audio_codecs)},
                 {"videocodec", join_codecs(s.video_codecs)},
                 {"h264_profile", s.h264_profile},
                 {"vp9_profile", s.vp9_profile},
                 {"opus_fec", s.opus_fec},
                 {"opus_dtx", s.opus_dtx},
                 {"opusred", s.opus_red},
                 {"audiolevel_ext", s.audio_level_extension},
                 {"audiolevel_event", s.audio_level_event},
                 {"audio_active_packets", s.audio_active_packets},
                 {"audio_level_average", s.audio_level_average},
                 {"loudest", s.loudest},
                 {"dominant_speaker", s.dominant_speaker},
                 {"videoorient_ext", s.video_orientation_extension},
                 {"playoutdelay_ext", s.playout_delay_extension},
                 {"transport_wide_cc_ext", s.transport_cc_extension},
                 {"record", s.is_recorded},
                 {"rec_dir", s.recording_folder},
                 {"lock_record", s.locks_recording}};
  if (s.allowed_tokens) {
    ArrayText tokens;
    for (const std::string& token : *s.allowed_tokens) tokens.add(token);
    row.add("allowed", std::move(tokens).json());
  }
  add_dummy(row, s);
  return std::move(row).text();
}

std::expected<RoomFile, std::string> open_room_file(const std::filesystem::path& path, IdReader ids,
                                                    std::size_t rooms_max) {
  if (auto usable = check_folder_of(path); !usable) return std::unexpected(usable.error());
  const auto text = read_whole_file(path, kRoomFileBytesMax);
  if (!text) return std::unexpected(text.error());
  Contents contents;
  if (*text) {
    auto read = read_contents(**text, ids);
    if (!read) return std::unexpected(path.string() + ": " + read.error());
    contents = *std::move(read);
  }
  TableFile::Format format{.begin = std::string(kBegin),
                           .separator = std::string(kSeparator),
                           .end = std::string(kEnd),
                           .rows_max = rooms_max,
                           .bytes_max = kRoomFileBytesMax};
  return RoomFile{.table = TableFile(path, std::move(format), std::move(contents.rows)),
                  .rooms = std::move(contents.rooms)};
}

}  // namespace penstock::janus
