// Ends the process when a device does not answer: some drivers wait for their device without any
// limit (virtio's for its control queue), and nothing else can interrupt them, not even a signal
// that the server would end by. Made and destroyed on the control thread, at start; waits on a
// thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "dataplane/base/time.h"

namespace penstock {

// Of the wait for a port's device. NICs with firmware take a few seconds.
inline constexpr Duration kDeviceAnswerMax = 30 * kSecond;

class StartWatchdog {
 public:
  // Says so on standard error and ends the process, with status 1 and without destructors: the
  // thread that hangs would wait for ever in them.
  static void end_process(const std::string& text);

  // Unless it is destroyed within `limit`, calls `on_expiry` with the text, once, on its thread.
  StartWatchdog(std::string text, Duration limit,
                std::function<void(const std::string&)> on_expiry = end_process);
  ~StartWatchdog();
  StartWatchdog(const StartWatchdog&) = delete;
  StartWatchdog& operator=(const StartWatchdog&) = delete;

 private:
  void watch(Duration limit);

  const std::string text_;
  const std::function<void(const std::string&)> on_expiry_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace penstock
