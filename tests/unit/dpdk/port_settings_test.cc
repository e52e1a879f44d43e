// What a port asks of its device, from what the device says that it can. No device is needed.
#include "dataplane/dpdk/port_settings.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr std::uint16_t kNoInterface = UINT16_MAX;

rte_eth_dev_info able_device() {
  rte_eth_dev_info info{};
  info.driver_name = "net_able";
  info.max_mtu = 9'000;
  info.flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_TCP;
  info.rx_offload_capa = UINT64_MAX;
  info.tx_offload_capa = UINT64_MAX;
  return info;
}

PortSettings settings_of(const rte_eth_dev_info& info, std::size_t queue_count = 2,
                         PortDriver driver = PortDriver::kPci) {
  return make_port_settings({.driver = driver}, info, queue_count, kNoInterface);
}

TEST(PortSettingsTest, SeveralQueuesOfANicShareItsPacketsByHash) {
  const rte_eth_conf configuration = settings_of(able_device()).configuration;
  EXPECT_EQ(configuration.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
  EXPECT_EQ(configuration.rx_adv_conf.rss_conf.rss_hf, RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
  EXPECT_EQ(settings_of(able_device(), 1).configuration.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
}

TEST(PortSettingsTest, OnlyHashesThatTheNicHasAreAskedFor) {
  rte_eth_dev_info info = able_device();
  info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_TCP;
  const rte_eth_conf configuration = settings_of(info).configuration;
  EXPECT_EQ(configuration.rx_adv_conf.rss_conf.rss_hf, RTE_ETH_RSS_IPV4);
}

TEST(PortSettingsTest, ANicWithoutRssIsNotAskedForIt) {
  for (const std::uint64_t hashes : {std::uint64_t{0}, std::uint64_t{RTE_ETH_RSS_TCP}}) {
    rte_eth_dev_info info = able_device();
    info.flow_type_rss_offloads = hashes;
    const rte_eth_conf configuration = settings_of(info).configuration;
    EXPECT_EQ(configuration.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
    EXPECT_EQ(configuration.rx_adv_conf.rss_conf.rss_hf, 0U);
  }
}

TEST(PortSettingsTest, TheMtuIsTheLeastOfWhatWeWantTheDeviceAndTheInterfaceTake) {
  rte_eth_dev_info info = able_device();
  EXPECT_EQ(settings_of(info).mtu, 1'500);
  EXPECT_EQ(settings_of(info).configuration.rxmode.mtu, 1'500U);
  info.max_mtu = 1'460;
  EXPECT_EQ(settings_of(info).mtu, 1'460);
  EXPECT_EQ(settings_of(info).configuration.rxmode.mtu, 1'460U);
  EXPECT_EQ(make_port_settings({.driver = PortDriver::kAfPacket}, info, 1, 1'400).mtu, 1'400);
}

TEST(PortSettingsTest, OnlyOffloadsThatTheDeviceHasAreAskedFor) {
  rte_eth_dev_info info = able_device();
  EXPECT_TRUE(settings_of(info).verifies_checksums);
  EXPECT_TRUE(settings_of(info).finishes_checksums);
  EXPECT_EQ(settings_of(info).configuration.txmode.offloads,
            std::uint64_t{RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE | RTE_ETH_TX_OFFLOAD_UDP_CKSUM});
  info.rx_offload_capa = RTE_ETH_RX_OFFLOAD_UDP_CKSUM;  // one of two is of no use
  info.tx_offload_capa = 0;
  EXPECT_FALSE(settings_of(info).verifies_checksums);
  EXPECT_FALSE(settings_of(info).finishes_checksums);
  EXPECT_EQ(settings_of(info).configuration.rxmode.offloads, 0U);
  EXPECT_EQ(settings_of(info).configuration.txmode.offloads, 0U);
}

TEST(PortSettingsTest, ChecksumsAreNotLeftToANicThatIsNotToBeTrusted) {
  const PortConfig config{.driver = PortDriver::kPci, .checksum_offload = false};
  const PortSettings settings = make_port_settings(config, able_device(), 1, kNoInterface);
  EXPECT_FALSE(settings.verifies_checksums);
  EXPECT_FALSE(settings.finishes_checksums);
  EXPECT_EQ(settings.configuration.rxmode.offloads, 0U);
  EXPECT_EQ(settings.configuration.txmode.offloads,
            std::uint64_t{RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE});
}

TEST(PortSettingsTest, NoChecksumIsLeftToTheNicWhereHardlyAnythingHasOne) {
  const PortConfig config{.driver = PortDriver::kPci, .media_has_checksums = false};
  const PortSettings settings = make_port_settings(config, able_device(), 1, kNoInterface);
  EXPECT_TRUE(settings.verifies_checksums);
  EXPECT_FALSE(settings.finishes_checksums);
}

// The TAP driver's own says it can, and computes them itself.
TEST(PortSettingsTest, ChecksumsAreLeftToNicsOnly) {
  for (const PortDriver driver : {PortDriver::kTap, PortDriver::kAfPacket, PortDriver::kAfXdp})
    EXPECT_FALSE(settings_of(able_device(), 1, driver).finishes_checksums);
}

TEST(PortSettingsTest, AQueueIsAPairAndThereIsAtLeastOne) {
  rte_eth_dev_info info = able_device();
  info.max_rx_queues = 4;
  info.max_tx_queues = 3;
  EXPECT_EQ(queues_offered(info), 3U);
  info.max_tx_queues = 0;
  EXPECT_EQ(queues_offered(info), 1U);
}

// 82540EM: the driver says two, the NIC has one.
TEST(PortSettingsTest, ASecondQueueThatIsNotThereIsNotUsed) {
  rte_eth_dev_info info = able_device();
  info.driver_name = "net_e1000_em";
  info.max_rx_queues = 2;
  info.max_tx_queues = 2;
  EXPECT_EQ(queues_offered(info), 1U);
}

TEST(PortSettingsTest, ANicHasLongerRingsThanOtherDevices) {
  const PortSettings nic = settings_of(able_device());
  EXPECT_EQ(nic.receive_entries, kNicRingEntries);
  EXPECT_EQ(nic.transmit_entries, kNicRingEntries);
  EXPECT_EQ(nic.receive_rings, 1U);
  const PortSettings tap = settings_of(able_device(), 1, PortDriver::kTap);
  EXPECT_EQ(tap.receive_entries, 256U);
  EXPECT_EQ(tap.transmit_entries, 256U);
}

TEST(PortSettingsTest, ANicIsAskedForTheDescriptorsThatAreConfigured) {
  const PortConfig config{.driver = PortDriver::kPci, .descriptors = 4'096};
  const PortSettings settings = make_port_settings(config, able_device(), 2, kNoInterface);
  EXPECT_EQ(settings.receive_entries, 4'096U);
  EXPECT_EQ(settings.transmit_entries, 4'096U);
  EXPECT_GE(Port::rings_max(config, 2).receive_packets, 4'096U);
  EXPECT_GE(Port::rings_max(config, 2).transmit_packets, 4'096U);
  const PortConfig tap{.driver = PortDriver::kTap, .descriptors = 4'096};
  EXPECT_EQ(make_port_settings(tap, able_device(), 1, kNoInterface).receive_entries, 256U);
}

TEST(PortSettingsTest, Vmxnet3HoldsBuffersInTwoReceiveRings) {
  rte_eth_dev_info info = able_device();
  info.driver_name = "net_vmxnet3";
  EXPECT_EQ(settings_of(info).receive_rings, 2U);
}

TEST(PortSettingsTest, MemoryIsAskedForTheMostThatADeviceCanTurnOutToHold) {
  const PortConfig config{.driver = PortDriver::kPci};
  rte_eth_dev_info info = able_device();
  info.driver_name = "net_vmxnet3";
  const PortSettings settings = make_port_settings(config, info, 2, kNoInterface);
  const PortRings most = Port::rings_max(config, 2);
  EXPECT_GE(most.receive_packets, settings.receive_rings * settings.receive_entries);
  EXPECT_GE(most.transmit_packets, settings.transmit_entries);
}

}  // namespace
}  // namespace penstock
