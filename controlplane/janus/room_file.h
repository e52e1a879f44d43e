// The file in which permanent rooms stand (storage/table_file.h): JSON, a room on each line, as the
// `create` request that makes it, so that one reader knows both. Secrets and PINs stand in it as
// they are. Values; read on the control thread at start.
//
//   {"penstock_rooms":1,"rooms":[
//   {"room":1,"description":"...","secret":"...",...},
//   {"room":2,...}
//   ]}
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/room/room_settings.h"
#include "controlplane/storage/table_file.h"

namespace penstock::janus {

struct PermanentRoom {
  room::Id id;
  room::RoomSettings settings;
};

struct RoomFile {
  TableFile table;
  std::vector<PermanentRoom> rooms;  // that stand in it
};

// Reads the file; where there is none, it is one without rooms, which is made with the first one.
// At most `rooms_max` will stand in it. Error: the file cannot be read, or is not what was written:
// which line of it, and what is wrong; it is left as it is.
std::expected<RoomFile, std::string> open_room_file(const std::filesystem::path& path, IdReader ids,
                                                    std::size_t rooms_max);

// A room's key, and its row.
std::string room_key(const room::Id& id);
std::string room_row(const room::Id& id, const room::RoomSettings& settings);

}  // namespace penstock::janus
