// Grace periods (qsbr.h here, which says what it mirrors) as dataplane/dpdk/worker_loop.h and
// dataplane/pool/retire_list.h use them: a worker goes online, resolves and uses objects, reports
// once per iteration, and goes offline before it sleeps; the control thread unlinks an object,
// takes a token, asks without waiting, and reclaims in order.
//
// What is checked: nobody reads an object that was reclaimed, or while it is.
#include "tests/model/qsbr.h"

#include <array>

namespace penstock::model {
namespace {

struct QsbrModel : rl::test_suite<QsbrModel, 3> {
  static constexpr std::size_t kWorkers = 2;
  static constexpr std::size_t kObjects = 2;
  static constexpr int kPolls = 3;
  static constexpr std::uint32_t kGone = kObjects;  // what is published when there is no object

  enum ObjectState { kDestroyed, kConstructed };

  void before() {
    for (auto& object : objects) object.set(kConstructed);
  }

  void thread(unsigned index) { index == kWorkers ? control() : work(index); }

  void use() {
    const std::uint32_t index = published.load(rl::mo_acquire);
    if (index != kGone) require(objects[index].get() == kConstructed, "no use after reclaim");
  }

  // Two iterations, a sleep and one more.
  void work(unsigned worker) {
    if (is_broken(QsbrBreak::kResolveBeforeOnline)) {
      const std::uint32_t early = published.load(rl::mo_acquire);
      qsbr.go_online(worker);
      if (early != kGone) require(objects[early].get() == kConstructed, "no use after reclaim");
    } else {
      qsbr.go_online(worker);
    }
    use();
    if (is_broken(QsbrBreak::kReportBeforeLastUse)) {
      const std::uint32_t kept = published.load(rl::mo_acquire);
      qsbr.report_quiescent(worker);
      if (kept != kGone) require(objects[kept].get() == kConstructed, "no use after reclaim");
    } else {
      qsbr.report_quiescent(worker);
    }
    use();
    qsbr.report_quiescent(worker);
    qsbr.go_offline(worker);
    if (!is_broken(QsbrBreak::kStaysOfflineAfterSleep)) qsbr.go_online(worker);
    use();
    qsbr.go_offline(worker);
    ++workers_done;
  }

  struct Retired {
    std::uint32_t object;
    std::uint64_t token;
  };

  Retired retire(std::uint32_t object) {
    std::uint64_t token = 0;
    if (is_broken(QsbrBreak::kTokenBeforeUnlink)) token = qsbr.start();
    published.store(object + 1, rl::mo_release);
    if (!is_broken(QsbrBreak::kTokenBeforeUnlink)) token = qsbr.start();
    return {object, token};
  }

  bool has_ended(std::uint64_t token) {
    if (is_broken(QsbrBreak::kReclaimWithoutCheck)) return true;
    return qsbr.has_ended(is_broken(QsbrBreak::kReclaimOneTokenEarly) ? token - 1 : token);
  }

  void control() {
    std::array<Retired, kObjects> retired{};
    std::size_t first = 0;
    std::size_t size = 0;
    for (std::uint32_t object = 0; object < kObjects; ++object) {
      retired[size++] = retire(object);
      for (int poll = 0; poll < kPolls; ++poll) {
        for (; first < size && has_ended(retired[first].token); ++first) {
          objects[retired[first].object].set(kDestroyed);
        }
      }
    }
    if (first == kObjects && workers_done == 0) witness();
  }

  Qsbr<kWorkers> qsbr;
  Atomic<std::uint32_t> published;
  std::array<Plain<int>, kObjects> objects;
  unsigned workers_done = 0;  // not of the model: tells when what is checked was contended
};

TEST(Model, Qsbr) {
  Exploration<QsbrModel, QsbrBreak> qsbr("qsbr");
  qsbr.verify();
  qsbr.kill(QsbrBreak::kNoFenceInStart, "no fence between unlinking and looking at the workers");
  qsbr.kill(QsbrBreak::kNoFenceOnline, "no fence between going online and resolving");
  qsbr.kill(QsbrBreak::kTokenAddRelaxed, "the token is added relaxed");
  qsbr.kill(QsbrBreak::kTokenLoadRelaxed, "a worker loads the token relaxed");
  qsbr.kill(QsbrBreak::kReportRelaxed, "a worker reports relaxed");
  qsbr.kill(QsbrBreak::kOfflineRelaxed, "a worker goes offline relaxed");
  qsbr.kill(QsbrBreak::kCheckRelaxed, "the control thread loads the counters relaxed");
  qsbr.kill(QsbrBreak::kTokenBeforeUnlink, "the token is taken before the object is unlinked");
  qsbr.kill(QsbrBreak::kReclaimWithoutCheck, "nobody waits for the grace period");
  qsbr.kill(QsbrBreak::kReclaimOneTokenEarly, "objects are reclaimed one token early");
  qsbr.kill(QsbrBreak::kReportBeforeLastUse, "a worker reports before it is done with a pointer");
  qsbr.kill(QsbrBreak::kResolveBeforeOnline, "a worker resolves before it goes online");
  qsbr.kill(QsbrBreak::kStaysOfflineAfterSleep, "a worker does not go online after it slept");
}

}  // namespace
}  // namespace penstock::model
