#include "controlplane/sctp/sctp_association.h"

#include <arpa/inet.h>
#include <usrsctp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "controlplane/sctp/crc32c.h"
#include "controlplane/sctp/sctp_stack.h"
#include "controlplane/sctp/stream_requests.h"
#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// NOLINTNEXTLINE(performance-no-int-to-ptr): usrsctp calls a number a pointer
void* address_of(std::uint64_t id) { return reinterpret_cast<void*>(id); }

sockaddr_conn socket_address(std::uint64_t id, std::uint16_t port) {
  sockaddr_conn address{};
  address.sconn_family = AF_CONN;
  address.sconn_port = htons(port);
  address.sconn_addr = address_of(id);
  return address;
}

template <typename Value>
void set_option(struct socket* target, int level, int option, const Value& value) {
  PENSTOCK_CHECK(usrsctp_setsockopt(target, level, option, &value, sizeof(value)) == 0);
}

// usrsctp hands over memory of malloc's, whatever it is.
int take_received(struct socket*, sctp_sockstore, void* data, size_t bytes, sctp_rcvinfo info,
                  int flags, void* id) {
  SctpAssociation* association = SctpStack::instance().find(reinterpret_cast<std::uintptr_t>(id));
  if (association != nullptr && data == nullptr) association->take_end();
  if (association != nullptr && data != nullptr) {
    const bool is_kept = best_effort([&] {
      if ((flags & MSG_NOTIFICATION) != 0) {
        association->take_notification(*static_cast<sctp_notification*>(data), bytes);
      } else {
        association->take_data(info.rcv_sid, ntohl(info.rcv_ppid),
                               {static_cast<std::uint8_t*>(data), bytes}, (flags & MSG_EOR) != 0);
      }
    });
    if (!is_kept) association->take_end();
  }
  std::free(data);
  return 1;
}

}  // namespace

SctpAssociation::SctpAssociation(const SctpOptions& options, std::function<void()> on_ready,
                                 Timestamp now)
    : id_(SctpStack::instance().add(*this, now)),
      options_(options),
      on_ready_(std::move(on_ready)) {
  const LibraryClock clock = SctpStack::clock_at(now);
  usrsctp_register_address(address_of(id_));
  socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, take_received, nullptr, 0,
                           address_of(id_));
  if (socket_ == nullptr) {  // no memory
    is_closed_ = true;
    return;
  }
  configure();
}

// In this order nothing is called back, and nothing of ours is found any more.
SctpAssociation::~SctpAssociation() {
  SctpStack::instance().remove(id_);
  if (socket_ != nullptr) {
    usrsctp_set_ulpinfo(socket_, nullptr);
    usrsctp_close(socket_);
  }
  usrsctp_deregister_address(address_of(id_));
}

void SctpAssociation::configure() {
  usrsctp_set_non_blocking(socket_, 1);
  set_option(socket_, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
  const std::uint32_t on = 1;
  set_option(socket_, IPPROTO_SCTP, SCTP_NODELAY, on);
  set_option(socket_, IPPROTO_SCTP, SCTP_MAX_CWND,
             sctp_assoc_value{.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = kSctpWindowBytesMax});
  set_option(socket_, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, kSctpPartialFromBytes);
  PENSTOCK_CHECK(let_peer_change(SCTP_ENABLE_RESET_STREAM_REQ));
  set_option(socket_, IPPROTO_SCTP, SCTP_INITMSG,
             sctp_initmsg{.sinit_num_ostreams = options_.streams_out,
                          .sinit_max_instreams = options_.streams_in,
                          .sinit_max_attempts = 0,
                          .sinit_max_init_timeo = 0});
  for (const int type : {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT}) {
    set_option(socket_, IPPROTO_SCTP, SCTP_EVENT,
               sctp_event{.se_assoc_id = SCTP_FUTURE_ASSOC,
                          .se_type = static_cast<std::uint16_t>(type),
                          .se_on = 1});
  }
  sockaddr_conn local = socket_address(id_, options_.local_port);
  PENSTOCK_CHECK(usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&local), sizeof(local)) == 0);
}

// What of our streams the peer may have changed.
bool SctpAssociation::let_peer_change(std::uint32_t requests) {
  const sctp_assoc_value value{.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = requests};
  return usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &value,
                            sizeof(value)) == 0;
}

void SctpAssociation::connect(Timestamp now) {
  if (is_closed_) return;
  const LibraryClock clock = SctpStack::clock_at(now);
  sockaddr_conn remote = socket_address(id_, options_.remote_port);
  // "In progress" is what it says.
  usrsctp_connect(socket_, reinterpret_cast<sockaddr*>(&remote), sizeof(remote));
  limit_packets();
}

