#include "tests/sim/socket_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "dataplane/base/check.h"
#include "tests/sim/deterministic_openssl.h"

namespace penstock::sim {
namespace {

constexpr std::chrono::seconds kPatience{5};

Certificate make_certificate() {
  seed_openssl(1);
  auto certificate = Certificate::generate(1'700'000'000);
  PENSTOCK_CHECK(certificate.has_value());
  return std::move(*certificate);
}

}  // namespace

SocketServer::SocketServer() : certificate_(make_certificate()) {
  SignallingConfig config;
  config.http_port = 0;
  config.websocket_port = 0;
  SignallingOptions options;
  options.clock = [this] { return now_; };
  auto opened = SignallingServer::open(io_, config, {}, options);
  PENSTOCK_CHECK(opened.has_value());
  signalling_ = *std::move(opened);
  server_ = std::make_unique<SimServer>(SimulationConfig{}, certificate_, *signalling_,
                                        static_cast<MediaEvents&>(*this));
  signalling_->start(server_->janus());
}

SocketServer::~SocketServer() {
  pass(2 * 60 * kSecond);  // sessions of HTTP time out
  signalling_->stop();
  EXPECT_TRUE(run_until([this] { return signalling_->idle(); }));
  server_->expect_baseline();
}

void SocketServer::run_once() {
  io_.restart();
  io_.poll();
  while (server_->run_once(now_) != 0) {
  }
  std::vector<std::uint8_t> frame;
  while (server_->host().take_sent(frame)) {
    // There is nobody on the data port's network.
  }
}

bool SocketServer::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    run_once();
  }
  return true;
}

void SocketServer::pass(Duration duration) {
  for (const Timestamp end = now_ + duration; now_ < end; now_ += kSecond) run_once();
  for (int i = 0; i < 4; ++i) run_once();
}

TestSocket::TestSocket(SocketServer& server, std::uint16_t port)
    : server_(server), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::uint64_t accepted = server.accepted();
  PENSTOCK_CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
                 0);
  PENSTOCK_CHECK(server_.run_until([&] { return server.accepted() > accepted; }));
}

TestSocket::~TestSocket() {
  if (socket_ >= 0) ::close(socket_);
}

// The kernel's buffers are larger than anything that is sent here.
void TestSocket::send(std::string_view bytes) {
  if (bytes.empty()) return;
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  PENSTOCK_CHECK(sent == static_cast<ssize_t>(bytes.size()));
}

bool TestSocket::read_some() {
  std::array<char, 16'384> buffer;
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  has_ended_ = has_ended_ || got == 0 || (got < 0 && errno == ECONNRESET);
  if (got <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string TestSocket::receive_until(std::string_view end) {
  std::size_t at = std::string::npos;
  server_.run_until([&] {
    read_some();
    at = received_.find(end);
    return at != std::string::npos || has_ended_;
  });
  if (at == std::string::npos) return {};
  std::string taken = received_.substr(0, at + end.size());
  received_.erase(0, taken.size());
  return taken;
}

// Frames of servers are not masked; ours are never fragmented.
std::string TestSocket::receive_message() {
  const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(received_[i]); };
  std::size_t head = 2;
  std::size_t bytes = 0;
  const bool has_come = server_.run_until([&] {
    read_some();
    if (received_.size() < 4) return has_ended_;
    bytes = byte(1);
    if (bytes == 126) {
      head = 4;
      bytes = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
    }
    return received_.size() >= head + bytes || has_ended_;
  });
  if (!has_come || received_.size() < head + bytes) return {};
  std::string message = received_.substr(head, bytes);
  received_.erase(0, head + bytes);
  return message;
}

bool TestSocket::finish() {
  ::shutdown(socket_, SHUT_WR);
  return server_.run_until([this] {
    while (read_some()) {
    }
    return has_ended_;
  });
}

void TestSocket::reset() {
  const linger drop{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
  ::close(std::exchange(socket_, -1));
}

}  // namespace penstock::sim
