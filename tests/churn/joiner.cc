#include "tests/churn/joiner.h"

#include <stdexcept>

namespace penstock::churn {
namespace {

using integration::Participant;

constexpr std::uint64_t kPacketsWanted = 5;
constexpr Duration kJoinLimit = 30 * kSecond;

}  // namespace

Certificate joiners_certificate() {
  auto certificate = Certificate::generate(1'700'000'000);
  if (!certificate) throw std::runtime_error(certificate.error());
  return std::move(*certificate);
}

Joiner::Joiner(integration::EventLoop& loop, const Certificate& certificate, std::uint32_t number,
               std::uint64_t room)
    : loop_(loop), certificate_(certificate), number_(number), room_(room) {}

bool Joiner::advance() {
  if (current_ == nullptr) {
    let_in_next();
    return false;
  }
  if (loop_.now() - let_in_at_ > kJoinLimit) {
    throw std::runtime_error("a participant does not get media within 30 s");
  }
  const bool is_first = previous_ == nullptr;
  if (!current_->publisher().webrtc().is_connected()) return false;
  if (!is_first && current_->received_from(*previous_) < kPacketsWanted) return false;
  const bool has_left = !is_first;
  if (has_left) {
    packets_received_ += current_->received_from(*previous_);
    leave(previous_);
  }
  previous_ = std::move(current_);
  previous_->start_media();
  return has_left;
}

void Joiner::end() {
  for (auto* participant : {&previous_, &current_}) {
    if (*participant != nullptr) leave(*participant);
  }
}

void Joiner::let_in_next() {
  integration::ParticipantOptions options;
  options.sender = (number_ << 24) + participants_ + 1;
  options.room = room_;
  ++participants_;
  let_in_at_ = loop_.now();
  current_ = std::make_unique<Participant>(loop_, certificate_, options);
  current_->join();
  current_->offer_media();
  if (previous_ != nullptr) current_->subscribe({previous_.get()});
}

// Every other one says goodbye; the rest are cut off with their connection, as happens.
void Joiner::leave(std::unique_ptr<Participant>& participant) {
  participant->stop_media();
  if (participant->sender() % 2 == 0) {
    participant->session().message(participant->publisher_handle(), {{"request", "leave"}});
    participant->session().request({{"janus", "destroy"}});
  }
  participant.reset();
}

}  // namespace penstock::churn
