// One accepted TCP connection, and what all of them share. Everything on the control thread.
//
// A connection is served by coroutines of its own. Three rules keep it alive as long as one of them
// runs, and no longer:
// - A coroutine of a connection is started by start() or by another one of it, never by a call from
//   outside. Such calls (send, close, on_reply, shut_down, ...) change state and wake a coroutine.
// - When the last one has ended, on_end is called, and nobody finds the connection any more.
// - Channels and exchanges are found by number, for as long as the coroutine is in its scope.
//
// An exception that leaves a coroutine ends its connection, is logged and counted, and nothing
// else.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "controlplane/http/await.h"
#include "controlplane/http/byte_stream.h"
#include "controlplane/http/http_request_reader.h"
#include "controlplane/http/http_response.h"
#include "controlplane/http/signalling_context.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock {

class Connection {
 public:
  Connection(TcpSocket socket, SignallingContext& context);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves the client until it is gone or has been dropped. `on_end` is called once after that,
  // perhaps from within on_tick() or drop(): the connection must outlive the call. If this throws,
  // nothing has been started.
  void start(std::function<void()> on_end);

  // Takes a place of its client's for this connection, if it needs one and has none. False if they
  // are all taken.
  bool take_place();
  // The client has shown the API secret: limits per address hold for it no longer.
  void exempt();

  // Cancels what waits for the client if its deadline has passed. Called every options.tick.
  virtual void on_tick(Timestamp now);
  // The server stops: ends as soon as it decently can.
  virtual void shut_down() = 0;
  // Ends at once, without a word.
  virtual void drop();
  // The same, a little later: nothing ends within this call.
  virtual void cut() { drop(); }

  const SocketAddress& client() const { return client_.address; }

 protected:
  // Serves the client and returns when there is no more to do.
  virtual Awaitable<void> run() = 0;
  // Starts a coroutine of this connection; only start() and others of it may.
  void spawn(Awaitable<void> coroutine);

  enum class ReadResult { kRequest, kRefused, kTimedOut, kGone };

  // Reads one request, under the deadlines of head and body; a head that has not begun may take
  // `first_byte` to begin.
  Awaitable<ReadResult> read_request(HttpRequestReader& reader,
                                     std::chrono::milliseconds first_byte);
  // Appends what arrives next to received_; false if the client is gone or the deadline passed.
  Awaitable<bool> receive();
  // False if the client is gone or reads too slowly. Takes the body.
  Awaitable<bool> write(HttpResponse& response);
  // Answers a refusal, then closes such that the answer arrives: unread input would make the
  // kernel send a reset that overtakes it.
  Awaitable<void> refuse(HttpResponse response);

  void set_deadline(std::chrono::milliseconds from_now);
  // So late also if `bytes` come or go at the slowest rate allowed.
  void set_deadline(std::chrono::milliseconds from_now, std::size_t bytes);
  void clear_deadline() { deadline_.reset(); }
  bool is_late(Timestamp now) const { return deadline_ && now >= *deadline_; }
  // Whose request this is, from here on: over a proxy's connection it may be another one each time.
  // Takes a place and a token of that client's; or why there is none, for an answer 429.
  std::optional<std::string> why_too_many(const HttpRequest& request);
  // Zero and one taken, or how long the client has to wait with its next request.
  Duration take_token();
  // Gives the client's place back where a connection is not one client's.
  void release_place();
  // Views into the request.
  ClientInfo client_info(const HttpRequest& request) const;
  // Says whose page may not use the API, and what could be done about it.
  void log_refused_page(const HttpRequest& request) const;
  // For the log: the client, and whose word that is.
  std::string name() const;

  const Executor executor_;
  ByteStream socket_;
  SignallingContext& context_;
  std::string received_;  // not yet consumed
  UnreadQueue unread_;
  bool timed_out_ = false;
  bool shutting_down_ = false;

 private:
  // From the first byte to the last: TLS, if the listener has it, around run().
  Awaitable<void> serve_client();
  // False if the client is gone, too late, or speaks something else.
  Awaitable<bool> begin_tls();
  Awaitable<bool> shake_tls_hands();
  // Says that nothing follows, and waits a little for the client's word.
  Awaitable<void> end_tls();
  Awaitable<bool> write_bytes(std::string_view first, std::string_view second);
  void on_coroutine_end(const std::exception_ptr& failure);
  void identify(const HttpRequest& request);
  // The client has left too much unread.
  void give_up();
  bool is_limited() const { return client_.is_limited_by_address && !is_exempt_; }

  SocketAddress peer_;  // the other end of the TCP connection
  bool is_proxy_ = false;
  Client client_;
  bool is_exempt_ = false;
  bool has_token_ = false;  // taken for the TLS handshake, and good for the first request
  std::optional<AddressPlaces::Place> place_;
  std::size_t coroutines_ = 0;  // that have not ended
  std::function<void()> on_end_;
  std::optional<Timestamp> deadline_;
};

SocketAddress socket_address_from(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace penstock
