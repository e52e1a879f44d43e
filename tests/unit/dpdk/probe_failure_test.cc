// What operators are told when DPDK did not take their NIC, for what DPDK 22.11 logs in each case.
#include "dataplane/dpdk/probe_failure.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

// A line of the log with what EAL always says after it.
std::string logged(const std::string& line) {
  return "EAL: " + line + "\nEAL: Requested device 0000:03:00.0 cannot be used\n";
}

void expect_remedy(const std::string& line, const std::string& remedy) {
  const std::string text = explain_probe_failure("0000:03:00.0", logged(line));
  EXPECT_TRUE(text.starts_with("no DPDK driver took 0000:03:00.0: ")) << text;
  const std::string first_line = text.substr(0, text.find('\n'));
  EXPECT_NE(first_line.find(remedy), std::string::npos) << first_line;
  EXPECT_EQ(first_line.find("librte-net"), std::string::npos) << "a driver is there: " << text;
  EXPECT_NE(text.find(line), std::string::npos) << "the log is shown: " << text;
}

TEST(ProbeFailureTest, WhatTheLogSaysDecidesOnTheRemedy) {
  expect_remedy("Cannot open /dev/vfio/2: Device or resource busy", "another program");
  expect_remedy("Cannot open /dev/vfio/3: Permission denied", "run as root");
  expect_remedy("Cannot open VFIO container /dev/vfio/vfio, error 13 (Permission denied)",
                "run as root");
  expect_remedy("Cannot set up DMA remapping, error 12 (Cannot allocate memory)",
                "ulimit -l unlimited");
  expect_remedy("No supported IOMMU extensions found!", "modprobe vfio_iommu_type1");
  expect_remedy("0000:03:00.0 failed to select IOMMU type", "allow_unsafe_interrupts");
  expect_remedy("  Expecting 'PA' IOVA mode but current mode is 'VA', not initializing",
                "eal.hugepages = true");
}

TEST(ProbeFailureTest, WithoutABusThePackagesAreNamed) {
  const std::string text =
      explain_probe_failure("0000:03:00.0", "EAL: failed to parse device \"0000:03:00.0\"\n");
  EXPECT_NE(text.find("librte-bus-pci"), std::string::npos) << text;
}

TEST(ProbeFailureTest, ADeviceThatNobodyTriedToTakeLacksItsDriver) {
  EXPECT_EQ(explain_probe_failure("0000:03:00.0", ""),
            "no DPDK driver took 0000:03:00.0: is the driver's package (librte-net-*) installed?");
}

TEST(ProbeFailureTest, WhatIsNotKnownIsShownAsItIs) {
  const std::string text = explain_probe_failure("0000:03:00.0", "PMD: firmware too old\n");
  EXPECT_NE(text.find("PMD: firmware too old"), std::string::npos) << text;
  EXPECT_NE(text.find("dmesg"), std::string::npos) << text;
}

}  // namespace
}  // namespace penstock
