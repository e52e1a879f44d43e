// The peers of a run: how they come and go, what each of them needs from time to time, and what
// came of all of them. Peers that have left stay, as records. Part of the run; one thread.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "bench/load/media_sender.h"
#include "bench/load/packet_receiver.h"
#include "bench/load/result.h"

namespace penstock::load {

class Population {
 public:
  // Everything outlives it. What happens to peers is noted in `result`.
  Population(PeerContext& context, MediaSender& sender, PacketReceiver& receiver,
             LoadResult& result);

  // These begin to join; whether they succeed shows later.
  void join_publisher();
  void join_subscriber();
  // The subscriber that has been there for the longest leaves, and another one joins.
  void replace_subscriber(Timestamp now);

  // Timers of peers, and who has connected or failed since; to be called at next_at().
  void look_after(Timestamp now);
  Timestamp next_at() const { return look_after_at_; }
  // A hang-up, or a candidate of the server that comes by itself.
  void handle_event(std::uint64_t handle, const json::object& event);

  std::size_t joining() const { return joining_; }
  std::uint64_t connected() const { return connected_; }  // now
  // What the sockets of all peers have dropped so far.
  std::uint64_t queue_drops() const;

  // The measurement begins.
  void note_begin();
  // Adds what the subscribers have received of it to the result.
  void sum_up() const;

 private:
  struct Live {
    Peer* peer = nullptr;
    bool is_noted = false;  // as connected
  };

  // Feeds that are there, of those that the subscriber with this index has to have.
  std::vector<WantedStream> wanted_streams(std::size_t index) const;
  void adopt(Peer& peer);
  void note_connected(Peer& peer, Timestamp now);
  void note_failed(const Live& live);
  void sum_up(const Subscriber& subscriber, const WantedStream& wanted) const;

  PeerContext& context_;
  MediaSender& sender_;
  PacketReceiver& receiver_;
  LoadResult& result_;
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<Live> live_;
  std::deque<Subscriber*> oldest_first_;  // connected at some time
  std::size_t joining_ = 0;
  std::uint64_t connected_ = 0;
  std::uint64_t queue_drops_of_leavers_ = 0;
  Timestamp look_after_at_ = 0;
};

}  // namespace penstock::load
