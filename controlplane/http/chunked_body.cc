#include "controlplane/http/chunked_body.h"

#include <algorithm>
#include <charconv>

#include "controlplane/signalling/limits.h"
#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// More are leading zeros.
constexpr std::size_t kSizeDigitsMax = 16;

}  // namespace

ChunkedBody::State ChunkedBody::advance(std::string& received) {
  std::string_view rest = received;
  bool goes_on = state_ == State::kUnfinished;
  while (goes_on) {
    switch (next_) {
      case Next::kSize:
        goes_on = read_size(rest);
        break;
      case Next::kData:
        goes_on = read_data(rest);
        break;
      case Next::kDataEnd:
        goes_on = read_data_end(rest);
        break;
      case Next::kTrailer:
        goes_on = read_trailer(rest);
        break;
    }
  }
  received.erase(0, received.size() - rest.size());
  return state_;
}

bool ChunkedBody::read_size(std::string_view& rest) {
  const auto line = take_line(rest);
  if (!line) return false;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), size, 16);
  const auto digits = static_cast<std::size_t>(end - line->data());
  const std::string_view extension = line->substr(digits);
  // An extension begins with a semicolon, perhaps behind white space (section 7.1.1).
  const std::size_t begin = extension.find_first_not_of(" \t");
  const bool is_extension = begin != std::string_view::npos && extension[begin] == ';';
  if (digits == 0 || digits > kSizeDigitsMax || (!extension.empty() && !is_extension)) {
    return fail(State::kMalformed);
  }
  if (error != std::errc{} || size > bytes_max_ - body_.size()) return fail(State::kTooLarge);
  ignored_bytes_ += extension.size();
  if (ignored_bytes_ > kHttpHeaderBytesMax) return fail(State::kMalformed);
  chunk_left_ = size;
  next_ = size == 0 ? Next::kTrailer : Next::kData;
  return true;
}

bool ChunkedBody::read_data(std::string_view& rest) {
  const std::size_t taken = std::min(chunk_left_, rest.size());
  body_.append(rest.substr(0, taken));
  rest.remove_prefix(taken);
  chunk_left_ -= taken;
  if (chunk_left_ == 0) next_ = Next::kDataEnd;
  return chunk_left_ == 0;
}

bool ChunkedBody::read_data_end(std::string_view& rest) {
  if (!kLineEnd.starts_with(rest.substr(0, kLineEnd.size()))) return fail(State::kMalformed);
  if (rest.size() < kLineEnd.size()) return false;
  rest.remove_prefix(kLineEnd.size());
  next_ = Next::kSize;
  return true;
}

bool ChunkedBody::read_trailer(std::string_view& rest) {
  const auto line = take_line(rest);
  if (!line) return false;
  if (line->empty()) {
    state_ = State::kComplete;
    return false;
  }
  ignored_bytes_ += line->size();
  const bool is_field = line->find(':') != std::string_view::npos && line->front() != ':' &&
                        line->front() != ' ' && line->front() != '\t';
  if (!is_field || ignored_bytes_ > kHttpHeaderBytesMax) return fail(State::kMalformed);
  return true;
}

std::optional<std::string_view> ChunkedBody::take_line(std::string_view& rest) {
  const std::size_t size = std::min(rest.find('\n'), rest.size());
  const bool is_whole = size < rest.size();
  std::string_view line = rest.substr(0, size);
  // A CR that has no LF yet may be half of the end.
  const bool has_cr = line.ends_with('\r');
  if (has_cr) line.remove_suffix(1);
  if (line.size() > kHttpHeaderBytesMax || (is_whole && !has_cr) ||
      std::ranges::any_of(line, [](char c) { return is_control(c) && c != '\t'; })) {
    fail(State::kMalformed);
    return std::nullopt;
  }
  if (!is_whole) return std::nullopt;
  rest.remove_prefix(size + 1);
  return line;
}

}  // namespace penstock
