// Takes a request's body out of its chunks (RFC 9112 section 7.1), within limits. Chunk extensions
// and trailers are read and mean nothing. There is one way to write a size and one end of a line,
// so that a proxy in front cannot read another body than we do (section 11.2). Bytes in, bytes out:
// no sockets, no clock. Owned by the reader of one request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

class ChunkedBody {
 public:
  enum class State { kUnfinished, kComplete, kMalformed, kTooLarge };

  // `bytes_max` is of the body; what stands between the chunks has its own limit
  // (kHttpHeaderBytesMax, which is of all of it but the sizes and ends of lines).
  explicit ChunkedBody(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Takes what belongs to the body off the front of `received`. Call again with more bytes appended
  // while it is unfinished.
  State advance(std::string& received);

  State state() const { return state_; }
  std::string take() { return std::move(body_); }

 private:
  enum class Next { kSize, kData, kDataEnd, kTrailer };

  // Each takes one thing off the front; false if it is not whole yet, or wrong.
  bool read_size(std::string_view& rest);
  bool read_data(std::string_view& rest);
  bool read_data_end(std::string_view& rest);
  bool read_trailer(std::string_view& rest);
  // A line without its end; nothing if it is not whole yet, or wrong.
  std::optional<std::string_view> take_line(std::string_view& rest);
  bool fail(State state) {
    state_ = state;
    return false;
  }

  const std::size_t bytes_max_;
  State state_ = State::kUnfinished;
  Next next_ = Next::kSize;
  std::size_t chunk_left_ = 0;
  std::size_t ignored_bytes_ = 0;  // extensions and trailers
  std::string body_;
};

}  // namespace penstock
