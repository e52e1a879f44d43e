// A report as one HTML page that needs nothing else.
#pragma once

#include <string>

#include "bench/report/against.h"
#include "bench/report/document.h"

namespace penstock::bench {

// `older`: beside an older report, if there is one; else it has no ratios.
std::string to_html(const json::value& document, const Against& older);

// The same in a few lines, for a terminal.
std::string to_summary(const json::value& document);

}  // namespace penstock::bench
