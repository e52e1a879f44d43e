#include "controlplane/sctp/sctp_stack.h"

#include <usrsctp.h>

#include <algorithm>

#include "controlplane/sctp/sctp_association.h"

namespace penstock {
namespace {

// usrsctp takes a time of zero for none.
constexpr Timestamp kClockBegin = 1'000'000 * kSecond;

int take_output(void* address, void* packet, size_t bytes, std::uint8_t, std::uint8_t) {
  const auto id = reinterpret_cast<std::uintptr_t>(address);
  if (SctpAssociation* association = SctpStack::instance().find(id))
    association->take_output({static_cast<std::uint8_t*>(packet), bytes});
  return 0;
}

void configure() {
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  usrsctp_sysctl_set_sctp_auto_asconf(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  usrsctp_sysctl_set_sctp_pr_enable(1);
  usrsctp_sysctl_set_sctp_reconfig_enable(1);
  usrsctp_sysctl_set_sctp_blackhole(2);  // no word to packets of no association
  usrsctp_sysctl_set_sctp_sendspace(kSctpSendBufferBytes);
  usrsctp_sysctl_set_sctp_recvspace(kSctpReceiveBufferBytes);
  usrsctp_sysctl_set_sctp_initial_cwnd(10);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default(kSctpSackDelayMs);
  usrsctp_sysctl_set_sctp_rto_initial_default(kSctpRtoInitialMs);
  usrsctp_sysctl_set_sctp_rto_min_default(kSctpRtoMinMs);
  usrsctp_sysctl_set_sctp_rto_max_default(kSctpRtoMaxMs);
  usrsctp_sysctl_set_sctp_init_rto_max_default(kSctpRtoMaxMs);
  usrsctp_sysctl_set_sctp_nr_outgoing_streams_default(kSctpStreamsMax);
  usrsctp_sysctl_set_sctp_nr_incoming_streams_default(kSctpStreamsMax);
  usrsctp_enable_crc32c_offload();
}

}  // namespace

SctpStack& SctpStack::instance() {
  static SctpStack stack;
  return stack;
}

SctpStack::SctpStack() {
  const LibraryClock clock = clock_at(0);
  usrsctp_init_nothreads(0, take_output, nullptr);
  configure();
}

LibraryClock SctpStack::clock_at(Timestamp now) {
  const Timestamp shown = kClockBegin + now;
  return LibraryClock({.tv_sec = shown / kSecond, .tv_usec = shown % kSecond / kMicrosecond});
}

std::uint64_t SctpStack::add(SctpAssociation& association, Timestamp now) {
  // Time may have begun anew, where there are simulations one after the other.
  if (associations_.empty()) advanced_to_ = now;
  associations_.emplace(++last_id_, &association);
  return last_id_;
}

void SctpStack::remove(std::uint64_t id) { associations_.erase(id); }

SctpAssociation* SctpStack::find(std::uint64_t id) const {
  const auto found = associations_.find(id);
  return found == associations_.end() ? nullptr : found->second;
}

void SctpStack::advance(Timestamp now) {
  if (now < next_timeout()) return;
  const Duration elapsed_ms = (now - advanced_to_) / kMillisecond;
  advanced_to_ += elapsed_ms * kMillisecond;
  const LibraryClock clock = clock_at(now);
  usrsctp_handle_timers(static_cast<std::uint32_t>(std::min<Duration>(elapsed_ms, 60'000)));
}

Timestamp SctpStack::next_timeout() const {
  return associations_.empty() ? kNever : advanced_to_ + kSctpTick;
}

}  // namespace penstock
