// Runs models of our lock-free code under Relacy (relacy-dev), which replays a small program in as
// many interleavings, and with as many stale loads, as the C++11 memory model allows.
//
// A model is a struct M : rl::test_suite<M, kThreads> with `void thread(unsigned)`, written with
// the Atomic and Plain values below; it follows the operations and memory orders of the code that
// it names in its first lines. An enum of the model says what a mutant weakens or leaves out: one
// that is not found means that the model could not have found that mistake in our code.
//
// Limits: stale loads reach two stores back; a sequentially consistent fence orders plain accesses
// too, which C++ does not promise; release sequences are those of C++11.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <source_location>
#include <string>

// Last, because it turns words of the language into macros.
#include <relacy/relacy.hpp>

#undef $
#undef assert
#undef calloc
#undef delete
#undef free
#undef malloc
#undef memory_order_acq_rel
#undef memory_order_acquire
#undef memory_order_consume
#undef memory_order_relaxed
#undef memory_order_release
#undef memory_order_seq_cst
#undef new
#undef realloc

namespace penstock::model {

using Location = std::source_location;

inline rl::debug_info debug_info(const Location& at) {
  return {at.function_name(), at.file_name(), at.line()};
}

// std::atomic, for Relacy.
template <typename T>
class Atomic {
 public:
  explicit Atomic(T value = T()) : value_(value) {}

  T load(rl::memory_order order, Location at = Location::current()) const {
    return value_.load(order, debug_info(at));
  }
  void store(T value, rl::memory_order order, Location at = Location::current()) {
    value_.store(value, order, debug_info(at));
  }
  T exchange(T value, rl::memory_order order, Location at = Location::current()) {
    return value_.exchange(value, order, debug_info(at));
  }
  T fetch_add(T value, rl::memory_order order, Location at = Location::current()) {
    return value_.fetch_add(value, order, debug_info(at));
  }
  // Parks the thread until another wakes it; nothing happens between the operation before and this.
  void park(Location at = Location::current()) {
    value_.wait(rl::ctx(), false, false, debug_info(at));
  }
  void wake(Location at = Location::current()) { value_.wake(rl::ctx(), 1, debug_info(at)); }

 private:
  rl::atomic<T> value_;
};

// A value that is not atomic: Relacy reports accesses that race.
template <typename T>
class Plain {
 public:
  explicit Plain(T value = T()) : value_(value) {}

  T get(Location at = Location::current()) const { return value_(debug_info(at)).load(); }
  void set(T value, Location at = Location::current()) { value_(debug_info(at)).store(value); }

 private:
  rl::var<T> value_;
};

inline void full_fence(Location at = Location::current()) {
  rl::atomic_thread_fence(rl::mo_seq_cst, debug_info(at));
}

// What must be true in every execution.
inline void require(bool condition, const char* what, Location at = Location::current()) {
  if (!condition) rl::ctx().fail_test(what, rl::test_result_user_assert_failed, debug_info(at));
}

// Which mutant is running; Break::kNothing: the code as it is.
template <typename Break>
inline Break broken = Break::kNothing;

template <typename Break>
bool is_broken(Break how) {
  return broken<Break> == how;
}

// The order, which the mutant `how` relaxes.
template <typename Break>
rl::memory_order unless(Break how, rl::memory_order order) {
  return is_broken(how) ? rl::mo_relaxed : order;
}

// Counts the executions that come to what the model is about (once each: call it at one place).
inline std::uint64_t witnesses = 0;
inline void witness() { ++witnesses; }

// One model and its mutants; prints a line for each.
template <typename Model, typename Break>
class Exploration {
 public:
  static constexpr std::uint64_t kExecutions = 1'000'000;

  explicit Exploration(const char* name) : name_(name) {}

  // No execution of the model as it is fails.
  void verify() {
    const rl::test_params result = run(Break::kNothing);
    if (result.test_result != rl::test_result_success) {
      ADD_FAILURE() << name_ << ": " << rl::test_result_str(result.test_result);
      print_history(result);
    }
    EXPECT_GT(witnesses, 0U) << name_ << ": the model never came to what it is about";
    print("as it is", result);
  }

  // Some execution of the mutant does, and not for want of an end.
  void kill(Break how, const char* what) {
    const rl::test_params result = run(how);
    EXPECT_NE(result.test_result, rl::test_result_success)
        << name_ << ": nothing failed although " << what;
    EXPECT_NE(result.test_result, rl::test_result_livelock) << name_ << ": " << what;
    print(what, result);
  }

 private:
  using Scheduler = rl::random_scheduler<Model::params::thread_count>;

  static rl::test_params parameters(std::ostream& out) {
    rl::test_params params;
    params.iteration_count = kExecutions;
    params.output_stream = &out;
    params.progress_stream = &out;
    return params;
  }

  static rl::test_params run(Break how) {
    broken<Break> = how;
    witnesses = 0;
    std::ostream nowhere(nullptr);
    rl::test_params params = parameters(nowhere);
    rl::ostringstream end_state;
    rl::run_test<Model, Scheduler>(params, end_state, false);
    return params;
  }

  // The failed execution once more, step by step. Not to a stream in memory: Relacy would take its
  // buffer for memory of the model.
  static void print_history(const rl::test_params& failed) {
    rl::test_params params = parameters(std::cerr);
    params.collect_history = true;
    params.initial_state = std::to_string(failed.stop_iteration).c_str();
    rl::ostringstream end_state;
    rl::run_test<Model, Scheduler>(params, end_state, true);
  }

  void print(const char* what, const rl::test_params& result) const {
    if (result.test_result == rl::test_result_success) {
      std::printf("model: %-9s | %-58s | right in %llu random executions (%llu to the point)\n",
                  name_, what, static_cast<unsigned long long>(result.stop_iteration),
                  static_cast<unsigned long long>(witnesses));
    } else {
      std::printf("model: %-9s | %-58s | %s in execution %llu\n", name_, what,
                  rl::test_result_str(result.test_result),
                  static_cast<unsigned long long>(result.stop_iteration));
    }
    std::fflush(stdout);
  }

  const char* name_;
};

}  // namespace penstock::model
