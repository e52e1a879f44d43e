#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/device_checks.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/dpdk/in_child.h"

namespace penstock {
namespace {

// What DataplaneHost::start answers for this port, in a child process.
std::string start_error(const PortConfig& port) {
  return in_child([&] {
    const auto host = DataplaneHost::start({.port = port});
    return host.has_value() ? std::string("it started") : host.error();
  });
}

void drop_all_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  ::syscall(SYS_capset, &header, data);
}

std::string error_without_capabilities(const PortConfig& port) {
  return in_child([&]() -> std::string {
    if (std::system("ip link add va type veth peer name vb && ip link set va up") != 0) {
      return "no veth";
    }
    drop_all_capabilities();
    const auto host = DataplaneHost::start({.port = port});
    return host.has_value() ? std::string("it started") : host.error();
  });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(DeviceErrorsTest, AMissingInterfaceIsNamedAndTheRemedyGiven) {
  for (const PortDriver driver : {PortDriver::kAfPacket, PortDriver::kAfXdp}) {
    const std::string error = start_error({.driver = driver, .device = "nosuch0"});
    EXPECT_TRUE(contains(error, "no interface nosuch0")) << error;
    EXPECT_TRUE(contains(error, "`ip link` lists")) << error;
  }
}

TEST(DeviceErrorsTest, AnMtuThatOurOwnDatagramsDoNotFitIsRefused) {
  const std::string error = in_child([]() -> std::string {
    if (std::system("ip link add va mtu 1279 type veth peer name vb mtu 1279 && ip link set va up"
                    " && ip link set vb up") != 0) {
      return "no veth";
    }
    const auto host =
        DataplaneHost::start({.port = {.driver = PortDriver::kAfPacket, .device = "va"}});
    return host.has_value() ? std::string("it started") : host.error();
  });
  EXPECT_TRUE(contains(error, "the MTU of va is 1279: at least 1280 is needed")) << error;
}

TEST(DeviceErrorsTest, AnInterfaceThatIsDownIsSaidToBe) {
  const std::string error = start_error({.driver = PortDriver::kAfPacket, .device = "lo"});
  EXPECT_TRUE(contains(error, "ip link set lo up")) << error;
}

TEST(DeviceErrorsTest, WithoutPermissionTheCapabilityIsNamed) {
  const std::string tap = error_without_capabilities({.driver = PortDriver::kTap});
  EXPECT_TRUE(contains(tap, "cap_net_admin")) << tap;
  const std::string packet =
      error_without_capabilities({.driver = PortDriver::kAfPacket, .device = "va"});
  EXPECT_TRUE(contains(packet, "cap_net_raw")) << packet;
  const std::string xdp =
      error_without_capabilities({.driver = PortDriver::kAfXdp, .device = "va"});
  EXPECT_TRUE(contains(xdp, "cap_bpf")) << xdp;
}

TEST(DeviceErrorsTest, ATapNameInUseIsRefused) {
  const std::string error = in_child([]() -> std::string {
    if (std::system("ip tuntap add penstock0 mode tap") != 0) {
      return "no tap";
    }
    const auto host = DataplaneHost::start({});
    return host.has_value() ? std::string("it started") : host.error();
  });
  EXPECT_TRUE(contains(error, "penstock0 exists already")) << error;
}

TEST(DeviceErrorsTest, ANameThatCannotBeAnInterfaceIsRefused) {
  for (const std::string name : {"", "a,remote=eth0", "much-too-long-for-linux"}) {
    const std::string error = start_error({.driver = PortDriver::kTap, .device = name});
    EXPECT_TRUE(contains(error, "is not a name for a network interface")) << error;
  }
}

TEST(DeviceErrorsTest, APciDeviceThatIsNotThereIsNamed) {
  const std::string error = start_error({.driver = PortDriver::kPci, .device = "ffff:ff:1f.7"});
  EXPECT_TRUE(contains(error, "no PCI device ffff:ff:1f.7")) << error;
}

// A folder like the kernel's, with one device.
class FakeSysfs {
 public:
  explicit FakeSysfs(const std::string& address)
      : device_(folder_.path() / "bus/pci/devices" / address) {
    std::filesystem::create_directories(device_);
  }
  void bind(const std::string& driver) { link("driver", "../../../bus/pci/drivers/" + driver); }
  void add_iommu() { link("iommu_group", "../../../kernel/iommu_groups"); }
  std::string path() const { return folder_.path(); }

 private:
  void link(const std::string& name, const std::string& target) {
    std::filesystem::create_directories(device_ / target);
    std::filesystem::create_directory_symlink(target, device_ / name);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path device_;
};

TEST(DeviceErrorsTest, APciDeviceThatDpdkHasIsGood) {
  for (const std::string driver : {"vfio-pci", "uio_pci_generic", "mlx5_core"}) {
    FakeSysfs sysfs("0000:03:00.0");
    sysfs.bind(driver);
    EXPECT_TRUE(check_pci("0000:03:00.0", sysfs.path()).has_value()) << driver;
  }
}

TEST(DeviceErrorsTest, APciDeviceThatTheKernelHasIsToBeBoundToVfio) {
  FakeSysfs sysfs("0000:03:00.0");
  sysfs.add_iommu();
  sysfs.bind("e1000e");
  const std::string error = check_pci("0000:03:00.0", sysfs.path()).error();
  EXPECT_TRUE(contains(error, "the kernel's driver e1000e")) << error;
  EXPECT_TRUE(contains(error, "--bind=vfio-pci 0000:03:00.0")) << error;
  EXPECT_FALSE(contains(error, "uio_pci_generic")) << error;
}

// As vfio-pci leaves it, which then refuses it again and again.
TEST(DeviceErrorsTest, WithoutAnIommuAPciDeviceIsNotToBeBoundToVfio) {
  FakeSysfs sysfs("0000:03:00.0");
  const std::string error = check_pci("0000:03:00.0", sysfs.path()).error();
  EXPECT_TRUE(contains(error, "bound to no driver")) << error;
  EXPECT_TRUE(contains(error, "intel_iommu=on")) << error;
  EXPECT_TRUE(contains(error, "--bind=uio_pci_generic 0000:03:00.0")) << error;
  EXPECT_FALSE(contains(error, "--bind=vfio-pci")) << error;
}

TEST(DeviceErrorsTest, MissingHugePagesAreCountedAndTheRemedyGiven) {
  const auto checked = check_hugepages(100'000'000);
  ASSERT_FALSE(checked.has_value());
  EXPECT_TRUE(contains(checked.error(), "100000000 MiB are needed")) << checked.error();
  EXPECT_TRUE(contains(checked.error(), "sysctl vm.nr_hugepages=")) << checked.error();
}

TEST(DeviceErrorsTest, WorkersAndCpusOutOfRangeAreRefused) {
  const std::string error = in_child([]() -> std::string {
    const auto none = DataplaneHost::start({.worker_count = 0});
    const auto foreign = DataplaneHost::start({.worker_count = 1, .worker_cpus = {900}});
    return none.has_value() || foreign.has_value() ? "it started"
                                                   : none.error() + "|" + foreign.error();
  });
  EXPECT_TRUE(contains(error, "1 to 16 workers")) << error;
  EXPECT_TRUE(contains(error, "CPU 900")) << error;
}

}  // namespace
}  // namespace penstock
