// Handles against reclaim: dataplane/pool/object_pool.h (pool.h here) with the grace periods of
// dataplane/dpdk/qsbr.h (qsbr.h here) and one slot, which objects take in turn. Handles reach the
// workers without any order of their own, and workers keep them for ever: nothing but the pool and
// the grace period makes them safe.
//
// What is checked: a handle resolves to its own object, constructed and not yet destroyed, or to
// null; whoever has found null finds null for ever.
#include "tests/model/pool.h"

#include <array>

#include "tests/model/qsbr.h"

namespace penstock::model {
namespace {

// Knows which life of its slot it is.
struct Object {
  Plain<std::uint32_t> life{0};  // 0: destroyed

  void construct(std::uint32_t which) { life.set(which); }
  void destroy() { life.set(0); }
};

struct PoolModel : rl::test_suite<PoolModel, 3> {
  static constexpr std::size_t kWorkers = 2;
  static constexpr std::uint32_t kLives = 2;
  static constexpr int kPolls = 3;

  void thread(unsigned index) { index == kWorkers ? control() : work(index); }

  // What a worker knows of one life: its handle, once it has heard of it.
  struct Known {
    Handle handle;
    bool has_resolved = false;
    bool is_gone = false;
  };
  using KnownLives = std::array<Known, kLives>;

  void use(Object* object, std::uint32_t life) {
    require(object->life.get() == life, "a handle resolves to its own object, while it lives");
    ++uses;
  }

  void iterate(KnownLives& lives) {
    for (std::uint32_t i = 0; i < kLives; ++i) {
      Known& known = lives[i];
      if (known.handle.is_null()) known.handle = Handle::from_bits(handles[i].load(rl::mo_relaxed));
      Object* object = pool.resolve(known.handle);
      if (object != nullptr) {
        require(!known.is_gone, "a handle that stopped resolving does so for ever");
        use(object, i + 1);
        known.has_resolved = true;
      } else {
        known.is_gone = known.has_resolved;
      }
    }
  }

  void work(unsigned worker) {
    KnownLives lives;
    qsbr.go_online(worker);
    iterate(lives);
    if (is_broken(PoolBreak::kKeepsPointerOverReport)) {
      Object* kept = pool.resolve(lives[0].handle);
      qsbr.report_quiescent(worker);
      if (kept != nullptr) use(kept, 1);
    } else {
      qsbr.report_quiescent(worker);
    }
    iterate(lives);
    qsbr.go_offline(worker);
    qsbr.go_online(worker);
    iterate(lives);
    qsbr.go_offline(worker);
  }

  std::uint64_t retire(Handle handle) {
    std::uint64_t token = 0;
    if (is_broken(PoolBreak::kTokenBeforeUnlink)) token = qsbr.start();
    pool.unlink(handle);
    if (!is_broken(PoolBreak::kTokenBeforeUnlink)) token = qsbr.start();
    return token;
  }

  bool has_ended(std::uint64_t token) {
    if (is_broken(PoolBreak::kReclaimWithoutCheck)) return true;
    return qsbr.has_ended(is_broken(PoolBreak::kReclaimOneTokenEarly) ? token - 1 : token);
  }

  void control() {
    for (std::uint32_t life = 1; life <= kLives; ++life) {
      const Handle handle = pool.allocate(life);
      if (handle.is_null()) return;  // the object before is still waited for
      handles[life - 1].store(handle.bits(), rl::mo_relaxed);
      const unsigned uses_before = uses;
      const std::uint64_t token = retire(handle);
      for (int poll = 0; poll < kPolls; ++poll) {
        if (!has_ended(token)) continue;
        pool.reclaim(handle);
        if (life == kLives && uses_before != 0) witness();
        break;
      }
    }
  }

  Qsbr<kWorkers> qsbr;
  Pool<Object, 1> pool;
  std::array<Atomic<std::uint64_t>, kLives> handles;
  unsigned uses = 0;  // not of the model: tells when what is checked was contended
};

TEST(Model, Pool) {
  Exploration<PoolModel, PoolBreak> pool("pool");
  pool.verify();
  pool.kill(PoolBreak::kAllocateRelaxed, "allocate stores the generation relaxed");
  pool.kill(PoolBreak::kResolveRelaxed, "resolve loads the generation relaxed");
  pool.kill(PoolBreak::kPublishBeforeConstruction, "the generation is odd before construction");
  pool.kill(PoolBreak::kUnlinkKeepsGeneration, "unlink leaves the generation as it is");
  pool.kill(PoolBreak::kReuseKeepsGeneration, "a slot is used again with the same generation");
  pool.kill(PoolBreak::kTokenBeforeUnlink, "the token is taken before the object is unlinked");
  pool.kill(PoolBreak::kReclaimWithoutCheck, "nobody waits for the grace period");
  pool.kill(PoolBreak::kReclaimOneTokenEarly, "objects are reclaimed one token early");
  pool.kill(PoolBreak::kKeepsPointerOverReport, "a worker keeps a pointer over its report");
}

}  // namespace
}  // namespace penstock::model
