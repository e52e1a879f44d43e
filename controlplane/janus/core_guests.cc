// Guests: members of rooms who came by another API (room/guests.h).
#include <utility>

#include "controlplane/janus/core.h"
#include "controlplane/janus/videoroom/guest_verbs.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

// A call like every other. What it has said is taken back if there was no memory for the rest.
template <typename Step>
auto Core::run_for_guest(Timestamp now, Step&& step) {
  now_ = now;
  ScopeGuard finish([&] { finish_call(); });
  ScopeGuard undo([&] { outbox_.take_back(0); });
  auto result = videoroom_.run(step);
  undo.dismiss();
  return result;
}

// Who is there only if `join(context, attachment)` succeeds.
template <typename Join>
std::expected<void, room::GuestError> Core::add_guest(PeerId id, Timestamp now, Join&& join) {
  return run_for_guest(now, [&](const videoroom::Context& context) {
    Guest& guest = guests_.try_emplace(id).first->second;
    guest.attachment.handle = id;
    ScopeGuard undo([&] { forget_guest(id); });
    auto done = join(context, guest.attachment);
    if (done) undo.dismiss();
    return done;
  });
}

std::expected<room::GuestPass, room::GuestError> Core::admit(const room::Id& room,
                                                             std::optional<std::string_view> token,
                                                             room::GuestRole role) const {
  return videoroom::admit_guest(videoroom_.context(), room, token, role);
}

std::expected<void, room::GuestError> Core::publish(PeerId guest, const room::GuestPublish& wanted,
                                                    Timestamp now, const TellAnswer& tell) {
  return add_guest(guest, now, [&](const videoroom::Context& context, Attachment& attachment) {
    return videoroom::publish_as_guest(context, attachment, wanted, now, tell);
  });
}

std::expected<void, room::GuestError> Core::play(
    PeerId guest, const room::GuestPlay& wanted, Timestamp now,
    const std::function<void(SubscribeResult& result)>& tell) {
  return add_guest(guest, now, [&](const videoroom::Context& context, Attachment& attachment) {
    return videoroom::play_as_guest(context, attachment, wanted, now, tell);
  });
}

std::expected<void, room::GuestError> Core::offer_to(PeerId guest, const room::GuestPlay& wanted,
                                                     Timestamp now, const TellAnswer& tell) {
  return add_guest(guest, now, [&](const videoroom::Context& context, Attachment& attachment) {
    return videoroom::offer_to_guest(context, attachment, wanted, now, tell);
  });
}

std::expected<void, room::GuestError> Core::take_answer(PeerId guest, std::string_view answer_sdp,
                                                        Timestamp now) {
  return run_for_guest(now, [&](const videoroom::Context& context) {
    return videoroom::take_answer_of_guest(context, find_attachment(guest), answer_sdp, now);
  });
}

std::vector<room::PlayedStream> Core::played(PeerId guest) const {
  const auto found = guests_.find(guest);
  if (found == guests_.end()) return {};
  return videoroom::played_by_guest(videoroom_.context(), found->second.attachment);
}

std::expected<void, room::GuestError> Core::resume(PeerId guest,
                                                   const std::optional<room::Id>& feed,
                                                   Timestamp now) {
  return run_for_guest(now, [&](const videoroom::Context& context) {
    return videoroom::resume_guest(context, find_attachment(guest), feed, now);
  });
}

void Core::limit_layers(PeerId guest, std::size_t mindex, const room::LayerTargets& targets,
                        Timestamp now) {
  if (const Attachment* attachment = find_attachment(guest))
    videoroom::limit_layers_of_guest(videoroom_.context(), *attachment, mindex, targets, now);
}

void Core::leave(PeerId guest, Timestamp now) {
  now_ = now;
  media_.close(guest, now);
  end_guest(guest);
  finish_call();
}

// It is in no room any more; its connection is closed.
void Core::end_guest(PeerId id) {
  const auto guest = guests_.find(id);
  if (guest == guests_.end()) return;
  videoroom_.detach(guest->second.attachment, now_);
  forget_guest(id);
}

void Core::forget_guest(PeerId id) {
  const auto guest = guests_.find(id);
  for (Guest** link = &first_told_; *link != nullptr; link = &(*link)->next) {
    if (*link != &guest->second) continue;
    *link = guest->second.next;
    break;
  }
  guests_.erase(guest);
}

void Core::tell_guest_later(PeerId id, bool is_gone) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  Guest& guest = found->second;
  guest.is_gone = guest.is_gone || is_gone;
  if (std::exchange(guest.is_told_later, true)) return;
  guest.next = std::exchange(first_told_, &guest);
}

void Core::tell_guests() {
  while (first_told_ != nullptr) {
    Guest& guest = *std::exchange(first_told_, first_told_->next);
    guest.next = nullptr;
    guest.is_told_later = false;
    const PeerId id = guest.attachment.handle;
    const bool is_gone = guest.is_gone;
    if (is_gone) end_guest(id);
    if (guest_events_ == nullptr) continue;
    if (is_gone) {
      guest_events_->on_guest_gone(id, now_);
    } else {
      guest_events_->on_guest_changed(id, now_);
    }
  }
}

}  // namespace penstock::janus
