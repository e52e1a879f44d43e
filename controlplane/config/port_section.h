// The section [port]: what the data port is, and its addresses. Control thread, at start.
#pragma once

#include "controlplane/config/config.h"
#include "controlplane/config/config_reader.h"

namespace penstock::config {

// Reads it over the defaults that are in `port`; what is wrong with it is told to the section.
void read_port(ConfigSection section, PortConfig& port);

}  // namespace penstock::config
