// penstock-report: what tools/bench has measured, as one JSON file, one page and one table.
#include <CLI/CLI.hpp>
#include <iostream>
#include <stdexcept>

#include "bench/report/against.h"
#include "bench/report/machine.h"
#include "bench/report/page.h"
#include "bench/report/parts.h"
#include "bench/report/write_file.h"

namespace penstock::bench {
namespace {

struct ReportOptions {
  std::string parts;
  std::string json;
  std::string html;
  std::string against;
  std::string revision = "unknown";
  std::string mode = "full";
  std::string comparison_missing = "it was not run";
};

template <typename T>
T must(std::expected<T, std::string> value) {
  if (!value) throw std::runtime_error(value.error());
  return std::move(*value);
}

// False, with a message, if a file cannot be written.
bool make_report(const ReportOptions& options) {
  const std::vector<Part> parts = must(read_parts(options.parts));
  const json::value document = merge(parts, {.machine = this_machine(),
                                             .date = date_now(),
                                             .revision = options.revision,
                                             .mode = options.mode,
                                             .comparison_missing = options.comparison_missing});
  Against older;
  if (!options.against.empty()) older = against(must(read_json(options.against)), document);
  if (!write_file("penstock-report", options.json, json::serialize(document) + "\n") ||
      !write_file("penstock-report", options.html, to_html(document, older))) {
    return false;
  }
  std::cout << to_summary(document);
  if (!options.against.empty()) std::cout << '\n' << to_table(older);
  return true;
}

int run(int argc, const char* const* argv) {
  ReportOptions options;
  CLI::App app("Makes one report of the files that tools/bench has collected.", "penstock-report");
  app.add_option("--parts", options.parts, "The list of the files")->required();
  app.add_option("--json", options.json, "Where the report goes")->required();
  app.add_option("--html", options.html, "Where the page goes")->required();
  app.add_option("--against", options.against, "An older report: ratios to it");
  app.add_option("--revision", options.revision, "What was measured");
  app.add_option("--mode", options.mode, "quick or full");
  app.add_option("--comparison-missing", options.comparison_missing, "Why there is none");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return make_report(options) ? 0 : 1;
  } catch (const std::runtime_error& error) {
    std::cerr << "penstock-report: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) { return penstock::bench::run(argc, argv); }
