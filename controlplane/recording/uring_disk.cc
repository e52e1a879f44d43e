#include "controlplane/recording/uring_disk.h"

#include <liburing.h>

#include <cerrno>
#include <utility>

#include "dataplane/base/check.h"

namespace penstock::recording {

std::unique_ptr<UringDisk> UringDisk::open(const std::filesystem::path& folder) {
  auto ring = std::make_unique<io_uring>();
  if (::io_uring_queue_init(kInFlightMax, ring.get(), 0) != 0) return nullptr;
  return std::unique_ptr<UringDisk>(new UringDisk(folder, std::move(ring)));
}

UringDisk::UringDisk(const std::filesystem::path& folder, std::unique_ptr<io_uring> ring)
    : PosixDisk(folder), ring_(std::move(ring)) {}

UringDisk::~UringDisk() {
  while (in_flight_ != 0) {
    io_uring_cqe* cqe = nullptr;
    if (::io_uring_wait_cqe(ring_.get(), &cqe) != 0) continue;
    const std::size_t index = ::io_uring_cqe_get_data64(cqe);
    const int result = cqe->res;
    ::io_uring_cqe_seen(ring_.get(), cqe);
    complete(index, result);
  }
  ::io_uring_queue_exit(ring_.get());
}

std::size_t UringDisk::take_operation() {
  PENSTOCK_CHECK(has_room());
  std::size_t index = 0;
  while (operations_[index].is_under_way) ++index;
  operations_[index] = {.is_under_way = true};
  ++in_flight_;
  return index;
}

void UringDisk::write(Write write) {
  preallocate(write.file, write.offset + write.buffer.size());
  const std::size_t index = take_operation();
  operations_[index].write = std::move(write);
  submit(index);
}

void UringDisk::sync(FileId file, std::uint64_t owner) {
  const std::size_t index = take_operation();
  operations_[index].write.file = file;
  operations_[index].write.owner = owner;
  operations_[index].is_sync = true;
  submit(index);
}

// There is always a place for it, as there are as many as operations.
void UringDisk::submit(std::size_t index) {
  Operation& operation = operations_[index];
  io_uring_sqe* sqe = ::io_uring_get_sqe(ring_.get());
  PENSTOCK_CHECK(sqe != nullptr);
  const Write& write = operation.write;
  if (operation.is_sync) {
    ::io_uring_prep_fsync(sqe, write.file, IORING_FSYNC_DATASYNC);
  } else {
    ::io_uring_prep_write(sqe, write.file, write.buffer.data() + operation.written,
                          static_cast<unsigned>(write.buffer.size() - operation.written),
                          write.offset + operation.written);
  }
  ::io_uring_sqe_set_data64(sqe, index);
  int submitted = 0;
  do submitted = ::io_uring_submit(ring_.get());
  while (submitted == -EINTR || submitted == -EAGAIN);
  if (submitted < 0) complete(index, submitted);
}

void UringDisk::complete(std::size_t index, int result) {
  Operation& operation = operations_[index];
  if (!operation.is_sync && result > 0) {
    operation.written += static_cast<std::size_t>(result);
    if (operation.written < operation.write.buffer.size()) return submit(index);
  }
  const bool is_sync = operation.is_sync;
  Write write = std::move(operation.write);
  operation = {};
  --in_flight_;
  if (is_sync) {
    if (result < 0) done_.push_back({.owner = write.owner, .error = -result, .is_sync = true});
    return;
  }
  const int error = result > 0 ? 0 : result == 0 ? EIO : -result;
  done_.push_back({.owner = write.owner, .error = error, .buffer = std::move(write.buffer)});
}

std::optional<Disk::Done> UringDisk::take_done() {
  io_uring_cqe* cqe = nullptr;
  while (::io_uring_peek_cqe(ring_.get(), &cqe) == 0) {
    const std::size_t index = ::io_uring_cqe_get_data64(cqe);
    const int result = cqe->res;
    ::io_uring_cqe_seen(ring_.get(), cqe);
    complete(index, result);
  }
  return PosixDisk::take_done();
}

std::unique_ptr<Disk> open_disk(const std::filesystem::path& folder, std::string& kind) {
  if (auto disk = UringDisk::open(folder)) {
    kind = "io_uring";
    return disk;
  }
  kind = "pwrite";
  return std::make_unique<PosixDisk>(folder);
}

}  // namespace penstock::recording
