// Where secrets come from: ICE passwords, session ids, hash keys. An argument like time is, so that
// a simulation can be repeated from one seed. Owned by the server; used on control threads only.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/prng.h"

namespace penstock {

class SecureRandom {
 public:
  virtual ~SecureRandom() = default;
  // Overwrites all of `bytes` with unpredictable ones. Never fails: a server that cannot get
  // randomness must not go on, so implementations abort instead.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t next_u64();
};

// The operating system's and OpenSSL's generator (RAND_bytes). What the server uses.
class OpenSslRandom final : public SecureRandom {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// Repeatable bytes from a seed. For tests and simulation ONLY: nothing it yields is secret.
class SeededRandom final : public SecureRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : prng_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  Prng prng_;
};

}  // namespace penstock
