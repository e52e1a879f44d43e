// penstock-compare: Penstock beside other servers (tools/compare builds and runs it).
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "bench/compare/options.h"
#include "bench/compare/report.h"
#include "bench/report/write_file.h"

namespace {

using namespace penstock::compare;

int run(const CompareOptions& options) {
  const Occasion occasion = this_occasion();
  const Comparison comparison = compare_servers(
      options.comparison, [](const std::string& line) { std::cerr << line << std::endl; });
  std::cout << to_table(options.comparison, comparison, occasion);
  const std::string document =
      boost::json::serialize(to_json(options.comparison, comparison, occasion)) + "\n";
  return penstock::bench::write_file("penstock-compare", options.json_path, document) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_status = 0;
  const auto options = parse_compare_options(argc, argv, exit_status);
  if (!options) return exit_status;
  if (::geteuid() != 0) {
    std::cerr << "penstock-compare: network namespaces need root\n";
    return 1;
  }
  try {
    return run(*options);
  } catch (const std::exception& error) {
    std::cerr << "penstock-compare: " << error.what() << "\n";
    return 1;
  }
}
