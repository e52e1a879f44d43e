// What a receiver of data channels is to be sent. A value; control thread.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

using DataPeerId = std::uint64_t;

struct DataSource {
  DataPeerId publisher = 0;
  std::string name;  // of the publisher, for its receivers
  bool is_paused = false;

  bool operator==(const DataSource&) const = default;
};

}  // namespace penstock
