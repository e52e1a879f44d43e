// penstock-turns: what tools/against has measured, as a table and as JSON.
#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/report/parts.h"
#include "bench/report/turns.h"
#include "bench/report/write_file.h"

namespace penstock::bench {
namespace {

std::expected<TurnComparison, std::string> compare(const std::vector<std::string>& files) {
  std::vector<Turn> turns;
  for (std::size_t i = 0; i + 1 < files.size(); i += 2) {
    auto other = read_json(files[i]);
    if (!other) return std::unexpected(other.error());
    auto ours = read_json(files[i + 1]);
    if (!ours) return std::unexpected(ours.error());
    turns.push_back({*std::move(other), *std::move(ours)});
  }
  return compare_turns(turns);
}

int run(int argc, const char* const* argv) {
  std::vector<std::string> files;
  std::string json_path;
  CLI::App app("Compares two builds of penstock-bench that ran in turns.", "penstock-turns");
  app.add_option("files", files, "Of each turn, the other build's JSON and this one's")->required();
  app.add_option("--json", json_path, "Write the figures to a file")->type_name("FILE");
  try {
    app.parse(argc, argv);
    if (files.size() % 2 != 0) throw CLI::ValidationError("an odd number of files");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto comparison = compare(files);
  if (!comparison) {
    std::cerr << "cannot compare: " << comparison.error() << '\n';
    return 1;
  }
  std::cout << to_table(*comparison);
  const std::string document = json::serialize(to_json(*comparison)) + "\n";
  return write_file("penstock-turns", json_path, document) ? 0 : 1;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) { return penstock::bench::run(argc, argv); }
