// A file of rows, each under a key, that is changed row by row and written as a whole
// (whole_file.h): for what is seldom changed and small. What a row says is its owner's business;
// here it is text. With it the job that changes it: whoever has a job has its file, so that nobody
// else touches either. Values; any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

// One row's change, and what came of it.
struct TableChange {
  std::string key;
  std::optional<std::string> row;      // absent: it goes
  std::optional<std::string> error{};  // of the last run: the row is as it was
};

class TableFile {
 public:
  struct Format {
    std::string begin;      // in front of the first row
    std::string separator;  // between two
    std::string end;
    std::size_t rows_max = 0;
    std::size_t bytes_max = 0;
  };
  using Rows = std::map<std::string, std::string>;
  // Puts a text into the place of a file: replace_whole_file, but for tests.
  using Replace = std::function<std::expected<void, std::string>(const std::filesystem::path& path,
                                                                 std::string_view text)>;

  TableFile(std::filesystem::path path, Format format, Rows rows)
      : path_(std::move(path)), format_(std::move(format)), rows_(std::move(rows)) {}

  // Makes all changes in their order, with one write. Each that cannot be made gets its error: the
  // others are made. Nothing is thrown; without memory no change is made.
  void apply(std::list<TableChange>& changes, const Replace& replace) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const Rows& rows() const { return rows_; }

 private:
  void change_all(std::list<TableChange>& changes, const Replace& replace);
  std::string text_of(const Rows& rows) const;

  std::filesystem::path path_;
  Format format_;
  Rows rows_;  // as they stand in the file
};

// Changes on their way to the file and back, errors in them.
struct TableJob {
  TableFile file;
  std::list<TableChange> changes{};

  void run(const TableFile::Replace& replace) noexcept { file.apply(changes, replace); }
};

}  // namespace penstock
