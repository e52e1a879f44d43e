#include "tests/integration/harness/leaving_clients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/client/json_at.h"
#include "tests/client/signalling_bytes.h"
#include "tests/integration/harness/janus_connection.h"

namespace penstock::integration {
namespace {

constexpr const char* kCreate = R"({"janus":"create","transaction":"t"})";
constexpr const char* kPing = R"({"janus":"ping","transaction":"t"})";

int open_socket(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot connect to the server");
  }
  return socket;
}

// The server may be gone already.
void send(int socket, const std::string& bytes) {
  [[maybe_unused]] const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string receive_until(int socket, std::string_view end) {
  std::string received;
  while (received.find(end) == std::string::npos) {
    std::array<char, 4'096> buffer;
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) throw std::runtime_error("the server does not answer a client");
    received.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return received;
}

}  // namespace

LeavingClients::LeavingClients(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) clients_.push_back(connect(i));
  std::reverse(clients_.begin(), clients_.end());
}

LeavingClients::~LeavingClients() { leave(left()); }

LeavingClients::Client LeavingClients::connect(std::size_t number) {
  if (number % 8 == 6) return in_handshake();
  if (number % 8 == 7) return in_long_poll();
  return in_web_socket(number);
}

LeavingClients::Client LeavingClients::in_web_socket(std::size_t number) {
  Client client{.socket = open_socket(kWebSocketPort)};
  send(client.socket, test::upgrade_request());
  receive_until(client.socket, "\r\n\r\n");
  send(client.socket, test::text_frame(kCreate));
  receive_until(client.socket, "}");
  if (number % 2 == 0) client.last_words = test::close_frame();
  if (number % 4 == 1) client.last_words = test::text_frame(kPing);
  client.resets = number % 8 == 3;
  return client;
}

LeavingClients::Client LeavingClients::in_handshake() {
  Client client{.socket = open_socket(kWebSocketPort)};
  const std::string request = test::upgrade_request();
  send(client.socket, request.substr(0, request.size() / 2));
  client.last_words = request.substr(request.size() / 2);
  return client;
}

LeavingClients::Client LeavingClients::in_long_poll() {
  Client client{.socket = open_socket(kHttpPort)};
  send(client.socket, test::post_request("/janus", kCreate));
  const std::string answer = receive_until(client.socket, "}}");
  const std::uint64_t id =
      test::number_at(json::parse(answer.substr(answer.find('{'))), "/data/id");
  send(client.socket, test::get_request("/janus/" + std::to_string(id)));
  return client;
}

void LeavingClients::leave(std::size_t count) {
  for (; count != 0 && !clients_.empty(); --count) {
    const Client& client = clients_.back();
    send(client.socket, client.last_words);
    const linger reset{.l_onoff = 1, .l_linger = 0};
    if (client.resets) {
      ::setsockopt(client.socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    ::close(client.socket);
    clients_.pop_back();
  }
}

}  // namespace penstock::integration
