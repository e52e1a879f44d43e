#include "tests/checks/thread_counts.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "dataplane/base/check.h"

// The C library's own, under the names that it keeps for those who replace malloc.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* memory);
}

namespace penstock {
namespace {

thread_local bool is_counted = false;
std::atomic<std::uint64_t> allocation_count = 0;
std::atomic<int> made_listener = -1;

void count_allocation() {
  if (is_counted) allocation_count.fetch_add(1, std::memory_order_relaxed);
}

// Every system call is told to whoever reads the result; returning from the signal is not.
int install_filter() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  sock_fprog filter{.len = sizeof(program) / sizeof(program[0]), .filter = program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

// On the counted thread. -2: it failed.
void begin_counting(int) {
  const int saved_errno = errno;
  is_counted = true;
  const int listener = install_filter();
  made_listener.store(listener < 0 ? -2 : listener, std::memory_order_release);
  errno = saved_errno;
}

}  // namespace

ThreadCounts::ThreadCounts(pid_t thread_id) {
  allocation_count = 0;
  made_listener = -1;
  struct sigaction action{};
  action.sa_handler = begin_counting;
  action.sa_flags = SA_RESTART;
  PENSTOCK_CHECK(::sigaction(SIGUSR2, &action, nullptr) == 0);
  PENSTOCK_CHECK(::syscall(SYS_tgkill, ::getpid(), thread_id, SIGUSR2) == 0);
  while (made_listener.load(std::memory_order_acquire) == -1) std::this_thread::yield();
  listener_ = made_listener.load(std::memory_order_acquire);
  PENSTOCK_CHECK(listener_ >= 0);
  server_ = std::thread([this] { serve(); });
}

ThreadCounts::~ThreadCounts() {
  is_over_.store(true, std::memory_order_release);
  server_.join();
  ::close(listener_);
}

std::uint64_t ThreadCounts::allocations() const {
  return allocation_count.load(std::memory_order_acquire);
}

void ThreadCounts::serve() {
  pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
  while (!is_over_.load(std::memory_order_acquire)) {
    if (::poll(&waiting, 1, 10) <= 0) continue;
    seccomp_notif asked{};
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
      if (errno == EINTR || errno == ENOENT) continue;
      return;  // the thread has ended
    }
    last_system_call_.store(asked.data.nr, std::memory_order_relaxed);
    system_calls_.fetch_add(1, std::memory_order_release);
    seccomp_notif_resp answer{};
    answer.id = asked.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    static_cast<void>(::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer));
  }
}

}  // namespace penstock

// In place of the C library's, for the whole process.
extern "C" {
void* malloc(size_t bytes) {
  penstock::count_allocation();
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  penstock::count_allocation();
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, size_t bytes) {
  penstock::count_allocation();
  return __libc_realloc(memory, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  penstock::count_allocation();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  penstock::count_allocation();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  penstock::count_allocation();
  *memory = __libc_memalign(alignment, bytes);
  return *memory != nullptr ? 0 : ENOMEM;
}
void free(void* memory) {
  penstock::count_allocation();
  __libc_free(memory);
}
}
