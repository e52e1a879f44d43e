// The connections that are in their TLS handshake. There may be so many at a time; over that the
// one that began first is ended: who answers at once is through long before, and who does not
// cannot keep others out. Owned by the listeners, on the control thread; outlives the places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace penstock {

class TlsHandshakes {
 public:
  class Place {
   public:
    ~Place() { all_.in_progress_.erase(number_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend TlsHandshakes;
    Place(TlsHandshakes& all, std::uint64_t number) : all_(all), number_(number) {}

    TlsHandshakes& all_;
    std::uint64_t number_;
  };

  explicit TlsHandshakes(std::size_t max) : max_(max) {}

  // `end` ends the connection, a little later; called from within begin() of another one.
  [[nodiscard]] Place begin(std::function<void()> end) {
    if (in_progress_.size() >= max_) {
      const auto first = in_progress_.extract(in_progress_.begin());
      first.mapped()();
    }
    const std::uint64_t number = next_++;
    in_progress_.emplace(number, std::move(end));
    return {*this, number};
  }

  std::size_t size() const { return in_progress_.size(); }

 private:
  const std::size_t max_;  // at least 1
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::function<void()>> in_progress_;
};

}  // namespace penstock
