// A peer with data channels, for tests: opens channels, sends, and keeps what comes. Sans-IO:
// packets and time go in, packets come out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/datachannel/data_connection.h"

namespace penstock::test {

class DataClient final : public DataConnectionObserver {
 public:
  struct Message {
    std::uint16_t stream = 0;
    bool is_text = false;
    std::string bytes;
    Timestamp at = 0;
  };

  DataClient(const DataConnectionOptions& options, Timestamp now)
      : connection(options, *this, stats, [] {}, now) {}

  std::optional<std::uint16_t> open(std::string_view label, Timestamp now) {
    return connection.open({.label = std::string(label), .protocol = {}}, now);
  }
  DataConnection::Sent send(std::uint16_t stream, std::string_view bytes, Timestamp now,
                            bool is_text = true) {
    return connection.send(
        stream,
        {.is_text = is_text,
         .bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}},
        now);
  }
  // The stream of the open channel with this label that the other side has opened.
  std::optional<std::uint16_t> find(std::string_view label) const {
    for (const auto& [stream, parameters] : channels) {
      if (parameters.label == label) return stream;
    }
    return std::nullopt;
  }
  std::vector<std::string> received(std::uint16_t stream) const {
    std::vector<std::string> found;
    for (const Message& message : messages) {
      if (message.stream == stream) found.push_back(message.bytes);
    }
    return found;
  }

  DataStats stats;
  bool is_connected = false;
  std::map<std::uint16_t, DataChannelParameters> channels;  // open ones, of the other side
  std::vector<Message> messages;
  std::vector<std::uint16_t> closed;
  bool keeps_messages = true;  // false: it only counts them (stats)
  DataConnection connection;

 private:
  void on_data_connected(Timestamp) override { is_connected = true; }
  void on_channel_opened(std::uint16_t stream, const DataChannelParameters& parameters,
                         Timestamp) override {
    channels[stream] = parameters;
  }
  void on_message(std::uint16_t stream, const DataMessage& message, Timestamp now) override {
    if (!keeps_messages) return;
    messages.push_back(
        {stream, message.is_text, {message.bytes.begin(), message.bytes.end()}, now});
  }
  void on_channel_closed(std::uint16_t stream, Timestamp) override {
    channels.erase(stream);
    closed.push_back(stream);
  }
};

}  // namespace penstock::test
