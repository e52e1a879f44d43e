#!/usr/bin/env bash
# Boost 1.81: asio::async_write of two buffers to a beast::flat_stream, and so to a beast::ssl_stream,
# ends with "Success" after the first buffer when both together are larger than what the stream
# flattens, and the second is never written. The same write to the socket below it is whole. (The stream
# writes the first buffer alone; the second step begins with what is left of it, an empty buffer, and a
# write of no bytes is taken for the end.) A header and a large body, written together, lose the body.
#
# Prints what each write said. Exit 0: it still does so. 1: it does not any more. 2: it could not be
# tried.
set -euo pipefail
version=1.81.0-5+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
{
  apt-get download "libboost1.81-dev=$version" >/dev/null
  dpkg -x libboost1.81-dev_*.deb root
} || exit 2
cat >finding.cc <<'CC'
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_stream.hpp>
#include <boost/version.hpp>
#include <iostream>
#include <string>
#include <thread>

namespace asio = boost::asio;
using asio::ip::tcp;

template <typename Stream>
std::size_t write_two(Stream& stream, asio::io_context& io, std::size_t first, std::size_t second) {
  const std::string a(first, 'a');
  const std::string b(second, 'b');
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(a), asio::buffer(b)};
  std::size_t written = 0;
  asio::async_write(stream, buffers, [&](boost::system::error_code error, std::size_t bytes) {
    std::cout << "  " << first << " and " << second << " bytes: " << error.message() << ", " << bytes
              << " of " << first + second << " written\n";
    written = bytes;
  });
  io.restart();
  io.run();
  return written;
}

int main() {
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket reader(io);
  boost::beast::flat_stream<tcp::socket> writer(io);
  writer.next_layer().connect(acceptor.local_endpoint());
  acceptor.accept(reader);
  std::thread drain([&] {
    std::array<char, 65536> buffer;
    boost::system::error_code error;
    while (!error) reader.read_some(asio::buffer(buffer), error);
  });
  std::cout << "Boost " << BOOST_LIB_VERSION << "\nbeast::flat_stream<tcp::socket>\n";
  const auto small = write_two(writer, io, 225, 1'000);
  const auto large = write_two(writer, io, 225, 100'000);
  std::cout << "tcp::socket\n";
  const auto plain = write_two(writer.next_layer(), io, 225, 100'000);
  writer.next_layer().close();
  drain.join();
  return small == 1'225 && large < 100'225 && plain == 100'225 ? 0 : 1;
}
CC
g++ -std=c++20 -isystem root/usr/include finding.cc -o finding -pthread || exit 2
status=0
unshare --net bash -c 'ip link set lo up && exec timeout 60 ./finding' || status=$?
exit "$status"
