// The main function of every test program.
#include <gtest/gtest.h>

#include "tests/support/conservation.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  penstock::test::install_conservation_listener();
  return RUN_ALL_TESTS();
}
