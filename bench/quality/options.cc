#include "bench/quality/options.h"

#include <CLI/CLI.hpp>

#include "bench/quality/scenarios.h"

namespace penstock::quality {
namespace {

constexpr const char* kDescription =
    "Runs calls over bad networks in virtual time, and says how good they were: the whole server\n"
    "of Penstock, clients with models of an encoder and a decoder, and links with rates, queues,\n"
    "delays and losses. No network is used, and the same seed gives the same call.";

constexpr const char* kFooter =
    "\n"
    "Figures are printed for each scenario beside what is expected of them; `missed` is one that\n"
    "is not met, and then the exit status is 1. The page of --html shows rates, pictures, queues,\n"
    "losses and freezes over time.\n"
    "\n"
    "  penstock-quality --list\n"
    "  penstock-quality --scenario step --html step.html\n";

}  // namespace

std::optional<QualityOptions> parse_quality_options(int argc, const char* const* argv,
                                                    int& exit_status) {
  QualityOptions options;
  CLI::App app(kDescription, "penstock-quality");
  app.footer(kFooter);
  const CLI::Validator is_known(
      [](std::string& name) {
        if (name == "all" || find_scenario(name) != nullptr) return std::string();
        return "there is no scenario '" + name + "'; --list says which there are";
      },
      "NAME");
  app.add_option("--scenario", options.scenarios, "What to run: `all` (default), or some by name")
      ->check(is_known)
      ->delimiter(',');
  app.add_option("--seed", options.seed, "Of everything that is random (default 1)");
  app.add_option("--json", options.json_path, "Write all figures there")->type_name("FILE");
  app.add_option("--html", options.html_path, "Write a page that shows them there")
      ->type_name("FILE");
  app.add_flag("--list", options.is_list, "Say which scenarios there are, and end");
  app.add_flag("--quiet", options.is_quiet, "No progress");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error);
    return std::nullopt;
  }
  return options;
}

}  // namespace penstock::quality
