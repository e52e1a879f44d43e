#include "controlplane/janus/videoroom/host_requests.h"

#include <algorithm>
#include <memory>

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/host_names.h"
#include "controlplane/janus/videoroom/telling.h"

namespace penstock::janus::videoroom {
namespace {

// The answer to one that waits for names.
class HostAnswer final : public Continuation {
 public:
  HostAnswer(const Context& context, const json::object& body, HostNames::Ticket ticket,
             HostVerb verb)
      : context_(context), body_(body), ticket_(ticket), verb_(verb) {}
  ~HostAnswer() override { context_.names.forget(ticket_); }
  HostAnswer(const HostAnswer&) = delete;
  HostAnswer& operator=(const HostAnswer&) = delete;

  bool is_sleeping() const override { return context_.names.outcome(ticket_) == nullptr; }
  std::optional<Result> run(std::string& answer, Timestamp now) override {
    const NameJob* names = context_.names.outcome(ticket_);
    if (names == nullptr) return std::nullopt;
    return verb_(context_, body_, names, now, [&](ObjectText reply) -> Result {
      answer += std::move(reply).text();
      return {};
    });
  }

 private:
  const Context& context_;
  const json::object body_;
  const HostNames::Ticket ticket_;
  const HostVerb verb_;
};

}  // namespace

std::expected<Participant, Error> find_managed_publisher(const Context& context,
                                                         const ManagedRoom& wanted,
                                                         const room::Id& publisher_id,
                                                         std::string_view what) {
  const auto room = find_managed_room(context, wanted);
  if (!room) return std::unexpected(room.error());
  room::Publisher* publisher = (*room)->find_publisher(publisher_id);
  if (publisher != nullptr) return Participant{*room, publisher};
  return fail(RoomError::kNoSuchFeed,
              "No such " + std::string(what) + " (" + publisher_id.to_string() + ")");
}

std::expected<Participant, Error> find_forwarding(const Context& context, const ManagedRoom& wanted,
                                                  const room::Id& publisher_id,
                                                  std::optional<std::string_view> admin_key) {
  if (context.config.forwarding.needs_admin_key) {
    if (const Result checked = check_admin_key(context, admin_key); !checked)
      return std::unexpected(checked.error());
  }
  return find_managed_publisher(context, wanted, publisher_id, "feed");
}

void add_name(const WantedHost& host, std::vector<std::string>& names) {
  std::string name(host.name);
  const bool is_name = !parse_ip_address(name).has_value();
  if (is_name && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

std::expected<SocketAddress, Error> destination_of(const Context& context, const WantedHost& host,
                                                   std::uint16_t port, std::uint16_t rtcp_port,
                                                   const NameJob* names) {
  using enum WantedHost::Family;
  const std::string name(host.name);
  std::vector<IpAddress> addresses;
  if (const auto address = parse_ip_address(name)) {
    addresses.push_back(*address);
  } else if (names != nullptr) {
    const auto found = std::ranges::find(names->names, name);
    const auto place = static_cast<std::size_t>(found - names->names.begin());
    if (place < names->addresses.size()) addresses = names->addresses[place];
  }
  const auto chosen = std::ranges::find_if(addresses, [&](const IpAddress& address) {
    return host.family == kAny || address.is_v4() == (host.family == kIpv4);
  });
  if (chosen == addresses.end()) {
    return fail(RoomError::kInvalidElement, "Could not resolve address (" + name + ")...");
  }
  for (const SocketAddress& to :
       {SocketAddress{*chosen, port}, SocketAddress{*chosen, rtcp_port}}) {
    if (to.port == 0) continue;
    const std::string refusal = context.config.forwarding.refusal(to);
    if (!refusal.empty()) {
      return fail(RoomError::kUnauthorized,
                  "Forwarding to " + to_string(to) + " is not allowed (" + refusal + ")");
    }
  }
  return SocketAddress{*chosen, port};
}

Result run_with_names(const Context& context, const Request& request,
                      std::vector<std::string> names, HostVerb verb) {
  if (names.empty()) {
    return verb(context, request.body, nullptr, request.now,
                [&](ObjectText reply) { return answer(request, std::move(reply)); });
  }
  auto prepared = context.names.prepare(std::move(names));
  if (!prepared) return std::unexpected(prepared.error());
  const RequestId id = request.answer.wait(
      std::make_unique<HostAnswer>(context, request.body, prepared->ticket(), verb));
  context.names.begin(*std::move(prepared), id);
  return {};
}

Error forward_error(const MediaError& error) {
  const bool is_bad = error.kind == MediaErrorKind::kNoUsableStream;
  return {static_cast<int>(is_bad ? RoomError::kInvalidElement : RoomError::kUnknown), error.text};
}

}  // namespace penstock::janus::videoroom
