// A UDP socket of this machine's kernel, on one of its addresses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ip_address.h"
#include "tests/integration/harness/event_loop.h"

namespace penstock::integration {

class UdpSocket {
 public:
  // Port 0: any. The address may still be on its way to the device (IPv6): waits for it.
  explicit UdpSocket(const SocketAddress& local);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  int descriptor() const { return descriptor_; }
  const SocketAddress& local() const { return local_; }
  void send(const SocketAddress& to, std::span<const std::uint8_t> bytes);
  // False if nothing has come.
  bool receive(SocketAddress& from, std::vector<std::uint8_t>& bytes);

 private:
  int descriptor_ = -1;
  SocketAddress local_;
};

// Who sends what it likes and counts what comes back.
class Attacker final : public Pollable {
 public:
  Attacker(EventLoop& loop, const SocketAddress& local);
  ~Attacker() override;

  void send(const SocketAddress& to, std::span<const std::uint8_t> bytes);
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  std::uint64_t received_bytes() const { return received_bytes_; }
  const SocketAddress& local() const { return socket_.local(); }

  int descriptor() const override { return socket_.descriptor(); }
  void take_turn(Timestamp now) override;

 private:
  EventLoop& loop_;
  UdpSocket socket_;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace penstock::integration
