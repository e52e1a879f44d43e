#include "tests/integration/harness/session_flood.h"

#include "tests/integration/harness/janus_connection.h"

namespace penstock::integration {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::string_view kCreateSession = R"({"janus":"create","transaction":"t"})";
constexpr std::string_view kSuccessMark = R"("janus":"success")";

}  // namespace

void SessionFlood::begin_round() {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    auto stream = std::make_unique<Stream>(io_);
    asio::ip::tcp::socket& socket = stream->next_layer();
    socket.connect({asio::ip::make_address(options_.address), kWebSocketPort});
    socket.set_option(asio::ip::tcp::no_delay(true));
    stream->set_option(beast::websocket::stream_base::decorator([](auto& request) {
      request.set(beast::http::field::sec_websocket_protocol, "janus-protocol");
    }));
    stream->handshake(options_.address, "/");
    streams_.push_back(std::move(stream));
  }
  for (std::size_t i = 0; i < options_.sessions_per_connection; ++i) {
    for (const auto& stream : streams_) stream->write(asio::buffer(kCreateSession));
  }
}

void SessionFlood::end_round() {
  beast::flat_buffer buffer;
  for (const auto& stream : streams_) {
    for (std::size_t i = 0; i < options_.sessions_per_connection; ++i) {
      buffer.clear();
      stream->read(buffer);
      const std::string_view answer(static_cast<const char*>(buffer.data().data()), buffer.size());
      ++(answer.find(kSuccessMark) != std::string_view::npos ? made_ : refused_);
    }
  }
  // Without a goodbye, as those who flood do.
  streams_.clear();
}

}  // namespace penstock::integration
