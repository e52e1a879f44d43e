// Goal: the proofs of docs/lifetimes.md fail when they should. Method:
// each deliberate bug is switched on in a child process that runs a scenario in which the rule it
// breaks matters; at least one proof must catch it there, and none without the bug. The table says
// which.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/test_hooks.h"
#include "tests/faults/scenarios.h"

namespace penstock {
namespace {

using test_hooks::PlantedBug;

struct PlantedCase {
  const char* name;
  PlantedBug bug;
  void (*scenario)();
};

constexpr PlantedCase kCases[] = {
    {"skip unlink", PlantedBug::kSkipUnlink, test::run_call},
    {"skip retire", PlantedBug::kSkipRetire, test::run_call},
    {"reclaim one epoch early", PlantedBug::kReclaimOneEpochEarly, test::run_call},
    {"reclaim twice", PlantedBug::kReclaimTwice, test::run_call},
    {"token taken before the unlink", PlantedBug::kTokenBeforeUnlink, test::run_call},
    {"grace period of one worker only", PlantedBug::kTokenOfOneWorker, test::run_call},
    {"write through a stale pointer", PlantedBug::kWriteAfterReclaim, test::run_call},
    {"write past the end of an object", PlantedBug::kWritePastTheEnd, test::run_call},
    {"leak: subscription without a chunk", PlantedBug::kKeepUnlistedSubscription,
     test::run_creates_with_failures},
    {"empty fan-out chunk not retired", PlantedBug::kKeepEmptyChunk, test::run_call},
    {"packet of an ended transport lost", PlantedBug::kLosePacketOfEndedTransport, test::run_call},
    {"subscription outlives its publisher", PlantedBug::kKeepSubscriptionOfEndedFeed,
     test::run_call},
    {"session end forgets a handle", PlantedBug::kForgetHandlesOfEndedSession, test::run_call},
    {"dummy publisher outlives its room", PlantedBug::kKeepDummyPublisher, test::run_dummy_room},
    {"leak: streams of a failed offer", PlantedBug::kKeepStreamsOfFailedOffer,
     test::run_publish_with_failures},
    {"leak: peer of a failed offer", PlantedBug::kKeepPeerOfFailedOffer,
     test::run_publish_with_failures},
    {"leak: ufrag of a failed restart", PlantedBug::kKeepUfragOfFailedRestart,
     test::run_restart_with_failures},
    {"leak: handle of a failed attach", PlantedBug::kKeepHandleOfFailedAttach,
     test::run_attach_with_failures},
    {"leak: participant of a failed join", PlantedBug::kKeepParticipantOfFailedJoin,
     test::run_join_with_failures},
    {"leak: room of a failed dummy", PlantedBug::kKeepRoomOfFailedDummy,
     test::run_dummy_room_with_failures},
};

// How a proof speaks when it fails, and its name. The first that matches is the one that caught it.
struct Proof {
  std::string_view says;
  std::string_view name;
};
constexpr Proof kProofs[] = {
    {"AddressSanitizer", "AddressSanitizer"},
    {"pool_slot.h", "canary or poison"},
    {"object_pool.h", "generation check"},
    {"while a worker may have read it", "grace oracle"},
    {"is_conserved", "conservation"},
    {"without an owner", "ownership walk"},
    {"with two owners", "ownership walk"},
    {"owned and gone", "ownership walk"},
    {"is still there", "return to baseline"},
    {"not everything is as it was", "return to baseline"},
    {"packet buffers leaked", "return to baseline"},
    {"retired", "return to baseline"},
    {"says it was", "state before the call"},
    {"is not done when", "ending always done"},
};

struct Outcome {
  bool is_clean = false;
  std::string output;
};

// A child of its own for each: proofs may abort, and what leaks goes with it.
Outcome run_in_child(void (*scenario)(), PlantedBug bug) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    test_hooks::state().planted = bug;
    scenario();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  close(ends[1]);
  Outcome outcome;
  std::array<char, 4'096> buffer;
  for (ssize_t bytes; (bytes = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    outcome.output.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return outcome;
}

std::string_view caught_by(const Outcome& outcome) {
  for (const Proof& proof : kProofs) {
    if (outcome.output.find(proof.says) != std::string::npos) return proof.name;
  }
  return "?";
}

TEST(PlantedBugs, NoneSurvives) {
  // All children first: a child would inherit the failures of its parent.
  std::vector<std::pair<Outcome, Outcome>> outcomes;
  for (const PlantedCase& planted : kCases) {
    Outcome clean = run_in_child(planted.scenario, PlantedBug::kNone);
    outcomes.emplace_back(std::move(clean), run_in_child(planted.scenario, planted.bug));
  }
  std::size_t caught = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& [clean, outcome] = outcomes[i];
    const std::string_view proof = outcome.is_clean ? "SURVIVED" : caught_by(outcome);
    std::printf("%-40s %.*s\n", kCases[i].name, static_cast<int>(proof.size()), proof.data());
    EXPECT_TRUE(clean.is_clean) << kCases[i].name << ": fails without the bug\n" << clean.output;
    EXPECT_FALSE(outcome.is_clean) << kCases[i].name << " survived";
    EXPECT_NE(proof, "?") << kCases[i].name << ": it failed, but no proof did\n" << outcome.output;
    if (!outcome.is_clean && proof != "?") ++caught;
  }
  std::printf("%zu of %zu planted bugs caught\n", caught, std::size(kCases));
  EXPECT_EQ(caught, std::size(kCases));
}

}  // namespace
}  // namespace penstock
