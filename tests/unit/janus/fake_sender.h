// What the listeners would have sent, as text and as parsed JSON.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/signalling/message_channel.h"

namespace penstock {

class FakeSender final : public SignallingSender {
 public:
  void send(ChannelId channel, std::string text) override {
    sent[channel].push_back(boost::json::parse(text).as_object());
  }
  void close(ChannelId channel, ChannelCloseReason reason) override {
    closed.emplace_back(channel, reason);
  }
  void reply(ExchangeId exchange, HttpApiResponse response) override {
    if (replies_failing > 0) {
      --replies_failing;
      throw std::bad_alloc();
    }
    if (!replies.try_emplace(exchange, std::move(response)).second) ++replied_twice;
  }

  void exempt(ChannelId channel) override { exempt_channels.push_back(channel); }
  void exempt(ExchangeId exchange) override { exempt_exchanges.push_back(exchange); }

  std::map<ChannelId, std::vector<boost::json::object>> sent;
  std::vector<std::pair<ChannelId, ChannelCloseReason>> closed;
  std::map<ExchangeId, HttpApiResponse> replies;
  int replied_twice = 0;
  int replies_failing = 0;  // for want of memory
  std::vector<ChannelId> exempt_channels;
  std::vector<ExchangeId> exempt_exchanges;
};

}  // namespace penstock
