#include "tests/unit/dpdk/eal_test_main.h"

#include <gtest/gtest.h>

#include <memory>

#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/port.h"

namespace penstock {
namespace {

struct Shared {
  std::unique_ptr<Eal> eal;
  std::unique_ptr<PacketPool> pool;
  std::unique_ptr<Port> port;
} shared;

class EalEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    auto eal = Eal::start({.vdevs = {"net_ring0"}, .memory_mib = 64, .worker_count = 2});
    ASSERT_TRUE(eal.has_value()) << eal.error();
    shared.eal = std::move(*eal);
    auto pool = PacketPool::create({.terms = {{"test", 2'048}}, .lcore_count = 3});
    ASSERT_TRUE(pool.has_value()) << pool.error();
    shared.pool = std::move(*pool);
    auto port = Port::open({.driver = PortDriver::kVdev, .device = "net_ring0", .worker_count = 2});
    ASSERT_TRUE(port.has_value()) << port.error();
    shared.port = std::move(*port);
    const auto started = shared.port->start(*shared.pool);
    ASSERT_TRUE(started.has_value()) << started.error();
  }

  void TearDown() override {
    shared.port.reset();
    shared.pool.reset();
    shared.eal.reset();
  }
};

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new EalEnvironment);

}  // namespace

PacketPool& shared_pool() { return *shared.pool; }

std::uint16_t shared_port_id() { return shared.port->id(); }

}  // namespace penstock
