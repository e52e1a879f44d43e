#include "controlplane/admin/lifetimes.h"

namespace penstock {

RetireReport retire_report(std::string_view name, const RetireList& list, Timestamp now) {
  return {.name = name,
          .waiting = list.size(),
          .capacity = list.capacity(),
          .oldest = list.size() == 0 ? 0 : now - list.oldest(),
          .waits = list.waits()};
}

}  // namespace penstock
