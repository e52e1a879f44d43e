// One worker: the loop body of one lcore, with everything that is private to it. `run_once(now)` is
// the whole data plane as a function of time and of what the platform delivers; it reads no clock,
// takes no lock and never blocks. This is the only place that orders the stages of a packet's
// journey (docs/architecture.md); each part has a state of its own and says in its constructor what
// it may touch besides:
//
//   receiver.h          frames in: parse, hand over to the owner, classify, find the flow
//   link_port.h         ARP, NDP, ICMP; fragments.h: datagrams in IP fragments
//   check_responder.h   STUN on known flows; punter.h: what is for the control plane
//   media_receiver.h    unprotect in batch, attribute, route; RTCP in
//   forwarder.h         to whom, and as what; pacer.h: when, to each receiver
//   recorder.h          or to a file
//   resender.h          RTX of what is kept, to receivers
//   bandwidth.h         what each way carries, shared out; prober.h: whether it carries more
//   protector.h         protect in batch
//   transmitter.h       to the port, as far as it has room
//   repairer.h          what publishers' packets are missing: NACK to them
//   keyframe_asker.h    or a keyframe; rtcp_sender.h: how
//   keyframe_cache.h    but not for receivers that can begin with one that is kept
//   layer_control.h     which layers each receiver gets
//   owned_transports.h  when something is due of which transport; transport_timers.h: what
//   paths.h             which flow is whose, and the way to each peer
//   commands.h          what the control plane says
//
// The functions of a worker are called on its own thread only. Pointers resolved from pools live at
// most until the end of run_once, where the worker reports a quiescent state.
#pragma once

#include <cstddef>
#include <memory>

#include "dataplane/base/check.h"
#include "dataplane/worker/commands.h"
#include "dataplane/worker/keyframe_cache.h"
#include "dataplane/worker/pacer.h"
#include "dataplane/worker/receiver.h"
#include "dataplane/worker/transport_timers.h"

namespace penstock {

template <Platform P>
class Worker {
 public:
  // `platform` and what `context` points to outlive the worker. PENSTOCK_CHECKs that the SRTP
  // backend exists.
  Worker(P& platform, const WorkerContext& context)
      : env_(platform, context),
        srtp_(make_engine(context)),
        flows_(context.transports_max * kFlowsPerTransportMax, env_.prng.next_u64()),
        owned_(env_.context, flows_),
        paced_(context.transports_max) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // One iteration: everything that has arrived, up to fixed bounds, is dealt with and what it leads
  // to is sent. Returns how much there was to do: zero when idle.
  std::size_t run_once(Timestamp now);

  // Between two iterations.
  WaitingMedia waiting() const {
    WaitingMedia waiting = forwarder_.waiting();
    waiting.frames = transmitter_.waiting();
    return waiting;
  }

  // True while there is a transport to serve: such a worker should not sleep for long.
  bool has_transports() const { return owned_.size() != 0; }

 private:
  static std::unique_ptr<SrtpEngine> make_engine(const WorkerContext& context) {
    auto engine = SrtpEngine::create(context.pools->srtp_backend);
    PENSTOCK_CHECK(engine != nullptr);
    return engine;
  }

  std::size_t transmit_waiting();
  void run_timers();

  // Each has references to some of those before it.
  Environment<P> env_;
  const std::unique_ptr<SrtpEngine> srtp_;
  FlowTable flows_;
  OwnedTransports owned_;
  Paths<P> paths_{env_, flows_, owned_};
  Transmitter<P> transmitter_{env_};
  RtcpSender<P> rtcp_{env_, *srtp_, transmitter_};
  KeyframeAsker<P> keyframes_{env_, owned_, rtcp_};
  LayerControl<P> layers_{env_, owned_, keyframes_};
  Protector<P> protector_{env_, *srtp_, owned_, transmitter_};
  PacedQueues paced_;
  Recorder<P> recorder_{env_};
  Forwarder<P> forwarder_{env_, transmitter_, protector_, keyframes_, layers_, paced_, recorder_};
  Pacer<P> pacer_{env_, transmitter_, paced_, forwarder_};
  KeyframeCache<P> cache_{env_, keyframes_, layers_, paced_};
  Repairer<P> repairer_{env_, rtcp_, keyframes_};
  Resender<P> resender_{env_, transmitter_, protector_, repairer_};
  MediaReceiver<P> media_{env_,       *srtp_,     owned_,    paths_,
                          keyframes_, forwarder_, repairer_, resender_};
  Punter<P> punter_{env_, paths_};
  Fragments<P> fragments_{env_, flows_, punter_};
  LinkPort<P> link_{env_, paths_, transmitter_};
  CheckResponder<P> checks_{env_, flows_, paths_, punter_, protector_, keyframes_, transmitter_};
  Receiver<P> receiver_{
      env_,
      flows_,
      paths_,
      transmitter_,
      {link_, fragments_, checks_, punter_, media_, forwarder_, keyframes_, repairer_}};
  Bandwidth<P> bandwidth_{env_, layers_};
  Prober<P> prober_{env_, transmitter_, protector_, resender_};
  PublisherLimit<P> publisher_limit_{env_};
  TransportTimers<P> timers_{env_,    paths_,           rtcp_,    layers_, bandwidth_,
                             prober_, publisher_limit_, recorder_};
  Commands<P> commands_{env_,    owned_,       paths_, protector_, keyframes_,
                        layers_, transmitter_, pacer_, link_};
};

template <Platform P>
std::size_t Worker<P>::run_once(Timestamp now) {
  env_.now = now;
  env_.has_many = owned_.size() > env_.context.near_transports_max;
  env_.enter(Stage::kReceive);
  std::size_t work = transmitter_.is_port_full() ? transmit_waiting() : 0;
  resender_.begin();
  work += receiver_.receive_frames();
  work += receiver_.receive_handovers();
  work += forwarder_.run();
  work += pacer_.run();
  prober_.run();
  protector_.flush();
  repairer_.ask_publishers();
  env_.enter(Stage::kControl);
  work += commands_.send_outgoing();
  work += commands_.run();
  link_.poll();
  run_timers();
  cache_.run();
  media_.make_room();
  transmitter_.flush();
  env_.flush_events();
  env_.platform.report_quiescent();
  env_.enter(Stage::kOutside);
  return work;
}

// What the port had no room for before. Returns how many frames it took now.
template <Platform P>
std::size_t Worker<P>::transmit_waiting() {
  const std::size_t sent = transmitter_.flush();
  if (transmitter_.has_stalled()) {
    forwarder_.drop_waiting();
    pacer_.drop_waiting();
    transmitter_.drop_waiting();
  }
  return sent;
}

template <Platform P>
void Worker<P>::run_timers() {
  if (owned_.is_pass_due(env_.now)) fragments_.expire();
  owned_.run_due(env_.now, [this](Transport& transport, TransportHandle handle) {
    return timers_.run(transport, handle);
  });
}

}  // namespace penstock
