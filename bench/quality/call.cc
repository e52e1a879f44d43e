#include "bench/quality/call.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"
#include "tests/sim/expectations.h"
#include "tests/sim/person.h"
#include "tests/sim/simulation.h"

namespace penstock::quality {
namespace {

constexpr Duration kTick = kMillisecond;
// With more receivers time is cut less finely: at each instant everybody is looked at.
constexpr std::size_t kSmallCall = 50;
constexpr Duration kCrowdGrain = 5 * kMillisecond;

std::vector<test::SyntheticSourceConfig> sources_of(const PublisherPlan& plan,
                                                    std::uint32_t watermark) {
  std::vector<test::SyntheticSourceConfig> sources = {test::audio(watermark)};
  for (const EncodingPlan& encoding : plan.encodings) {
    test::SyntheticSourceConfig config = test::video(watermark);
    config.rid = encoding.rid;
    config.model = {.width = encoding.width,
                    .height = encoding.height,
                    .bitrate_bps = encoding.bitrate_bps,
                    .temporal_layers = 3};
    sources.push_back(config);
  }
  return sources;
}

std::vector<test::WebRtcClient::AdaptiveEncoding> encodings_of(const PublisherPlan& plan) {
  std::vector<test::WebRtcClient::AdaptiveEncoding> encodings;
  for (const EncodingPlan& encoding : plan.encodings) {
    encodings.push_back({encoding.rid, static_cast<double>(encoding.bitrate_min_bps),
                         static_cast<double>(encoding.bitrate_bps)});
  }
  return encodings;
}

// Steps of a link, on the clock of the simulation.
std::vector<bridge::LinkStep> steps_of(const std::vector<LinkPhase>& phases, Timestamp began_at) {
  std::vector<bridge::LinkStep> steps;
  for (const LinkPhase& phase : phases)
    steps.push_back({phase.from == 0 ? 0 : began_at + phase.from, phase.conditions});
  return steps;
}

sim::SimulationConfig simulation_config(const Scenario& scenario, std::uint64_t seed) {
  sim::SimulationConfig config{.seed = seed};
  config.link = {.delay = kMillisecond};
  const bool is_crowd = scenario.receivers.size() > kSmallCall;
  config.tick = is_crowd ? kCrowdGrain : kTick;
  config.grain = is_crowd ? kCrowdGrain : 0;
  const std::size_t people = scenario.publishers.size() + scenario.receivers.size();
  config.pools.transports = 2 * people + 16;
  config.pools.streams = 2 * scenario.publishers.size() + 16;
  config.pools.subscriptions = 2 * scenario.publishers.size() * people + 16;
  config.room_peers_per_worker_max = 2 * people + 16;
  return config;
}

class Call {
 public:
  Call(const Scenario& scenario, std::uint64_t seed)
      : scenario_(scenario), sim_(simulation_config(scenario, seed)) {}

  CallRecord run(const std::function<void(Duration)>& progress);

 private:
  void join_publisher(const PublisherPlan& plan);
  void join_receiver(std::size_t index);
  void prepare_receiver(std::size_t index, sim::SimClient& client);
  void sample(Duration time);
  double estimate_kbps(std::size_t receiver) const;
  void ask_for_keyframes();
  void apply_changes(Duration time);
  void finish_publishers();

  const Scenario& scenario_;
  sim::Simulation sim_;
  CallRecord record_;
  std::vector<sim::Person*> publishers_;
  std::vector<sim::Person*> receivers_;
  std::vector<std::size_t> changes_done_;
  std::vector<std::size_t> sampled_;  // frames of each receiver that are in its samples
  std::vector<sim::LinkModel*> links_;
};

void Call::join_publisher(const PublisherPlan& plan) {
  const std::size_t index = publishers_.size();
  sim::Person& person = sim_.join(sim::kRoom, "publisher" + std::to_string(index));
  publishers_.push_back(&person);
  record_.publishers.emplace_back();
  person.set_links(plan.uplink.conditions, {.delay = plan.uplink.conditions.delay});
  person.set_client({}, [this, index, &plan](sim::SimClient& client) {
    if (plan.adapts) client.webrtc->adapt_to(encodings_of(plan));
    PublisherRecord& record = record_.publishers[index];
    client.watch_up = [&client, &record](std::span<const std::uint8_t> datagram,
                                         const bridge::LinkVerdict& verdict) {
      if (verdict.at != kNever || classify_datagram(datagram) != DatagramKind::kRtp) return;
      const auto header = parse_rtp_header(datagram);
      if (header && header->ssrc == client.webrtc->ssrc_of(1)) ++record.video_lost;
    };
  });
  person.publish(sources_of(plan, person.watermark()));
}

void Call::prepare_receiver(std::size_t index, sim::SimClient& client) {
  ReceiverRecord& record = *record_.receivers[index];
  links_.resize(scenario_.receivers.size());
  if (scenario_.receivers[index].shares_link) {
    client.shared_downlink = links_[index] = links_[index - 1];
  } else {
    links_[index] = &client.downlink;
    client.downlink.set_steps(steps_of(phases_of(scenario_, index), record_.began_at));
  }
  client.watch_down = [this, index, &client, &record](std::span<const std::uint8_t> frame,
                                                      const bridge::LinkVerdict& verdict,
                                                      Timestamp now) {
    const Duration delay = conditions_at(phases_of(scenario_, index), now - record_.began_at).delay;
    record.log.on_sent(frame, verdict, delay, now, client.addresses);
  };
  client.webrtc->watch_media([&record](const test::WebRtcClient::TakenPacket& packet,
                                       Timestamp now) { record.log.on_taken(packet, now); });
}

void Call::join_receiver(std::size_t index) {
  record_.receivers.push_back(std::make_unique<ReceiverRecord>());
  record_.receivers.back()->name = scenario_.receivers[index].name;
  sim::Person& person = sim_.join(sim::kRoom, scenario_.receivers[index].name);
  receivers_.push_back(&person);
  sampled_.push_back(0);
  const LinkConditions& conditions = phases_of(scenario_, index).front().conditions;
  person.set_links({.delay = conditions.delay}, conditions);
  person.set_client({.patience = {.asks_max = 100, .interval = 50 * kMillisecond},
                     .reports_reception = true,
                     .feedback = test::BandwidthFeedback::kTransportCc},
                    [this, index](sim::SimClient& client) { prepare_receiver(index, client); });
  person.subscribe_to_everyone();
}

void Call::ask_for_keyframes() {
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    for (auto& [ssrc, video] : record_.receivers[i]->log.videos()) {
      if (video.watcher.takes_keyframe_request(sim_.now()))
        receivers_[i]->subscriber()->webrtc->request_keyframe(ssrc);
    }
  }
}

void Call::apply_changes(Duration time) {
  changes_done_.resize(publishers_.size());
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    const auto& changes = scenario_.publishers[i].changes;
    for (std::size_t& done = changes_done_[i]; done < changes.size() && changes[done].at <= time;
         ++done) {
      publishers_[i]->publisher()->webrtc->pause_encoding(changes[done].rid,
                                                          changes[done].is_paused);
    }
  }
}

