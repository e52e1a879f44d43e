#include "controlplane/media/dtls_job.h"

#include <algorithm>
#include <span>
#include <utility>

#include "dataplane/base/scope_guard.h"

namespace penstock {

std::size_t dtls_association_bytes(const OpenSslVersion& version) {
  return version < OpenSslVersion{3, 2, 0} ? 44 * 1'024 : 80 * 1'024;
}

void DtlsJob::run(Timestamp now) {
  // Once: what is said after this look is for the next run.
  const DtlsEnding last_word = ending.load(std::memory_order_relaxed);
  is_out_of_memory = !best_effort([&] { advance(now, last_word); });
  input.clear();
  data_to_send.clear();
  if (last_word != DtlsEnding::kNone) endpoint.reset();
}

void DtlsJob::advance(Timestamp now, DtlsEnding last_word) {
  if (!endpoint && last_word == DtlsEnding::kNone) {
    endpoint.emplace(context_, role_, expected_);
    endpoint->start(now);
  }
  if (!endpoint) return;
  std::vector<std::uint8_t> data;
  for (const std::vector<std::uint8_t>& datagram : input) {
    endpoint->handle_datagram(now, datagram);
    while (endpoint->poll_data(data)) data_received.push_back(std::move(data));
  }
  if (now >= endpoint->next_timeout()) endpoint->handle_timeout(now);
  seal_data(now);
  if (last_word == DtlsEnding::kGoodbye) endpoint->close(now);
  if (last_word != DtlsEnding::kSilent) take_output();
}

// The endpoint holds some datagrams at a time.
void DtlsJob::seal_data(Timestamp now) {
  constexpr std::size_t kAtOnce = 32;
  std::span<const std::vector<std::uint8_t>> rest = data_to_send;
  while (!rest.empty()) {
    take_output();
    const auto packets = rest.first(std::min(rest.size(), kAtOnce));
    endpoint->send(now, packets);
    rest = rest.subspan(packets.size());
  }
}

void DtlsJob::take_output() {
  std::vector<std::uint8_t> datagram;
  while (endpoint->poll_output(datagram)) output.push_back(std::move(datagram));
}

}  // namespace penstock
