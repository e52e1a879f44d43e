#include "bench/report/machine.h"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace penstock::bench {
namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown CPU";
}

// Of the last 1, 5 and 15 minutes.
std::string load_average() {
  std::string one;
  std::string five;
  std::string fifteen;
  std::ifstream("/proc/loadavg") >> one >> five >> fifteen;
  return one + ", " + five + ", " + fifteen;
}

}  // namespace

boost::json::object this_machine() {
  utsname names{};
  ::uname(&names);
  return {{"cpu", cpu_name()},
          {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"kernel", std::string(names.sysname) + " " + names.release},
          {"load", load_average()}};
}

std::string date_now() {
  const time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  ::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

}  // namespace penstock::bench
