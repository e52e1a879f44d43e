// A network between two DTLS nodes in virtual time: delay, seeded loss, and a hook that sees every
// datagram. One seed, one trace.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {

struct DtlsNetworkOptions {
  Duration delay = 10 * kMillisecond;
  std::uint64_t loss_percent = 0;
  std::uint64_t seed = 1;
};

class DtlsNetwork {
 public:
  // What to do with a datagram on its way; may change it. True: deliver.
  using Filter = std::function<bool(bool to_server, Datagram&)>;

  DtlsNetwork(DtlsNode& client, DtlsNode& server, const DtlsNetworkOptions& options = {});

  void set_filter(Filter filter) { filter_ = std::move(filter); }
  // Starts both and runs until both are connected, one has failed, or the time has come.
  void run(Timestamp until);
  // Runs on, whatever the states are, until nothing is on the way.
  void settle();
  // Puts a datagram of an attacker's, or a copy, on the way.
  void inject(bool to_server, Datagram datagram);

  Timestamp now() const { return now_; }
  std::size_t datagram_bytes_max() const { return datagram_bytes_max_; }
  std::uint64_t sent_count(bool to_server) const { return sent_[to_server ? 1 : 0]; }

 private:
  struct OnTheWay {
    bool to_server;
    Datagram datagram;
  };

  void start();
  void collect(DtlsNode& from, bool to_server);
  void deliver_next();
  Timestamp next_event() const;

  DtlsNode& client_;
  DtlsNode& server_;
  DtlsNetworkOptions options_;
  Prng prng_;
  Filter filter_;
  Timestamp now_ = 0;
  bool is_started_ = false;
  std::multimap<Timestamp, OnTheWay> on_the_way_;
  std::size_t datagram_bytes_max_ = 0;
  std::uint64_t sent_[2] = {0, 0};
};

}  // namespace penstock
