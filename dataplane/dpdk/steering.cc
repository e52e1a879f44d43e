#include "dataplane/dpdk/steering.h"

#include <rte_byteorder.h>
#include <rte_flow.h>

#include <array>

namespace penstock {
namespace {

struct SteeringRule {
  rte_flow_item_type ip_type;
  std::uint16_t udp_port;
  std::uint16_t queue;
};

bool add_rule(std::uint16_t port_id, const SteeringRule& rule) {
  rte_flow_attr attributes{};
  attributes.ingress = 1;
  rte_flow_item_udp udp{};
  rte_flow_item_udp udp_mask{};
  udp.hdr.dst_port = rte_cpu_to_be_16(rule.udp_port);
  udp_mask.hdr.dst_port = 0xFFFF;

  std::array<rte_flow_item, 4> pattern{};
  pattern[0].type = RTE_FLOW_ITEM_TYPE_ETH;
  pattern[1].type = rule.ip_type;
  pattern[2].type = RTE_FLOW_ITEM_TYPE_UDP;
  pattern[2].spec = &udp;
  pattern[2].mask = &udp_mask;
  pattern[3].type = RTE_FLOW_ITEM_TYPE_END;

  const rte_flow_action_queue queue{.index = rule.queue};
  std::array<rte_flow_action, 2> actions{};
  actions[0].type = RTE_FLOW_ACTION_TYPE_QUEUE;
  actions[0].conf = &queue;
  actions[1].type = RTE_FLOW_ACTION_TYPE_END;

  rte_flow_error error{};
  return rte_flow_validate(port_id, &attributes, pattern.data(), actions.data(), &error) == 0 &&
         rte_flow_create(port_id, &attributes, pattern.data(), actions.data(), &error) != nullptr;
}

}  // namespace

std::string steer_udp_ports(std::uint16_t port_id, std::uint16_t udp_port_base,
                            std::size_t queue_count) {
  for (std::size_t index = 0; index < queue_count; ++index) {
    const auto queue = static_cast<std::uint16_t>(index);
    const auto udp_port = static_cast<std::uint16_t>(udp_port_base + queue);
    for (const rte_flow_item_type ip : {RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_IPV6}) {
      if (!add_rule(port_id, {.ip_type = ip, .udp_port = udp_port, .queue = queue})) {
        remove_steering(port_id);
        return "steering: the device cannot; workers hand packets over by ring";
      }
    }
  }
  return "steering: UDP ports from " + std::to_string(udp_port_base) + " by rte_flow";
}

void remove_steering(std::uint16_t port_id) {
  rte_flow_error error{};
  rte_flow_flush(port_id, &error);
}

}  // namespace penstock
