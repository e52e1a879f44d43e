// Turns received bytes into one HTTP/1.x request, or a refusal. Boost.Beast parses; this adds what
// a public listener needs: limits, and no leniency where two parsers could disagree about where a
// request ends (request smuggling, RFC 9112 section 11.2). Bytes in, requests out: no sockets, no
// clock. One for each request, owned by its connection.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/http/chunked_body.h"

namespace penstock {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;

// An answer that ends the connection: its request was not understood, so neither is what follows.
struct HttpRefusal {
  unsigned status = 400;
  std::string reason;  // one line of plain text
};

class HttpRequestReader {
 public:
  enum class State { kHead, kBody, kComplete, kRefused };

  explicit HttpRequestReader(std::size_t body_bytes_max);

  // Takes what belongs to this request off the front of `received` and returns the state after
  // it. Call again with more bytes appended while the state is kHead or kBody.
  State advance(std::string& received);

  State state() const { return state_; }
  // Valid in kBody (header fields only) and kComplete.
  const HttpRequest& request() const { return parser_.get(); }
  // Valid in kRefused.
  const HttpRefusal& refusal() const { return refusal_; }
  // In kBody: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  // In kBody: what is announced and has not come; of a body in chunks what it may have at most.
  std::size_t body_bytes_left() const;
  // Whether the client lets the connection serve further requests.
  bool keep_alive() const { return parser_.get().keep_alive(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  State refuse(unsigned status, std::string reason);
  State read_head(std::string& received);
  State read_body(std::string& received);
  State read_chunks(std::string& received);
  // Feeds the parser; false if it refused.
  bool put(std::string_view bytes, std::size_t& consumed);

  State state_ = State::kHead;
  std::size_t scanned_ = 0;  // bytes of the head that hold no end of head
  bool skipped_blank_line_ = false;
  Parser parser_;
  const std::size_t body_bytes_max_;
  // Of a body in chunks. Boost 1.81's own parser of them can be brought to a failed assertion by a
  // peer, so it only sees the head.
  std::optional<ChunkedBody> chunks_;
  HttpRefusal refusal_;
};

// Checks the bytes of a head, blank line included: line ends, control characters, folding, sizes.
std::optional<HttpRefusal> check_head_bytes(std::string_view head);

// Checks the parsed head: version, Host, framing, target length.
std::optional<HttpRefusal> check_head_fields(const HttpRequest& request);

}  // namespace penstock
