#include "tests/sim/deterministic_openssl.h"

#include <openssl/rand.h>

#include "dataplane/base/check.h"
#include "dataplane/base/prng.h"

namespace penstock::sim {
namespace {

Prng generator(0);

int draw(unsigned char* buffer, int count) {
  for (int i = 0; i < count; ++i) buffer[i] = static_cast<unsigned char>(generator.next_u32());
  return 1;
}
int seed_method(const void*, int) { return 1; }
int add_method(const void*, int, double) { return 1; }
int status_method() { return 1; }
void cleanup_method() {}

const RAND_METHOD kMethod = {seed_method, draw, cleanup_method, add_method, draw, status_method};

}  // namespace

void seed_openssl(std::uint64_t seed) {
  generator = Prng(seed);
  PENSTOCK_CHECK(RAND_set_rand_method(&kMethod) == 1);
}

}  // namespace penstock::sim
