// What clients say of their session once it is there: candidates, other ICE credentials, and the
// answer to an offer of ours.
#include <utility>
#include <vector>

#include "controlplane/signalling/limits.h"
#include "controlplane/whip/entity_tag.h"
#include "controlplane/whip/responses.h"
#include "controlplane/whip/service.h"

namespace penstock::whip {

HttpApiResponse Service::patch(const Call& call) {
  if (call.request.body.size() > kWhipBodyBytesMax) return problem(413, "the body is too large");
  const std::string_view type = call.request.header("content-type");
  if (is_type(type, kFragmentType)) return take_fragment(call);
  if (call.request.api == HttpApi::kWhep && is_type(type, kSdpType)) return take_answer(call);
  HttpApiResponse response =
      problem(415, "Content-Type: application/trickle-ice-sdpfrag is expected");
  response.headers.emplace_back("Accept-Patch", std::string(kFragmentType));
  return response;
}

HttpApiResponse Service::take_answer(const Call& call) {
  Session& session = *call.session;
  if (!session.answers_until) return problem(409, "no offer waits for an answer");
  auto facts = read_answer(call.request.body);
  if (!facts) return problem(facts.error());
  // Mids of our own offers are indices.
  std::vector<std::string> mids(rooms_.played(session.peer).size());
  for (std::size_t i = 0; i < mids.size(); ++i) mids[i] = std::to_string(i);
  const auto taken = rooms_.take_answer(session.peer, call.request.body, now_);
  if (!taken) return refusal(taken.error());
  session.remote = *std::move(facts);
  session.mids = std::move(mids);
  session.answers_until.reset();
  arm(session);
  return plain(204);
}

// Candidates are of no use to a lite agent, which learns addresses from checks: who sends them is
// told that they are fine, whatever their component and their m-line are. Credentials are what
// counts.
HttpApiResponse Service::take_fragment(const Call& call) {
  Session& session = *call.session;
  const auto fragment = sdp::parse_trickle_fragment(call.request.body);
  if (!fragment) return problem(400, fragment.error());
  // There are players that send the tag as an ETag of their own.
  std::string_view condition = call.request.header("if-match");
  if (condition.empty()) condition = call.request.header("etag");
  const Precondition precondition = check_if_match(condition, session.etag);
  if (precondition == Precondition::kDoesNot)
    return problem(412, "the session has other ICE credentials by now");
  const bool restarts = !fragment->ice_ufrag.empty() && !session.answers_until &&
                        (fragment->ice_ufrag != session.remote.ice_ufrag ||
                         fragment->ice_pwd != session.remote.ice_pwd);
  if (!restarts) {
    ++stats_.fragments;
    return plain(204);
  }
  if (precondition == Precondition::kNone)
    return problem(428, "an ICE restart needs If-Match: * or the entity tag");
  return restart_ice(session, *fragment);
}

// The session goes on with the credentials of before until the client nominates a pair with the new
// ones, and also if it never does.
HttpApiResponse Service::restart_ice(Session& session, const sdp::TrickleFragment& fragment) {
  HttpApiResponse response = plain(200);
  std::string etag = random_text(session.etag.size() / 2);
  OfferFacts remote = session.remote;
  remote.ice_ufrag = fragment.ice_ufrag;
  remote.ice_pwd = fragment.ice_pwd;
  const auto tell = [&](IceDescription& ours) {
    sdp::TrickleFragment answer;
    answer.ice_lite = true;
    answer.ice_options = {"ice2", "trickle"};  // as in the answer
    answer.ice_ufrag = std::move(ours.ufrag);
    answer.ice_pwd = std::move(ours.pwd);
    answer.media.push_back({.kind = remote.kind,
                            .mid = remote.mid,
                            .candidates = std::move(ours.candidates),
                            .end_of_candidates = true});
    response.body = sdp::write_trickle_fragment(answer);
    response.content_type = kFragmentType;
    response.headers.emplace_back("ETag", '"' + etag + '"');
  };
  const auto restarted =
      media_.restart_ice(session.peer, fragment.ice_ufrag, fragment.ice_pwd, now_, tell);
  if (!restarted) return problem(409, restarted.error().text);
  ++stats_.ice_restarts;
  session.etag = std::move(etag);
  session.remote = std::move(remote);
  return response;
}

}  // namespace penstock::whip
