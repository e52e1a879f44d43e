#include "controlplane/ice/ice_lite_agent.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock {

IceLiteAgent::IceLiteAgent(const IceCredentials& credentials, const IceLiteOptions& options,
                           Timestamp now)
    : credentials_(credentials), options_(options), started_at_(now) {}

stun::BindingVerdict IceLiteAgent::handle_request(Timestamp now, const CandidatePair& pair,
                                                  const stun::MessageView& request,
                                                  std::span<std::uint8_t> out) {
  // Consent that was lost does not come back (RFC 7675 section 5.1).
  if (is_over_) return {.drop = DropReason::kStunUnauthenticated};
  const auto username = stun::split_username(request.username.value_or(std::string_view{}));
  const bool is_previous =
      previous_ && username && username->local_ufrag == previous_->local_ufrag.view();
  const auto verdict = stun::answer_binding_request(
      request, is_previous ? *previous_ : credentials_, pair.remote, out);
  handle_verdict(now, pair, verdict,
                 is_previous ? IceGeneration::kPrevious : IceGeneration::kCurrent);
  return verdict;
}

void IceLiteAgent::handle_verdict(Timestamp now, const CandidatePair& pair,
                                  const stun::BindingVerdict& verdict, IceGeneration generation) {
  if (is_over_ || !verdict.authenticated) return;
  if (generation == IceGeneration::kPrevious && !previous_) return;
  checked_at_ = now;
  ValidPair& valid = find_or_add(now, pair);
  valid.checked_at = now;
  if (verdict.priority != 0) valid.nomination.priority = verdict.priority;
  if (!verdict.nominates) return;

  valid.nomination.at = now;
  valid.nomination.number = verdict.nomination;
  const bool finishes_restart = previous_ && generation == IceGeneration::kCurrent;
  if (finishes_restart || should_move_to(valid)) select(pair);
  if (finishes_restart) finish_restart(pair);
}

void IceLiteAgent::handle_path_selected(Timestamp now, const CandidatePair& pair) {
  if (is_over_) return;
  checked_at_ = now;
  ValidPair& valid = find_or_add(now, pair);
  valid.checked_at = valid.nomination.at = now;
  select(pair);
}

bool IceLiteAgent::should_move_to(const ValidPair& candidate) {
  if (!selected_) return true;
  return candidate.pair == *selected_ ||
         stun::moves_to(selected_nomination(), candidate.nomination);
}

const stun::Nomination& IceLiteAgent::selected_nomination() const {
  const auto found = std::ranges::find(pairs_, selected_, &ValidPair::pair);
  PENSTOCK_CHECK(found != pairs_.end());
  return found->nomination;
}

void IceLiteAgent::finish_restart(const CandidatePair& pair) {
  previous_.reset();
  // What the peer nominated before the restart says nothing about now.
  for (ValidPair& valid : pairs_) {
    if (valid.pair != pair) valid.nomination.number = 0;
  }
  emit(IceEventKind::kRestarted, pair);
}

void IceLiteAgent::select(const CandidatePair& pair) {
  if (selected_ == pair) return;
  selected_ = pair;
  emit(IceEventKind::kPairSelected, pair);
}

IceLiteAgent::ValidPair* IceLiteAgent::find(const CandidatePair& pair) {
  const auto found = std::ranges::find(pairs_, pair, &ValidPair::pair);
  return found == pairs_.end() ? nullptr : found;
}

bool IceLiteAgent::has_pair(const CandidatePair& pair) const {
  return std::ranges::find(pairs_, pair, &ValidPair::pair) != pairs_.end();
}

IceLiteAgent::ValidPair& IceLiteAgent::find_or_add(Timestamp now, const CandidatePair& pair) {
  if (ValidPair* known = find(pair)) return *known;
  if (pairs_.full()) make_room();
  PENSTOCK_CHECK(pairs_.push_back({.pair = pair, .checked_at = now}));
  emit(IceEventKind::kPairAdded, pair);
  return pairs_.back();
}

void IceLiteAgent::make_room() {
  std::optional<std::size_t> oldest;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].pair == selected_) continue;
    if (!oldest || pairs_[i].checked_at < pairs_[*oldest].checked_at) oldest = i;
  }
  PENSTOCK_CHECK(oldest.has_value());
  remove_at(*oldest);
}

void IceLiteAgent::remove_at(std::size_t index) {
  emit(IceEventKind::kPairRemoved, pairs_[index].pair);
  pairs_.erase_unordered(index);
}

Timestamp IceLiteAgent::consent_deadline(Timestamp checked_at) const {
  return options_.consent_timeout == kNever ? kNever : checked_at + options_.consent_timeout;
}

bool IceLiteAgent::is_consent_expired(Timestamp now) const {
  return is_over_ || !checked_at_ || now >= consent_deadline(*checked_at_);
}

void IceLiteAgent::handle_timeout(Timestamp now) {
  if (is_over_) return;
  if (checked_at_ && is_consent_expired(now)) {
    give_up(IceEventKind::kConsentLost);
  } else if (!selected_ && now >= started_at_ + options_.connect_timeout) {
    give_up(IceEventKind::kConnectTimeout);
  } else {
    remove_pairs_without_consent(now);
  }
}

void IceLiteAgent::give_up(IceEventKind why) {
  is_over_ = true;
  emit(why);
}

void IceLiteAgent::remove_pairs_without_consent(Timestamp now) {
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    const ValidPair& valid = pairs_[i];
    if (valid.pair != selected_ && now >= consent_deadline(valid.checked_at)) remove_at(i);
  }
}

Timestamp IceLiteAgent::next_timeout() const {
  if (is_over_) return kNever;
  Timestamp next = selected_ ? kNever : started_at_ + options_.connect_timeout;
  if (checked_at_) next = std::min(next, consent_deadline(*checked_at_));
  for (const ValidPair& valid : pairs_) {
    if (valid.pair != selected_) next = std::min(next, consent_deadline(valid.checked_at));
  }
  return next;
}

bool IceLiteAgent::set_remote_ufrag(std::string_view remote_ufrag) {
  return credentials_.remote_ufrag.assign(remote_ufrag);
}

void IceLiteAgent::restart(const IceCredentials& credentials) {
  PENSTOCK_CHECK(credentials.local_ufrag != credentials_.local_ufrag);
  PENSTOCK_CHECK(credentials.local_pwd != credentials_.local_pwd);
  previous_ = credentials_;
  credentials_ = credentials;
}

void IceLiteAgent::emit(IceEventKind kind, const CandidatePair& pair) {
  PENSTOCK_CHECK(events_.push_back({kind, pair}));
}

bool IceLiteAgent::poll_event(IceEvent& event) {
  if (events_.empty()) return false;
  event = events_[0];
  std::shift_left(events_.begin(), events_.end(), 1);
  events_.pop_back();
  return true;
}

}  // namespace penstock
