#include "tests/support/conservation.h"

#include <gtest/gtest.h>

#include "dataplane/pool/pool_audit.h"

namespace penstock::test {
namespace {

void set_allowance([[maybe_unused]] bool is_allowed) {
#ifdef PENSTOCK_TEST_HOOKS
  PoolAudit::all().allow_use_at_end(is_allowed);
#endif
}

class ConservationListener : public ::testing::EmptyTestEventListener {
  void OnTestEnd(const ::testing::TestInfo&) override { check(); }
  void OnTestSuiteEnd(const ::testing::TestSuite&) override { check(); }
  void OnEnvironmentsTearDownEnd(const ::testing::UnitTest&) override { check(); }

  static void check() {
    const std::string findings = take_conservation_findings();
    set_allowance(false);
    if (!findings.empty()) ADD_FAILURE() << "not conserved:\n" << findings;
  }
};

}  // namespace

void install_conservation_listener() {
  ::testing::UnitTest::GetInstance()->listeners().Append(new ConservationListener);
}

std::string take_conservation_findings() {
  std::string lines;
#ifdef PENSTOCK_TEST_HOOKS
  for (const std::string& finding : PoolAudit::all().take_findings()) lines += finding + "\n";
#endif
  return lines;
}

void allow_pools_in_use_at_end() { set_allowance(true); }

}  // namespace penstock::test
