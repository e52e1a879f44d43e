// Two associations joined by a link that delays, loses and reorders, in virtual time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/sctp/sctp_association.h"
#include "controlplane/sctp/sctp_stack.h"
#include "dataplane/base/prng.h"

namespace penstock::test {

struct SctpLinkOptions {
  std::uint64_t seed = 1;
  std::uint32_t loss_percent = 0;
  Duration delay = 5 * kMillisecond;
  Duration jitter = 0;
  SctpOptions of_a{};
};

class SctpEnd {
 public:
  SctpEnd(const SctpOptions& options, Timestamp now)
      : association(std::make_unique<SctpAssociation>(options, [this] { ++wakes; }, now)) {}

  void take_events() {
    SctpEvent event;
    while (association && association->poll_event(event)) events.push_back(std::move(event));
  }
  std::vector<SctpEvent> of(SctpEventKind kind) const {
    std::vector<SctpEvent> found;
    std::ranges::copy_if(events, std::back_inserter(found),
                         [&](const SctpEvent& event) { return event.kind == kind; });
    return found;
  }
  std::size_t count(SctpEventKind kind) const { return of(kind).size(); }

  std::unique_ptr<SctpAssociation> association;
  std::vector<SctpEvent> events;
  std::size_t wakes = 0;
  std::size_t largest_packet = 0;
  std::size_t packets_sent = 0;
  bool is_deaf = false;  // nothing reaches it, and it says nothing
};

class SctpLink {
 public:
  explicit SctpLink(SctpLinkOptions options = {}) : options_(options) {}

  void connect() {
    for (SctpEnd* end : {&a, &b}) end->association->connect(now);
    run_for(kSecond);
  }

  void run_for(Duration duration) {
    const Timestamp until = now + duration;
    exchange();
    while (now < until) {
      Timestamp next = std::min(until, SctpStack::instance().next_timeout());
      if (!under_way_.empty()) next = std::min(next, under_way_.begin()->first);
      now = std::max(now, next);
      SctpStack::instance().advance(now);
      while (!under_way_.empty() && under_way_.begin()->first <= now) {
        const auto [to, packet] = std::move(under_way_.begin()->second);
        under_way_.erase(under_way_.begin());
        if (to->association && !to->is_deaf) to->association->handle_packet(now, packet);
      }
      exchange();
    }
  }

  // Takes what both have to say.
  void exchange() {
    take(a, b);
    take(b, a);
    a.take_events();
    b.take_events();
  }

 private:
  void take(SctpEnd& from, SctpEnd& to) {
    std::vector<std::uint8_t> packet;
    while (from.association && from.association->poll_packet(packet)) {
      from.largest_packet = std::max(from.largest_packet, packet.size());
      ++from.packets_sent;
      if (from.is_deaf || prng_.below(100) < options_.loss_percent) continue;
      const Duration jitter =
          options_.jitter == 0
              ? 0
              : static_cast<Duration>(prng_.below(static_cast<std::uint64_t>(options_.jitter)));
      under_way_.emplace(now + options_.delay + jitter, std::pair(&to, std::move(packet)));
    }
  }

  SctpLinkOptions options_;

 public:
  Timestamp now = 7 * kSecond;
  SctpEnd a{options_.of_a, now};
  SctpEnd b{SctpOptions{}, now};

 private:
  Prng prng_{options_.seed};
  std::multimap<Timestamp, std::pair<SctpEnd*, std::vector<std::uint8_t>>> under_way_;
};

inline std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace penstock::test
