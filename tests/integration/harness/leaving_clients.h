// Clients of the signalling listeners, in numbers, each brought to a point where people leave: idle
// on a WebSocket, with an answer on its way, in a long poll, in the middle of a handshake. Then
// they leave one after the other, some with a goodbye and some without. Blocking sockets, no loop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace penstock::integration {

class LeavingClients {
 public:
  // Connects so many to a server in this network namespace. Throws if it does not answer.
  explicit LeavingClients(std::size_t count);
  ~LeavingClients();
  LeavingClients(const LeavingClients&) = delete;
  LeavingClients& operator=(const LeavingClients&) = delete;

  // The next so many leave, or as many as are left.
  void leave(std::size_t count);
  std::size_t left() const { return clients_.size(); }

 private:
  struct Client {
    int socket = -1;
    std::string last_words = {};  // sent as it leaves
    bool resets = false;          // leaves without FIN
  };

  static Client connect(std::size_t number);
  static Client in_web_socket(std::size_t number);
  static Client in_handshake();
  static Client in_long_poll();

  std::vector<Client> clients_;  // last one first
};

}  // namespace penstock::integration
