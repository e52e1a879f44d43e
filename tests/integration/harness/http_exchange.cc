#include "tests/integration/harness/http_exchange.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "tests/integration/harness/janus_connection.h"

namespace penstock::integration {

HttpExchange exchange_http(http::verb method, const std::string& target, const std::string& body,
                           std::initializer_list<std::pair<http::field, std::string>> fields) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), kHttpPort});
  http::request<http::string_body> request(method, target, 11);
  request.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : fields) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  if (method == http::verb::head) parser.skip(true);
  http::read(socket, buffer, parser);
  return parser.release();
}

}  // namespace penstock::integration
