// A report as one HTML page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "bench/report/against.h"
#include "bench/report/document.h"

namespace penstock::bench {

// `ratios`: to an older report, if there is one.
std::string to_html(const json::value& document, const std::vector<Ratio>& ratios);

// The same in a few lines, for a terminal.
std::string to_summary(const json::value& document);

}  // namespace penstock::bench
