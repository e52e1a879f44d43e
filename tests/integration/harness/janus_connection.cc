#include "tests/integration/harness/janus_connection.h"

namespace penstock::integration {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

asio::ip::tcp::endpoint endpoint(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

http::request<http::string_body> make_request(const std::string& method, const std::string& target,
                                              const std::string& body) {
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "127.0.0.1");
  request.body() = body;
  request.prepare_payload();
  return request;
}

}  // namespace

JanusWebSocket::JanusWebSocket(EventLoop& loop, std::uint16_t port) : loop_(loop), stream_(io_) {
  stream_.next_layer().connect(endpoint(port));
  stream_.set_option(
      beast::websocket::stream_base::decorator([](beast::websocket::request_type& request) {
        request.set(http::field::sec_websocket_protocol, "janus-protocol");
      }));
  stream_.handshake("127.0.0.1", "/");
  read_next();
  loop_.add(*this);
}

JanusWebSocket::~JanusWebSocket() {
  loop_.remove(*this);
  beast::error_code ignored;
  stream_.next_layer().close(ignored);
}

void JanusWebSocket::send_text(const std::string& text) {
  // A server that refuses a message while it is being sent closes the connection: the close code
  // tells.
  beast::error_code ignored;
  stream_.write(asio::buffer(text), ignored);
}

void JanusWebSocket::read_next() {
  stream_.async_read(buffer_, [this](const beast::error_code& error, std::size_t) {
    if (error) {
      close_code_ = stream_.reason().code != 0 ? stream_.reason().code : 1006;
      return;
    }
    inbox_.push_back(json::parse(beast::buffers_to_string(buffer_.data())));
    buffer_.consume(buffer_.size());
    read_next();
  });
}

int JanusWebSocket::descriptor() const {
  auto& socket = const_cast<JanusWebSocket*>(this)->stream_.next_layer();
  return close_code_ == 0 ? socket.native_handle() : -1;
}

void JanusWebSocket::take_turn(Timestamp) {
  io_.restart();
  io_.poll();
}

HttpAnswer http_request(const std::string& method, const std::string& target,
                        const std::string& body, std::uint16_t port) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  beast::error_code error;
  if (socket.connect(endpoint(port), error)) return {};
  // The server may refuse and close before it has read all of the body.
  http::write(socket, make_request(method, target, body), error);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response, error);
  if (error) return {};
  return {response.result_int(), response.body()};
}

JanusHttp::JanusHttp(EventLoop& loop, std::string api_secret)
    : loop_(loop), api_secret_(std::move(api_secret)), poll_socket_(io_) {
  loop_.add(*this);
}

JanusHttp::~JanusHttp() {
  loop_.remove(*this);
  beast::error_code ignored;
  poll_socket_.close(ignored);
}

void JanusHttp::send(const json::object& request) {
  json::object body = request;
  std::string target = "/janus";
  for (const char* key : {"session_id", "handle_id"}) {
    if (const json::value* id = body.if_contains(key)) {
      target += "/" + json::serialize(*id);
      body.erase(key);
    }
  }
  const HttpAnswer answer = http_request("POST", target, json::serialize(body));
  if (answer.status != 200) return;
  inbox_.push_back(json::parse(answer.body));
  const json::value& reply = inbox_.back();
  const bool creates = body["janus"] == "create";
  if ((!creates && body["janus"] != "claim") || reply.at("janus") != "success") return;
  const json::value& id = creates ? reply.at("data").at("id") : request.at("session_id");
  session_id_ = id.to_number<std::uint64_t>();
  poll_socket_.connect(endpoint(kHttpPort));
  poll_next();
}

void JanusHttp::poll_next() {
  std::string target = "/janus/" + std::to_string(session_id_) + "?maxev=5";
  if (!api_secret_.empty()) target += "&apisecret=" + api_secret_;
  http::write(poll_socket_, make_request("GET", target, ""));
  response_ = {};
  http::async_read(poll_socket_, buffer_, response_,
                   [this](const beast::error_code& error, std::size_t) {
                     if (error || response_.result_int() != 200) {
                       session_id_ = 0;
                       return;
                     }
                     const json::value events = json::parse(response_.body());
                     for (const json::value& event : events.as_array()) inbox_.push_back(event);
                     poll_next();
                   });
}

int JanusHttp::descriptor() const {
  auto& socket = const_cast<JanusHttp*>(this)->poll_socket_;
  return session_id_ != 0 ? socket.native_handle() : -1;
}

void JanusHttp::take_turn(Timestamp) {
  io_.restart();
  io_.poll();
}

}  // namespace penstock::integration