// One size for all packets: what the DTLS record around them leaves. Heartbeats would only say what
// ICE's consent says, too.
void SctpAssociation::limit_packets() {
  sctp_paddrparams parameters{};
  const sockaddr_conn remote = socket_address(id_, options_.remote_port);
  std::memcpy(&parameters.spp_address, &remote, sizeof(remote));
  parameters.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE;
  parameters.spp_pathmtu = kSctpPacketBytesMax - kSctpHeaderBytes;
  set_option(socket_, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, parameters);
}

void SctpAssociation::handle_packet(Timestamp now, std::span<const std::uint8_t> packet) {
  if (packet.size() < kSctpHeaderBytes || !has_valid_sctp_checksum(packet)) {
    ++counters_.packets_discarded;
    return;
  }
  if (is_closed_) return;
  const LibraryClock clock = SctpStack::clock_at(now);
  // For usrsctp the two ways of having more streams are one; of those that come in it lets the peer
  // have as many as we have said that we take.
  const bool adds_streams = asks_to_send_on_more_streams(packet);
  if (adds_streams) let_peer_change(SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ);
  usrsctp_conninput(address_of(id_), packet.data(), packet.size(), 0);
  if (adds_streams && !is_closed_) let_peer_change(SCTP_ENABLE_RESET_STREAM_REQ);
  retry_resets();
}

SctpSent SctpAssociation::send(Timestamp now, const SctpMessage& message) {
  if (!is_connected_ || is_closed_) return {.is_refused = true};
  const LibraryClock clock = SctpStack::clock_at(now);
  sctp_sendv_spa how{};
  how.sendv_flags = SCTP_SEND_SNDINFO_VALID;
  how.sendv_sndinfo.snd_sid = message.stream;
  how.sendv_sndinfo.snd_ppid = htonl(message.protocol);
  if (!message.is_ordered) how.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
  if (message.reliability != SctpReliability::kFull) {
    const bool is_timed = message.reliability == SctpReliability::kLifetime;
    how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    how.sendv_prinfo.pr_policy = is_timed ? SCTP_PR_SCTP_TTL : SCTP_PR_SCTP_RTX;
    // A lifetime of zero is none, for usrsctp.
    how.sendv_prinfo.pr_value = std::max(message.reliability_limit, is_timed ? 1U : 0U);
  }
  unsent_.add(message.bytes.size());
  const ssize_t taken =
      usrsctp_sendv(socket_, message.bytes.data(), message.bytes.size(), nullptr, 0, &how,
                    static_cast<socklen_t>(sizeof(how)), SCTP_SENDV_SPA, 0);
  if (taken >= 0) return {.is_taken = true, .is_waiting = !unsent_.empty()};
  unsent_.remove(message.bytes.size());
  const bool is_full = errno == EAGAIN || errno == EWOULDBLOCK;
  return {.is_waiting = is_full, .is_refused = !is_full};
}

bool SctpAssociation::has_unsent() {
  if (unsent_.empty() || is_closed_) return false;
  sctp_status status{};
  socklen_t bytes = sizeof(status);
  usrsctp_getsockopt(socket_, IPPROTO_SCTP, SCTP_STATUS, &status, &bytes);
  if (status.sstat_penddata == 0 && status.sstat_unackdata == 0) unsent_.reset();
  return !unsent_.empty();
}

void SctpAssociation::reset_stream(Timestamp now, std::uint16_t stream) {
  if (is_closed_) return;
  const LibraryClock clock = SctpStack::clock_at(now);
  if (!request_reset(stream)) resets_due_.push_back(stream);
}

bool SctpAssociation::add_streams(Timestamp now, const SctpStreams& more) {
  const LibraryClock clock = SctpStack::clock_at(now);
  const sctp_add_streams request{
      .sas_assoc_id = SCTP_ALL_ASSOC, .sas_instrms = more.in, .sas_outstrms = more.out};
  return usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_ADD_STREAMS, &request, sizeof(request)) ==
         0;
}

// usrsctp has one request under way at a time.
bool SctpAssociation::request_reset(std::uint16_t stream) {
  alignas(sctp_reset_streams)
      std::array<std::uint8_t, sizeof(sctp_reset_streams) + sizeof(std::uint16_t)>
          bytes{};
  auto* request = reinterpret_cast<sctp_reset_streams*>(bytes.data());
  request->srs_assoc_id = SCTP_ALL_ASSOC;
  request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
  request->srs_number_streams = 1;
  std::memcpy(bytes.data() + sizeof(*request), &stream, sizeof(stream));
  return usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_RESET_STREAMS, bytes.data(),
                            static_cast<socklen_t>(bytes.size())) == 0;
}

