// What each component is made with, from the configuration file's sections. Pure functions.
#pragma once

#include <expected>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/janus/config.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/server/pool_plan.h"
#include "controlplane/whip/config.h"
#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/worker/context.h"

namespace penstock {

PoolSizes pool_sizes(const PoolPlan& plan, const config::LimitsConfig& limits);
DataplaneHostConfig dataplane_host_config(const Config& config);
// `addresses`: the port's own (DataplaneHost::local_addresses).
MediaConfig media_config(const Config& config, const PoolPlan& plan,
                         const std::vector<IpAddress>& addresses);
janus::JanusConfig janus_config(const Config& config, const PoolPlan& plan,
                                const std::vector<IpAddress>& addresses);
whip::Config whip_config(const Config& config, const PoolPlan& plan);
// Error: this CPU cannot run the one that is configured.
std::expected<SrtpBackend, std::string> srtp_backend(const config::SrtpConfig& srtp);

}  // namespace penstock
