#include "controlplane/media/dtls_job.h"

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
  if (last_word != DtlsEnding::kNone) endpoint.reset();
}

void DtlsJob::advance(Timestamp now, DtlsEnding last_word) {
  if (!endpoint && last_word == DtlsEnding::kNone) {
    endpoint.emplace(context_, role_, expected_);
    endpoint->start(now);
  }
  if (!endpoint) return;
  for (const std::vector<std::uint8_t>& datagram : input) endpoint->handle_datagram(now, datagram);
  if (now >= endpoint->next_timeout()) endpoint->handle_timeout(now);
  if (last_word == DtlsEnding::kGoodbye) endpoint->close(now);
  std::vector<std::uint8_t> datagram;
  while (last_word != DtlsEnding::kSilent && endpoint->poll_output(datagram))
    output.push_back(std::move(datagram));
}

}  // namespace penstock
