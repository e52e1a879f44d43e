#include "tests/churn/options.h"

#include <CLI/CLI.hpp>

namespace penstock::churn {

std::expected<Options, OptionsExit> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "Makes and destroys what Penstock is made of, over and over, and proves that nothing "
      "stays behind.",
      "penstock-churn");
  app.footer(
      "\nExit status: 0 if every promise was kept, 1 if one was broken, 2 for a mistake in "
      "the command line.");
  app.add_option("SCENARIO", options.scenario,
                 "rooms: rooms with a dummy publisher, over the Janus API\n"
                 "objects: publishers, streams and subscriptions in the data plane, under load\n"
                 "joins: participants with ICE, DTLS and SRTP over the wire\n"
                 "rush: 100 of them a second, beside media that keeps a worker half busy\n"
                 "whip: publishers and players of WHIP and WHEP, likewise\n"
                 "sessions: made by one client without end, beside others who join\n"
                 "stops: the server is told to end at the moment when many clients leave")
      ->required()
      ->check(CLI::IsMember({"rooms", "objects", "joins", "rush", "whip", "sessions", "stops"}));
  app.add_option("--cycles", options.cycles,
                 "How often (rooms: 1,000,000, with --janus 20,000; objects: 10,000,000; joins: "
                 "10,000; rush: 1,000; whip: 2,000; sessions: 1,000,000; stops: 50)")
      ->check(CLI::Range(std::uint64_t{10}, std::uint64_t{10'000'000'000}));
  app.add_option("--json", options.json_path, "Write what was measured to this file");
  app.add_flag("--janus", options.compares_janus, "rooms: the same against Debian's janus");
  app.add_option("--plot", options.plot_path, "rooms --janus: where the chart goes (SVG)");
  app.add_flag("--deadline", options.only_deadline,
               "objects: only the time from retire to reclaim, under load");
  app.add_option("--rate", options.rate, "objects: joins and leaves a second, when paced")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  app.add_option("--load", options.load_percent,
                 "rush: how much of the worker's time the media take, in percent (50)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{90}));
  app.add_option("--clients", options.clients, "stops: how many clients leave at each")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{4'000}));
  try {
    app.parse(argc, argv);
    if (options.scenario != "rooms" && options.compares_janus)
      throw CLI::ValidationError("--janus", "is for the scenario rooms");
    if (options.scenario != "objects" && options.only_deadline)
      throw CLI::ValidationError("--deadline", "is for the scenario objects");
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_mistake = app.exit(error, out, err) != 0;
    return std::unexpected(OptionsExit{is_mistake ? 2 : 0, is_mistake ? err.str() : out.str()});
  }
  return options;
}

}  // namespace penstock::churn
