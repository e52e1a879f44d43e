#include "controlplane/http/http_connection.h"

#include <utility>
#include <variant>

#include "controlplane/http/await.h"
#include "controlplane/log/log.h"

namespace penstock {
namespace {

namespace asio = boost::asio;

// How much a client may send ahead of the answer it waits for.
constexpr std::size_t kPipelinedBytesMax = 16 * 1024;

}  // namespace

// A request in the hands of the core, until there is an answer or nobody waits for one any more.
class HttpConnection::OpenExchange {
 public:
  explicit OpenExchange(HttpConnection& connection)
      : connection_(connection), id_{++connection.context_.last_id} {
    connection_.reply_.reset();
    connection_.context_.exchanges.emplace(id_, &connection);
  }
  ~OpenExchange() {
    SignallingContext& context = connection_.context_;
    context.exchanges.erase(id_);
    if (connection_.reply_) return;
    try {
      context.handler->on_http_cancelled(id_, context.now());
    } catch (...) {
      context.report_failure(connection_.client(), std::current_exception());
    }
  }
  OpenExchange(const OpenExchange&) = delete;
  OpenExchange& operator=(const OpenExchange&) = delete;

  ExchangeId id() const { return id_; }

 private:
  HttpConnection& connection_;
  const ExchangeId id_;
};

HttpConnection::HttpConnection(TcpSocket socket, SignallingContext& context)
    : Connection(std::move(socket), context), woken_(executor_) {
  woken_.expires_at(Timer::time_point::max());
}

Awaitable<void> HttpConnection::run() {
  for (bool more = true; more && !shutting_down_;) {
    more = co_await serve();
    first_ = false;
  }
}

void HttpConnection::on_tick(Timestamp now) {
  Connection::on_tick(now);
  if (timed_out_) woken_.cancel();
}

void HttpConnection::shut_down() {
  shutting_down_ = true;
  wake();
}

void HttpConnection::on_reply(HttpApiResponse response) {
  if (reply_) return;
  reply_ = std::move(response);
  wake();
}

void HttpConnection::wake() {
  boost::system::error_code ignored;
  socket_.next_layer().cancel(ignored);
  woken_.cancel();
}

Awaitable<bool> HttpConnection::serve() {
  HttpRequestReader reader(context_.config.message_bytes_max);
  const auto first_byte = first_ ? context_.options.header_deadline : context_.options.keep_alive;
  const ReadResult result = co_await read_request(reader, first_byte);
  if (result == ReadResult::kTimedOut) {
    co_await refuse(text_response(408, "the request took too long"));
    co_return false;
  }
  if (result == ReadResult::kRefused) {
    PENSTOCK_LOG_DEBUG("{}: refused a request: {}", name(), reader.refusal().reason);
    co_await refuse(text_response(reader.refusal().status, reader.refusal().reason));
    co_return false;
  }
  if (result == ReadResult::kGone) co_return false;
  ++context_.stats.requests;

  std::optional<HttpResponse> response;
  auto route = route_http_request(reader.request(), context_.site);
  const auto* answer = std::get_if<HttpResponse>(&route);
  if (answer != nullptr && answer->status == 403) log_refused_page(reader.request());
  const auto why = why_too_many(reader.request());
  if (why) {
    response = text_response(429, *why);
    response->set("Retry-After", "1");
  } else if (auto* api_call = std::get_if<HttpApiCall>(&route)) {
    response = co_await call(std::move(*api_call), reader.request());
  } else {
    response = std::move(std::get<HttpResponse>(route));
  }
  if (!response) co_return false;
  response->close = !reader.keep_alive() || shutting_down_;
  if (response->status >= 400) ++context_.stats.refused_requests;
  const bool written = co_await write(*response);
  release_place();
  co_return written && !response->close;
}

Awaitable<std::optional<HttpResponse>> HttpConnection::call(HttpApiCall call,
                                                            const HttpRequest& request) {
  HttpApiRequest api_request;
  api_request.api = call.api;
  api_request.method = call.method;
  api_request.segments = call.segments;
  api_request.query = call.query;
  api_request.headers = call.headers;
  api_request.body = request.body();
  api_request.client = client_info(request);
  {
    const OpenExchange exchange(*this);
    context_.handler->on_http_request(exchange.id(), api_request, context_.now());
    if (!reply_) co_await wait_for_reply();
  }
  if (reply_) co_return api_response(*std::move(reply_), request, context_.site);
  if (gone_ || shutting_down_) co_return std::nullopt;
  co_return text_response(503, "no answer in time");
}

Awaitable<void> HttpConnection::wait_for_reply() {
  set_deadline(context_.options.reply_deadline);
  while (!reply_ && !timed_out_ && !shutting_down_ && !gone_) {
    // Reading ahead is also how we learn that the client has gone.
    if (received_.size() < kPipelinedBytesMax) {
      const bool is_there = co_await receive();
      gone_ = !is_there && !reply_ && !timed_out_ && !shutting_down_;
    } else {
      co_await woken_.async_wait(kAwait);
    }
  }
  clear_deadline();
}

}  // namespace penstock
