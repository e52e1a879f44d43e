#include "controlplane/storage/table_file.h"

#include <new>
#include <utility>

namespace penstock {
namespace {

constexpr const char* kNoMemory = "out of memory";  // fits into a string without memory

}  // namespace

void TableFile::apply(std::list<TableChange>& changes, const Replace& replace) noexcept {
  try {
    change_all(changes, replace);
  } catch (const std::bad_alloc&) {
    for (TableChange& change : changes) change.error = kNoMemory;
  }
}

void TableFile::change_all(std::list<TableChange>& changes, const Replace& replace) {
  Rows rows = rows_;
  bool has_changed = false;
  for (TableChange& change : changes) {
    change.error.reset();
    if (!change.row) {
      has_changed |= rows.erase(change.key) > 0;
    } else if (rows.size() >= format_.rows_max && !rows.contains(change.key)) {
      change.error = "there are " + std::to_string(format_.rows_max) + " rows already";
    } else {
      rows.insert_or_assign(change.key, *change.row);
      has_changed = true;
    }
  }
  if (!has_changed) return;
  const std::string text = text_of(rows);
  const auto replaced = text.size() <= format_.bytes_max
                            ? replace(path_, text)
                            : std::unexpected("it would have more than " +
                                              std::to_string(format_.bytes_max) + " bytes");
  if (replaced) return rows_.swap(rows);
  for (TableChange& change : changes) {
    if (!change.error) change.error = replaced.error();
  }
}

std::string TableFile::text_of(const Rows& rows) const {
  std::size_t bytes = format_.begin.size() + format_.end.size();
  for (const auto& [key, row] : rows) bytes += row.size() + format_.separator.size();
  std::string text;
  text.reserve(bytes);
  text += format_.begin;
  for (const auto& [key, row] : rows) {
    if (text.size() > format_.begin.size()) text += format_.separator;
    text += row;
  }
  text += format_.end;
  return text;
}

}  // namespace penstock