void SctpAssociation::retry_resets() {
  while (!resets_due_.empty() && request_reset(resets_due_.front()))
    resets_due_.erase(resets_due_.begin());
}

bool SctpAssociation::poll_packet(std::vector<std::uint8_t>& packet) {
  is_ready_ = false;
  if (outputs_.empty()) return false;
  packet = std::move(outputs_.front());
  outputs_.pop_front();
  return true;
}

bool SctpAssociation::poll_event(SctpEvent& event) {
  is_ready_ = false;
  if (events_.empty()) return false;
  event = std::move(events_.front());
  events_.pop_front();
  return true;
}

void SctpAssociation::note_ready() {
  if (!std::exchange(is_ready_, true)) on_ready_();
}

// A packet for which there is no memory is a lost one.
void SctpAssociation::take_output(std::span<std::uint8_t> packet) {
  write_sctp_checksum(packet);
  unsent_.take_packet(packet);
  best_effort([&] {
    outputs_.emplace_back(packet.begin(), packet.end());
    note_ready();
  });
}

void SctpAssociation::push(SctpEvent event) {
  if (is_closed_) return;
  events_.push_back(std::move(event));
  note_ready();
}

void SctpAssociation::take_data(std::uint16_t stream, std::uint32_t protocol,
                                std::span<const std::uint8_t> bytes, bool is_end) {
  SctpEvent whole{.kind = SctpEventKind::kMessage, .stream = stream, .protocol = protocol};
  const auto begun = partial_.find(stream);
  if (begun == partial_.end() && is_end) {
    whole.bytes.assign(bytes.begin(), bytes.end());
    return push(std::move(whole));
  }
  SctpEvent& message =
      begun != partial_.end() ? begun->second : partial_.emplace(stream, whole).first->second;
  partial_bytes_ += bytes.size();
  if (partial_bytes_ > kSctpPartialBytesMax) return close_for_good();
  message.bytes.insert(message.bytes.end(), bytes.begin(), bytes.end());
  if (!is_end) return;
  partial_bytes_ -= message.bytes.size();
  whole = std::move(message);
  partial_.erase(stream);
  push(std::move(whole));
}

void SctpAssociation::take_notification(const sctp_notification& notification, std::size_t bytes) {
  switch (notification.sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      const sctp_assoc_change& change = notification.sn_assoc_change;
      if (change.sac_state == SCTP_COMM_UP) {
        is_connected_ = true;
        outgoing_streams_ = change.sac_outbound_streams;
        push({.kind = SctpEventKind::kConnected});
      } else {  // a restart, too: over DTLS none is meant
        close_for_good();
      }
      break;
    }
    case SCTP_STREAM_RESET_EVENT:
      take_reset(notification, bytes);
      break;
    case SCTP_PARTIAL_DELIVERY_EVENT: {
      const auto stream = static_cast<std::uint16_t>(notification.sn_pdapi_event.pdapi_stream);
      const auto begun = partial_.find(stream);
      if (begun == partial_.end()) break;
      partial_bytes_ -= begun->second.bytes.size();
      partial_.erase(begun);
      break;
    }
    default:
      break;
  }
}

void SctpAssociation::take_reset(const sctp_notification& notification, std::size_t bytes) {
  const sctp_stream_reset_event& event = notification.sn_strreset_event;
  if ((event.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0) return;
  const auto report = [&](std::uint16_t stream) {
    if ((event.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0)
      push({.kind = SctpEventKind::kStreamReset, .stream = stream});
    if ((event.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0)
      push({.kind = SctpEventKind::kStreamIsFree, .stream = stream});
  };
  const std::size_t count = (bytes - sizeof(event)) / sizeof(std::uint16_t);
  for (std::size_t i = 0; i < count; ++i) report(event.strreset_stream_list[i]);
  if (count > 0) return;  // else it is about all of them
  for (std::uint16_t stream = 0; stream < kSctpStreamsMax; ++stream) report(stream);
}

void SctpAssociation::take_end() noexcept {
  best_effort([&] { close_for_good(); });
  is_closed_ = true;
}

void SctpAssociation::close_for_good() {
  push({.kind = SctpEventKind::kClosed});
  is_closed_ = true;
  partial_.clear();
  partial_bytes_ = 0;
  resets_due_.clear();
}

}  // namespace penstock
