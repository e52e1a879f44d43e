// A client that asks without waiting for the answer: for requests that are answered later.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/signalling/limits.h"
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {

// What a request may sleep.
inline constexpr Duration kSleep = std::chrono::nanoseconds(kRequestSleepMax).count();

class AskingTest : public JanusTest {
 protected:
  using JanusTest::JanusTest;

  void tell(std::uint64_t to, const char* transaction, std::string_view body) {
    core.on_message(client.channel,
                    json::serialize(json::object{{"janus", "message"},
                                                 {"session_id", client.session},
                                                 {"handle_id", to},
                                                 {"transaction", transaction},
                                                 {"body", json::parse(body)}}),
                    now);
    expect_everything_owned();
  }
  // The transactions that were answered since, and with what.
  std::vector<std::string> answered() {
    std::vector<std::string> transactions;
    for (json::object& message : sender.sent[client.channel]) {
      if (const json::value* transaction = message.if_contains("transaction")) {
        transactions.emplace_back(transaction->as_string());
        answers.push_back(std::move(message));
      }
    }
    sender.sent[client.channel].clear();
    return transactions;
  }
  using Transactions = std::vector<std::string>;

  Client client;
  std::uint64_t handle = 0;
  std::vector<json::object> answers;
};

}  // namespace penstock::janus
