// Where tables are written: a disk may take seconds, which the control thread has not. A job goes
// in and comes back; between the two only the executor touches it. One at a time. Made by the
// program, outlives whoever submits; used on the control thread.
#pragma once

#include <memory>
#include <utility>

#include "controlplane/storage/table_file.h"

namespace penstock {

class TableExecutor {
 public:
  virtual ~TableExecutor() = default;

  // Only when the one before has come back. Never fails and needs no memory.
  virtual void submit(std::unique_ptr<TableJob> job) = 0;
  // Whether take_done has something.
  virtual bool has_done() const = 0;
  // The job, when it has been run; else null.
  virtual std::unique_ptr<TableJob> take_done() = 0;
};

// On the thread that asks, at the moment when it asks: for the simulator and for tests, which say
// what becomes of the file.
class InlineTableExecutor final : public TableExecutor {
 public:
  explicit InlineTableExecutor(TableFile::Replace replace) : replace_(std::move(replace)) {}

  void submit(std::unique_ptr<TableJob> job) override { job_ = std::move(job); }
  bool has_done() const override { return job_ != nullptr; }
  std::unique_ptr<TableJob> take_done() override {
    if (job_ != nullptr) job_->run(replace_);
    return std::move(job_);
  }

 private:
  const TableFile::Replace replace_;
  std::unique_ptr<TableJob> job_;
};

}  // namespace penstock
