#include "bench/report/parts.h"

#include <fstream>
#include <map>
#include <sstream>

namespace penstock::bench {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

}  // namespace

std::expected<json::value, std::string> read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  json::error_code error;
  json::value value = json::parse(text.str(), error);
  if (error) return std::unexpected(path.string() + ": " + error.message());
  return value;
}

std::expected<std::vector<Part>, std::string> read_parts(const std::filesystem::path& list) {
  const std::map<std::string, PartKind> kinds = {{"micro", PartKind::kMicro},
                                                 {"pipeline", PartKind::kPipeline},
                                                 {"drain", PartKind::kDrain},
                                                 {"scaling", PartKind::kScaling},
                                                 {"comparison", PartKind::kComparison}};
  std::ifstream file(list);
  if (!file) return std::unexpected("cannot read " + list.string());
  std::vector<Part> parts;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 4 || !kinds.contains(fields[0])) {
      return std::unexpected(list.string() + ": not a line of the list: " + line);
    }
    auto result = read_json(list.parent_path() / fields[3]);
    if (!result) return std::unexpected(result.error());
    parts.push_back({kinds.at(fields[0]), fields[1], fields[2], std::move(*result)});
  }
  return parts;
}

}  // namespace penstock::bench
