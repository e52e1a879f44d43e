// The data channels of all peers, and who receives what: each channel that a publisher opens
// becomes a channel at each receiver that has it as a source, with the same parameters; what comes
// on the one goes out on the others. What receivers send is dropped, as in the Janus VideoRoom.
// Owned by the peer connections; control thread; time is an argument.
//
// Peers are named by numbers. A receiver may have sources that are not there yet, or not any more.
//
// How a receiver's channel is called: by its source's name alone if it is the publisher's first one
// or has the same label, which is what Janus's clients expect; the others have theirs behind it,
// "<name>/<label>".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/datachannel/data_connection.h"
#include "controlplane/datachannel/data_source.h"

namespace penstock {

// Takes what is to be sealed and sent. Called from flush() alone; calls nothing back.
class DataPacketSink {
 public:
  virtual ~DataPacketSink() = default;
  virtual void send_data_packet(DataPeerId peer, std::vector<std::uint8_t> packet) = 0;
};

// Hears what publishers send, whoever receives it. Called in the middle of everything: calls
// nothing back.
class DataListener {
 public:
  virtual ~DataListener() = default;
  virtual void on_published_data(DataPeerId publisher, const DataMessage& message,
                                 Timestamp now) = 0;
};

struct DataRelayCounts {
  std::size_t connections = 0;
  std::size_t routes = 0;  // of a publisher's channel to a receiver's
  std::size_t queued_bytes = 0;
  std::size_t waiting = 0;  // receivers of which something waits

  bool operator==(const DataRelayCounts&) const = default;
};

class DataRelay {
 public:
  // The listener, if there is one, outlives the relay.
  explicit DataRelay(DataListener* listener = nullptr);
  ~DataRelay();
  DataRelay(const DataRelay&) = delete;
  DataRelay& operator=(const DataRelay&) = delete;

  // The peer's description has data channels. No-op if it had before.
  void open(DataPeerId peer, const DataConnectionOptions& options, Timestamp now);
  // The peer has DTLS: its association begins, now or when it is opened.
  void start(DataPeerId peer, Timestamp now);
  // The peer goes, or its description has no data channels any more. Unknown: no-op.
  void close(DataPeerId peer, Timestamp now);
  bool has(DataPeerId peer) const { return peers_.contains(peer); }

  // What the peer receives from now on, in full.
  void set_sources(DataPeerId receiver, std::span<const DataSource> sources, Timestamp now);
  // The peer goes as a receiver.
  void forget_sources(DataPeerId receiver, Timestamp now) { set_sources(receiver, {}, now); }

  // What has come from the peer. flush() is to follow.
  void handle_packet(DataPeerId peer, std::span<const std::uint8_t> packet, Timestamp now);
  // Timers, if they are due, and everything that is to be sent.
  void flush(Timestamp now, DataPacketSink& sink);
  // There is something to be sent: flush() is to be called.
  bool has_ready() const { return !ready_.empty(); }
  // When it must be called at the latest, beside that.
  Timestamp next_timeout() const;

  const DataStats& stats() const { return stats_; }
  DataRelayCounts counts() const;

 private:
  class Peer;
  // A channel of a receiver that shows a publisher's.
  struct Route {
    DataPeerId receiver = 0;
    std::uint16_t stream = 0;
    bool is_paused = false;
  };
  struct PublishedChannel {
    std::uint16_t stream = 0;
    DataChannelParameters parameters;
    std::vector<Route> routes;
  };

  Peer* find(DataPeerId peer) const;
  std::span<const DataSource> sources_of(DataPeerId receiver) const;
  void channel_opened(Peer& publisher, std::uint16_t stream,
                      const DataChannelParameters& parameters, Timestamp now);
  void channel_closed(Peer& peer, std::uint16_t stream, Timestamp now);
  void relay(Peer& publisher, std::uint16_t stream, const DataMessage& message, Timestamp now);
  void connect_sources(Peer& receiver, Timestamp now);
  void connect(const Peer& publisher, PublishedChannel& channel, Peer& receiver,
               const DataSource& source, Timestamp now);
  void disconnect(DataPeerId publisher, DataPeerId receiver, Timestamp now);
  void drop_route(DataPeerId receiver, std::uint16_t stream);
  void pause(const DataSource& source, DataPeerId receiver);

  DataListener* const listener_;
  std::unordered_map<DataPeerId, std::unique_ptr<Peer>> peers_;
  std::unordered_map<DataPeerId, std::vector<DataSource>> sources_;    // by receiver
  std::unordered_map<DataPeerId, std::vector<DataPeerId>> receivers_;  // by publisher
  std::vector<DataPeerId> ready_;                                      // each at most once
  std::vector<DataPeerId> waiting_;  // likewise: whom each tick has to look at
  Timestamp next_tick_ = 0;
  DataStats stats_;
};

}  // namespace penstock
