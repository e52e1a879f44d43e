// What the server holds, for people: the page at / of the admin interface, and the lines that go to
// the log at the end. Pure.
#pragma once

#include <string>
#include <vector>

#include "controlplane/admin/lifetimes.h"

namespace penstock {

// Lines without line ends.
std::vector<std::string> lifetimes_lines(const Lifetimes& lifetimes);

// The page: the lines, and where else to look.
std::string lifetimes_page(const Lifetimes& lifetimes);

}  // namespace penstock
