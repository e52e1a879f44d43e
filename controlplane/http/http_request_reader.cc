#include "controlplane/http/http_request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "controlplane/signalling/limits.h"
#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_forbidden(char c) { return is_control(c) && c != '\t' && c != '\r' && c != '\n'; }

bool is_host_character(char c) {
  return c > ' ' && c < 0x7F && std::string_view(",/@\\\"<>?#").find(c) == std::string_view::npos;
}

// Why the parser stopped, as a status code.
unsigned status_of(const boost::beast::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

std::optional<HttpRefusal> check_framing(const HttpRequest& request) {
  const std::size_t lengths = request.count(http::field::content_length);
  const std::size_t encodings = request.count(http::field::transfer_encoding);
  if (lengths > 1) return HttpRefusal{400, "more than one Content-Length"};
  if (lengths == 1 && encodings > 0) {
    return HttpRefusal{400, "both Content-Length and Transfer-Encoding"};
  }
  if (lengths == 1) {
    const std::string_view value = view(request[http::field::content_length]);
    const bool is_number = !value.empty() && std::ranges::all_of(value, is_digit);
    if (!is_number) return HttpRefusal{400, "Content-Length is not a number"};
  }
  if (encodings == 0) return std::nullopt;
  if (request.version() < 11) return HttpRefusal{400, "Transfer-Encoding in HTTP/1.0"};
  if (encodings > 1 ||
      !equals_ignoring_case(view(request[http::field::transfer_encoding]), "chunked")) {
    return HttpRefusal{501, "no transfer coding but chunked is understood"};
  }
  return std::nullopt;
}

std::optional<HttpRefusal> check_host(const HttpRequest& request) {
  const std::size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() >= 11)) {
    return HttpRefusal{400, "there must be one Host"};
  }
  const std::string_view host = view(request[http::field::host]);
  if (!std::all_of(host.begin(), host.end(), is_host_character)) {
    return HttpRefusal{400, "Host is malformed"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<HttpRefusal> check_head_bytes(std::string_view head) {
  if (head.size() > kHttpHeaderBytesMax) {
    return HttpRefusal{431, "header fields exceed 8192 bytes"};
  }
  std::size_t lines = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (is_forbidden(head[i])) return HttpRefusal{400, "control character in the header"};
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r')) {
      return HttpRefusal{400, "a line ends in LF without CR"};
    }
    if (head[i] == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) {
      return HttpRefusal{400, "CR without LF"};
    }
    const bool starts_line = i == 0 || head[i - 1] == '\n';
    if (starts_line && (head[i] == ' ' || head[i] == '\t')) {
      return HttpRefusal{400, "a header field is folded"};
    }
    if (head[i] == '\n') ++lines;
  }
  // The request line and the blank line are no fields.
  if (lines > kHttpHeaderFieldsMax + 2) return HttpRefusal{431, "more than 64 header fields"};
  return std::nullopt;
}

std::optional<HttpRefusal> check_head_fields(const HttpRequest& request) {
  if (request.version() != 10 && request.version() != 11) {
    return HttpRefusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken"};
  }
  if (request.target().size() > kHttpTargetBytesMax) {
    return HttpRefusal{414, "the request target exceeds 2048 bytes"};
  }
  if (auto refusal = check_host(request)) return refusal;
  if (auto refusal = check_framing(request)) return refusal;
  const std::string_view expect = view(request[http::field::expect]);
  if (!expect.empty() && !equals_ignoring_case(expect, "100-continue")) {
    return HttpRefusal{417, "only 100-continue can be expected"};
  }
  return std::nullopt;
}

HttpRequestReader::HttpRequestReader(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {
  parser_.eager(true);
  parser_.header_limit(kHttpHeaderBytesMax);
  parser_.body_limit(body_bytes_max);
}

HttpRequestReader::State HttpRequestReader::advance(std::string& received) {
  if (state_ == State::kHead) read_head(received);
  if (state_ == State::kBody) chunks_ ? read_chunks(received) : read_body(received);
  return state_;
}

bool HttpRequestReader::expects_continue() const {
  return state_ == State::kBody && parser_.get().version() >= 11 &&
         !parser_.get()[http::field::expect].empty();
}

std::size_t HttpRequestReader::body_bytes_left() const {
  return chunks_ ? body_bytes_max_ : parser_.content_length_remaining().value_or(0);
}

HttpRequestReader::State HttpRequestReader::refuse(unsigned status, std::string reason) {
  refusal_ = {status, std::move(reason)};
  return state_ = State::kRefused;
}

HttpRequestReader::State HttpRequestReader::read_head(std::string& received) {
  // One blank line before a request is noise that old clients make (RFC 9112 section 2.2).
  if (!skipped_blank_line_ && received.starts_with("\r\n")) {
    skipped_blank_line_ = true;
    scanned_ = 0;
    received.erase(0, 2);
  }
  const std::size_t from = scanned_ < kHeadEnd.size() ? 0 : scanned_ - kHeadEnd.size();
  const std::size_t end = received.find(kHeadEnd, from);
  scanned_ = received.size();
  if (end == std::string::npos) {
    // Do not wait for an end that may never come to say what is wrong already.
    std::string_view so_far = received;
    if (so_far.ends_with('\r')) so_far.remove_suffix(1);
    if (auto refusal = check_head_bytes(so_far)) return refuse(refusal->status, refusal->reason);
    return state_;
  }
  const std::string_view head(received.data(), end + kHeadEnd.size());
  if (auto refusal = check_head_bytes(head)) return refuse(refusal->status, refusal->reason);
  if (std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(head.find('\r')), ' ') !=
      2) {
    return refuse(400, "the request line is malformed");
  }
  std::size_t consumed = 0;
  if (!put(head, consumed)) return state_;
  if (auto refusal = check_head_fields(parser_.get())) {
    return refuse(refusal->status, refusal->reason);
  }
  received.erase(0, head.size());
  if (parser_.get().count(http::field::transfer_encoding) > 0) chunks_.emplace(body_bytes_max_);
  return state_ = parser_.is_done() ? State::kComplete : State::kBody;
}

HttpRequestReader::State HttpRequestReader::read_body(std::string& received) {
  std::size_t consumed = 0;
  while (!received.empty() && !parser_.is_done()) {
    if (!put(received, consumed)) return state_;
    received.erase(0, consumed);
    if (consumed == 0) break;
  }
  return parser_.is_done() ? state_ = State::kComplete : state_;
}

HttpRequestReader::State HttpRequestReader::read_chunks(std::string& received) {
  switch (chunks_->advance(received)) {
    case ChunkedBody::State::kUnfinished:
      return state_;
    case ChunkedBody::State::kMalformed:
      return refuse(400, "the chunks of the body are malformed");
    case ChunkedBody::State::kTooLarge:
      return refuse(413, "the body is too large");
    case ChunkedBody::State::kComplete:
      break;
  }
  parser_.get().body() = chunks_->take();
  return state_ = State::kComplete;
}

bool HttpRequestReader::put(std::string_view bytes, std::size_t& consumed) {
  boost::beast::error_code error;
  consumed = parser_.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (!error || error == http::error::need_more) return true;
  refuse(status_of(error), error.message());
  return false;
}

}  // namespace penstock
