// Mirrors dataplane/dpdk/ring.h: push_burst, pop_burst and consume over rte_ring with one producer
// and one consumer, in the C11 form of its algorithm (rte_ring_c11_pvt.h: move_prod_head,
// move_cons_head, update_tail; rte_ring_peek_elem_pvt.h: st_set_head_tail). On x86 Debian's DPDK
// compiles the older form with the same steps in the same order, each acquire and release being
// the processor's own order and a barrier to the compiler.
//
// What is checked: values arrive once, in order and whole; what they point to (a packet) is handed
// over with them; a slot is not written while it is read; counters run over 2^32.
#include <algorithm>
#include <array>

#include "tests/model/explore.h"

namespace penstock::model {
namespace {

enum class RingBreak {
  kNothing,
  kProducerTailRelaxed,
  kConsumerTailRelaxed,
  kLoadOfProducerTailRelaxed,
  kLoadOfConsumerTailRelaxed,
  kTailBeforeValues,
  kSlotsFreedBeforeCopy,
  kOneValueTooMany,
  kPacketWrittenAfterPush,
};

class Ring {
 public:
  static constexpr std::uint32_t kSlots = 4;
  static constexpr std::uint32_t kCapacity = 3;

  // rte_ring_sp_enqueue_burst_elem
  std::uint32_t push_burst(const std::uint32_t* values, std::uint32_t n) {
    const std::uint32_t head = producer_.head.get();
    const std::uint32_t other =
        consumer_.tail.load(unless(RingBreak::kLoadOfConsumerTailRelaxed, rl::mo_acquire));
    const std::uint32_t slack = is_broken(RingBreak::kOneValueTooMany) ? 2 : 0;
    n = std::min(n, kCapacity + slack + other - head);
    if (n == 0) return 0;
    producer_.head.set(head + n);
    if (is_broken(RingBreak::kTailBeforeValues)) set_producer_tail(head + n);
    for (std::uint32_t i = 0; i < n; ++i) slots_[(head + i) % kSlots].set(values[i]);
    if (!is_broken(RingBreak::kTailBeforeValues)) set_producer_tail(head + n);
    return n;
  }

  // rte_ring_sc_dequeue_burst_elem
  std::uint32_t pop_burst(std::uint32_t* values, std::uint32_t n) {
    n = start(values, n);
    if (n != 0) set_consumer_tail(taken_from_ + n);
    return n;
  }

  // rte_ring_dequeue_burst_elem_start and _finish; takes one value less than it has seen.
  std::uint32_t consume(std::uint32_t* values, std::uint32_t n) {
    n = start(values, n);
    if (n == 0) return 0;
    const std::uint32_t taken = n > 1 ? n - 1 : 1;
    const std::uint32_t tail = taken_from_;
    consumer_.head.set(tail + taken);
    set_consumer_tail(tail + taken);
    return taken;
  }

 private:
  static constexpr std::uint32_t kStart = ~std::uint32_t{1};  // about to run over

  struct Side {
    Plain<std::uint32_t> head{kStart};  // only its own side looks at it
    Atomic<std::uint32_t> tail{kStart};
  };

  std::uint32_t start(std::uint32_t* values, std::uint32_t n) {
    const std::uint32_t head = consumer_.head.get();
    const std::uint32_t other =
        producer_.tail.load(unless(RingBreak::kLoadOfProducerTailRelaxed, rl::mo_acquire));
    n = std::min(n, other - head);
    if (n == 0) return 0;
    taken_from_ = head;
    consumer_.head.set(head + n);
    if (is_broken(RingBreak::kSlotsFreedBeforeCopy)) set_consumer_tail(head + n);
    for (std::uint32_t i = 0; i < n; ++i) values[i] = slots_[(head + i) % kSlots].get();
    return n;
  }

  void set_producer_tail(std::uint32_t tail) {
    producer_.tail.store(tail, unless(RingBreak::kProducerTailRelaxed, rl::mo_release));
  }
  void set_consumer_tail(std::uint32_t tail) {
    consumer_.tail.store(tail, unless(RingBreak::kConsumerTailRelaxed, rl::mo_release));
  }

  Side producer_;
  Side consumer_;
  std::array<Plain<std::uint32_t>, kSlots> slots_;
  std::uint32_t taken_from_ = 0;  // a local of the consumer
};

struct RingModel : rl::test_suite<RingModel, 2> {
  static constexpr std::uint32_t kValues = 7;
  static constexpr int kTriesMax = 12;

  void thread(unsigned index) { index == 0 ? produce() : consume(); }

  void produce() {
    std::array<std::uint32_t, kValues> values{};
    for (std::uint32_t i = 0; i < kValues; ++i) {
      values[i] = i;
      if (!is_broken(RingBreak::kPacketWrittenAfterPush)) packets[i].set(100 + i);
    }
    std::uint32_t sent = 0;
    for (int tries = 0; tries < kTriesMax && sent < kValues; ++tries) {
      const std::uint32_t n = std::min(1 + sent % 3, kValues - sent);
      const std::uint32_t pushed = ring.push_burst(values.data() + sent, n);
      for (std::uint32_t i = 0; i < pushed; ++i) {
        if (is_broken(RingBreak::kPacketWrittenAfterPush)) packets[sent + i].set(100 + sent + i);
      }
      sent += pushed;
    }
  }

  void consume() {
    std::uint32_t received = 0;
    for (int tries = 0; tries < kTriesMax && received < kValues; ++tries) {
      std::array<std::uint32_t, 3> values{};
      const std::uint32_t n =
          tries % 2 == 0 ? ring.pop_burst(values.data(), 2) : ring.consume(values.data(), 3);
      for (std::uint32_t i = 0; i < n; ++i) {
        require(values[i] == received, "values arrive once and in order");
        require(packets[received].get() == 100 + received, "the packet comes with its pointer");
        packets[received].set(0);  // it is the consumer's now
        ++received;
      }
    }
    if (received == kValues) witness();
  }

  Ring ring;
  std::array<Plain<std::uint32_t>, kValues> packets;
};

TEST(Model, Ring) {
  Exploration<RingModel, RingBreak> ring("ring");
  ring.verify();
  ring.kill(RingBreak::kProducerTailRelaxed, "the producer stores its tail relaxed");
  ring.kill(RingBreak::kConsumerTailRelaxed, "the consumer stores its tail relaxed");
  ring.kill(RingBreak::kLoadOfProducerTailRelaxed, "the consumer loads the tail relaxed");
  ring.kill(RingBreak::kLoadOfConsumerTailRelaxed, "the producer loads the tail relaxed");
  ring.kill(RingBreak::kTailBeforeValues, "the tail moves before the values are there");
  ring.kill(RingBreak::kSlotsFreedBeforeCopy, "slots are given back before they are read");
  ring.kill(RingBreak::kOneValueTooMany, "the ring takes more values than it has slots");
  ring.kill(RingBreak::kPacketWrittenAfterPush, "the packet is written after it was pushed");
}

}  // namespace
}  // namespace penstock::model