double Call::estimate_kbps(std::size_t receiver) const {
  const sim::SimClient* client = receivers_[receiver]->subscriber();
  if (client == nullptr) return 0;
  const auto snapshot = sim_.server().media().snapshot(client->peer);
  return snapshot ? static_cast<double>(snapshot->estimate_bps) / 1e3 : 0;
}

void Call::sample(Duration time) {
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    ReceiverRecord& record = *record_.receivers[i];
    Sample sample{.at = time};
    std::uint64_t bytes = 0;
    const auto& sent = record.log.sent();
    for (std::size_t& next = sampled_[i]; next < sent.size(); ++next) {
      bytes += sent[next].bytes;
      sample.lost += sent[next].arrives_at == kNever ? 1 : 0;
      sample.queue_ms = std::max(sample.queue_ms, static_cast<double>(sent[next].queued_ns) / 1e6);
    }
    sample.sent_kbps = static_cast<double>(bytes) * 8 * 1e6 / static_cast<double>(kSampleInterval);
    sample.estimate_kbps = estimate_kbps(i);
    sample.link_kbps =
        static_cast<double>(conditions_at(phases_of(scenario_, i), time).rate_bps) / 1e3;
    record.samples.push_back(sample);
  }
}

// Numbers of the publisher's packets that never came, between the first that did and the last but
// those that might still be on their way.
std::uint64_t missing_of(const test::ReceivedStream& stream) {
  constexpr std::uint32_t kOnTheirWay = 200;
  std::set<std::uint32_t> numbers;
  for (const auto& [sequence, number] : stream.numbers) numbers.insert(number);
  if (numbers.size() <= kOnTheirWay) return 0;
  const std::uint32_t last = *numbers.rbegin() - kOnTheirWay;
  numbers.erase(numbers.upper_bound(last), numbers.end());
  return last - *numbers.begin() + 1 - numbers.size();
}

void Call::finish_publishers() {
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    PublisherRecord& record = record_.publishers[i];
    record.keyframe_requests =
        publishers_[i]->publisher()->webrtc->pli_received() - record.keyframe_requests;
    const auto streams = sim::streams_from(*receivers_.front(), *publishers_[i], MediaKind::kVideo);
    for (const test::ReceivedStream* stream : streams) record.video_missing += missing_of(*stream);
  }
}

CallRecord Call::run(const std::function<void(Duration)>& progress) {
  record_.publishers.reserve(scenario_.publishers.size());  // they are referred to
  for (const PublisherPlan& plan : scenario_.publishers) join_publisher(plan);
  sim_.run_for(2 * kSecond);
  record_.began_at = sim_.now();
  for (std::size_t i = 0; i < scenario_.receivers.size(); ++i) join_receiver(i);
  for (Duration time = 0; time < scenario_.duration; time += kSampleInterval) {
    apply_changes(time);
    sim_.run_for(kSampleInterval);
    sample(time);
    ask_for_keyframes();
    if (time % kSecond == 0) progress(time);
    if (time == scenario_.settled_at) {
      for (std::size_t i = 0; i < publishers_.size(); ++i)
        record_.publishers[i].keyframe_requests =
            publishers_[i]->publisher()->webrtc->pli_received();
    }
  }
  finish_publishers();
  record_.ended_at = sim_.now();
  return std::move(record_);
}

}  // namespace

CallRecord run_call(const Scenario& scenario, std::uint64_t seed,
                    const std::function<void(Duration)>& progress) {
  const auto failures = [] {
    return testing::UnitTest::GetInstance()->ad_hoc_test_result().total_part_count();
  };
  const int before = failures();
  CallRecord record;
  {
    Call call(scenario, seed);
    record = call.run(progress);
  }
  record.server_failures = static_cast<std::size_t>(failures() - before);
  return record;
}

}  // namespace penstock::quality
