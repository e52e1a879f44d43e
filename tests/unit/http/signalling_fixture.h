// For tests of the listeners: a SignallingServer on ephemeral loopback ports in a thread of its
// own, a core that records what it is told and answers as told, and a blocking raw client. The
// core's state is behind a mutex, as the test looks at it from another thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "controlplane/http/signalling_server.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/tls_files.h"

namespace penstock {

// What happened to the core, in order: "open", "message hello", "close", "POST /1/2 body",
// "cancelled".
class RecordingCore final : public SignallingHandler {
 public:
  // How to answer HTTP; unset: not at all (long poll).
  std::function<void(ExchangeId, const HttpApiRequest&)> on_request;
  std::function<void(ChannelId, std::string_view)> on_text;
  std::function<void(ChannelId)> on_connect;
  std::function<void(ChannelId)> on_disconnect;

  void on_open(ChannelId channel, const ClientInfo& client, Timestamp) override {
    set([&] {
      last_channel_ = channel;
      last_client_ = description(client);
    });
    record("open");
    if (on_connect) on_connect(channel);
  }
  void on_message(ChannelId channel, std::string_view text, Timestamp) override {
    record("message " + std::string(text.substr(0, 100)));
    if (on_text) on_text(channel, text);
  }
  void on_close(ChannelId channel, Timestamp) override {
    record("close");
    if (on_disconnect) on_disconnect(channel);
  }
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp) override {
    static constexpr std::array kMethods = {"GET ",    "HEAD ",    "POST ", "PATCH ",
                                            "DELETE ", "OPTIONS ", "other "};
    std::string event = kMethods.at(static_cast<std::size_t>(request.method));
    for (const std::string& segment : request.segments) event += "/" + segment;
    for (const auto& [name, value] : request.query) event += " " + name + "=" + value;
    if (!request.body.empty()) event += " " + std::string(request.body.substr(0, 100));
    set([&] {
      last_exchange_ = exchange;
      last_client_ = description(request.client);
    });
    record(event);
    if (on_request) on_request(exchange, request);
  }
  void on_http_cancelled(ExchangeId, Timestamp) override { record("cancelled"); }

  // Waits until this event has been recorded.
  bool saw(const std::string& event) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] {
      return std::find(events_.begin(), events_.end(), event) != events_.end();
    });
  }
  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // One "open" that no "close" follows.
  void forget_open() {
    const std::lock_guard lock(mutex_);
    events_.erase(std::find(events_.begin(), events_.end(), "open"));
  }
  std::size_t count(const std::string& event) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
  }
  ExchangeId last_exchange() {
    const std::lock_guard lock(mutex_);
    return last_exchange_;
  }
  ChannelId last_channel() {
    const std::lock_guard lock(mutex_);
    return last_channel_;
  }
  // "192.0.2.7", "127.0.0.1 unlimited"
  std::string last_client() {
    const std::lock_guard lock(mutex_);
    return last_client_;
  }

 private:
  static std::string description(const ClientInfo& client) {
    return to_string(client.address.ip) + (client.is_limited_by_address ? "" : " unlimited");
  }
  template <typename F>
  void set(F change) {
    const std::lock_guard lock(mutex_);
    change();
  }
  void record(std::string event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  ExchangeId last_exchange_{};
  ChannelId last_channel_{};
  std::string last_client_;
};

class SignallingFixture : public testing::Test {
 protected:
  static inline constexpr std::array kFiles = {
      StaticFile{"/index.html", "text/html; charset=utf-8", "\"e1\"", "<html>"},
      StaticFile{"/page.js", "text/javascript; charset=utf-8", "\"e2\"", "let x;"}};

  SignallingFixture() {
    config_.http_port = 0;
    config_.websocket_port = 0;
    options_.tick = std::chrono::milliseconds(5);
    if (kOverTls) config_.tls = tls_files_.config();
  }

  // As if the tests' clients were on another host, which is no proxy.
  void limit_loopback() {
    options_.limit_loopback = true;
    config_.trusted_proxies.clear();
  }

  // Call in each test, after changing config_, options_ and core_.
  void start() {
    auto server = SignallingServer::open(io_, config_, kFiles, options_);
    ASSERT_TRUE(server.has_value()) << server.error();
    server_ = *std::move(server);
    server_->start(core_);
    thread_ = std::thread([this] { io_.run(); });
  }

  void TearDown() override {
    if (!server_) return;
    stop();
    thread_.join();  // the loop has nothing left to do
    EXPECT_TRUE(server_->idle());
    EXPECT_EQ(core_.count("open"), core_.count("close"));
  }

  // The server's thread ends once the server is idle.
  void stop() {
    if (!std::exchange(stopped_, true)) run([this] { server_->stop(); });
  }

  // Runs on the server's thread and waits.
  template <typename F>
  std::invoke_result_t<F> run(F work) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(io_, std::move(task));
    return result.get();
  }

  void answer_all_with(std::string body) {
    core_.on_request = [this, body](ExchangeId exchange, const HttpApiRequest&) {
      server_->reply(exchange, {200, body});
    };
  }

  RawClient http() { return RawClient(server_->http_port()); }

  // Sends a request as it is and returns everything until the server closes.
  std::string exchange(std::string_view request) {
    RawClient client = http();
    client.send(request);
    client.shut_down_sending();
    return client.receive_all();
  }

  TlsFilesForTests tls_files_;
  boost::asio::io_context io_;
  SignallingConfig config_;
  SignallingOptions options_;
  RecordingCore core_;
  std::unique_ptr<SignallingServer> server_;
  std::thread thread_;
  bool stopped_ = false;
};

inline std::string status_of(std::string_view response) {
  return std::string(response.substr(0, std::min<std::size_t>(12, response.size())));
}

}  // namespace penstock
