// What a run found: a table for people, JSON for programs, and the promises that were kept or
// broken, which decide the program's exit status.
#pragma once

#include <boost/json.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "dataplane/base/histogram.h"
#include "tests/churn/resident_memory.h"

namespace penstock::churn {

namespace json = boost::json;

class Report {
 public:
  Report(std::string scenario, std::uint64_t cycles);

  // A line of the table: one value, or several that are compared.
  void add(std::string what, std::string value);
  void compare(std::string what, std::vector<std::string> values);
  // What goes into the JSON; `scenario` and `cycles` are there already.
  json::object& values() { return values_; }

  // A line of the table that is a promise; a broken one fails the run.
  void promise(const std::string& what, bool is_kept, const std::string& detail);
  // A promise that a run of this size cannot judge: said, without consequence.
  void only_reported(const std::string& what, bool would_be_kept, const std::string& detail);

  // Of all sizes: the measured process's memory, with the promise that it does not grow.
  void add_growth(const Growth& growth);
  // The same by what it has from malloc.
  void add_heap(const HeapAtRest& heap);
  // Latencies from retire to reclaim, as lines and as `reclaim_ns`.
  void add_reclaim(const Histogram& histogram);
  void add_reclaim(std::uint64_t p50_ns, std::uint64_t p99_ns, std::uint64_t max_ns,
                   std::uint64_t count);

  bool are_all_kept() const { return are_all_kept_; }
  void print(std::ostream& out) const;
  // The JSON document, one value per line.
  std::string to_json() const;

 private:
  struct Row {
    std::string what;
    std::vector<std::string> values;
  };

  void promise_of_memory(const std::string& what, bool is_kept, const std::string& detail);

  std::vector<Row> rows_;
  json::object values_;
  json::object promises_;
  bool are_all_kept_ = true;
};

// "1.234 ms", "812 us", "57 ns"
std::string duration_text(std::uint64_t ns);
// With so many digits behind the point.
std::string number_text(double number, int digits);
// "12.3 MiB"
std::string mebibytes_text(double bytes);

}  // namespace penstock::churn
