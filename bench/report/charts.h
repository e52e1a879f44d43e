// The charts of a report, from its document. Each is empty if the report has nothing for it.
#pragma once

#include <string>

#include "bench/report/document.h"

namespace penstock::bench {

std::string stage_chart(const json::value& document);
std::string throughput_chart(const json::value& document);
std::string latency_chart(const json::value& document);
std::string scaling_chart(const json::value& document);
// GCM and whole SRTP, beside the libraries, for packets of so many bytes.
std::string cipher_chart(const json::value& document, const std::string& bytes);
std::string comparison_cost_chart(const json::value& document);
std::string comparison_delay_chart(const json::value& document);

// What a run of the pipeline was, in a few words: "1 x 16, 1100 B".
std::string run_title(const json::value& run);

}  // namespace penstock::bench
