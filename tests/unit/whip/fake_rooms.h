// Rooms without rooms: admits by one token, answers every offer, and records who is there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/room/guests.h"
#include "tests/unit/janus/fake_media.h"

namespace penstock::whip {

class FakeRooms final : public room::GuestRooms {
 public:
  explicit FakeRooms(FakeMedia& media) : media_(media) {}

  void set_guest_events(room::GuestEvents& events) override { events_ = &events; }
  bool has_room(const room::Id& id) const override { return id == kRoom; }

  std::expected<room::GuestPass, room::GuestError> admit(const room::Id& id,
                                                         std::optional<std::string_view> given,
                                                         room::GuestRole) const override {
    using room::GuestRefusal;
    if (id != kRoom) return refuse(GuestRefusal::kNoSuchRoom);
    if (is_closed) return refuse(GuestRefusal::kForbidden);
    if (given == kSecret) return room::GuestPass{.has_secret = true};
    if (!token.empty() && given != token) return refuse(GuestRefusal::kUnauthorized);
    return room::GuestPass{};
  }
  PeerId new_guest_id() override { return ++last_id_; }

  std::expected<void, room::GuestError> publish(PeerId guest, const room::GuestPublish& wanted,
                                                Timestamp, const TellAnswer& tell) override {
    if (refuses) return refuse(*refuses);
    std::string answer = "answer";
    tell(answer);
    published = wanted;
    return add(guest, {});
  }
  std::expected<void, room::GuestError> play(
      PeerId guest, const room::GuestPlay& wanted, Timestamp,
      const std::function<void(SubscribeResult& result)>& tell) override {
    if (refuses) return refuse(*refuses);
    SubscribeResult result{.answer_sdp = "answer", .mids = {"s", "p"}, .warnings = {}};
    tell(result);
    feed = wanted.feed;
    return add(guest, two_lines());
  }
  std::expected<void, room::GuestError> offer_to(PeerId guest, const room::GuestPlay&, Timestamp,
                                                 const TellAnswer& tell) override {
    if (refuses_offer) return refuse(*refuses_offer);
    std::string offer = "offer";
    tell(offer);
    return add(guest, two_lines());
  }
  std::expected<void, room::GuestError> take_answer(PeerId, std::string_view, Timestamp) override {
    if (refuses) return refuse(*refuses);
    ++answers;
    return {};
  }
  std::vector<room::PlayedStream> played(PeerId guest) const override {
    const auto found = guests.find(guest);
    return found == guests.end() ? std::vector<room::PlayedStream>{} : found->second;
  }
  std::expected<void, room::GuestError> resume(PeerId guest, const std::optional<room::Id>&,
                                               Timestamp) override {
    ++resumes;
    if (refuses_resume) return refuse(*refuses_resume);
    for (room::PlayedStream& line : guests.at(guest)) line.is_active = true;
    return {};
  }
  void limit_layers(PeerId, std::size_t mindex, const room::LayerTargets& wanted,
                    Timestamp) override {
    limits[mindex] = wanted;
  }
  void leave(PeerId guest, Timestamp now) override {
    guests.erase(guest);
    media_.close(guest, now);
  }

  // The room removes a guest; or what it is shown is something else.
  void remove(PeerId guest, Timestamp now) {
    leave(guest, now);
    events_->on_guest_gone(guest, now);
  }
  void change(PeerId guest, bool is_active, Timestamp now) {
    for (room::PlayedStream& line : guests.at(guest)) line.is_active = is_active;
    events_->on_guest_changed(guest, now);
  }

  static std::vector<room::PlayedStream> two_lines() {
    return {{.kind = MediaKind::kAudio, .is_shown = true, .is_active = true},
            {.kind = MediaKind::kVideo,
             .is_shown = true,
             .is_active = true,
             .encodings = 3,
             .layer = Layer{2, 1}}};
  }

  static inline const room::Id kRoom{std::uint64_t{1234}};
  static constexpr std::string_view kSecret = "the secret";
  std::string token;  // that opens the room; empty: none is needed
  bool is_closed = false;
  std::optional<room::GuestRefusal> refuses, refuses_offer, refuses_resume;
  std::map<PeerId, std::vector<room::PlayedStream>> guests;
  std::map<std::size_t, room::LayerTargets> limits;
  std::optional<room::GuestPublish> published;
  std::optional<room::Id> feed;
  int answers = 0;
  int resumes = 0;

 private:
  static std::unexpected<room::GuestError> refuse(room::GuestRefusal why) {
    return std::unexpected(room::GuestError{why, "as the test wants it"});
  }
  std::expected<void, room::GuestError> add(PeerId guest, std::vector<room::PlayedStream> lines) {
    guests[guest] = std::move(lines);
    media_.peers[guest];
    return {};
  }

  FakeMedia& media_;
  room::GuestEvents* events_ = nullptr;
  PeerId last_id_ = 100;
};

}  // namespace penstock::whip
