#include "controlplane/dtls/datagram_bio.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// Of datagrams that wait for poll_output. A flight has a handful; more is as if the network had
// lost them.
constexpr std::size_t kOutputDatagramsMax = 64;
constexpr long kIpAndUdpHeaderBytes = 20 + 8;

}  // namespace

DatagramBio::DatagramBio(RetransmissionTimer& timer, std::size_t datagram_bytes_max)
    : timer_(timer), bio_(BIO_new(method())), datagram_bytes_max_(datagram_bytes_max) {
  PENSTOCK_CHECK(bio_ != nullptr);
  BIO_set_data(bio_.get(), this);
  BIO_set_init(bio_.get(), 1);
}

BIO* DatagramBio::acquire() {
  PENSTOCK_CHECK(BIO_up_ref(bio_.get()) == 1);
  return bio_.get();
}

void DatagramBio::attach_to(SSL* ssl) {
  BIO* bio = acquire();  // one reference for both directions, when they are the same
  SSL_set_bio(ssl, bio, bio);
  DTLS_set_timer_cb(ssl, &DatagramBio::next_interval_us);
}

void DatagramBio::begin_call(std::span<const std::uint8_t> datagram) {
  input_ = datagram;
  can_append_ = false;
}

bool DatagramBio::pop_output(std::vector<std::uint8_t>& datagram) {
  if (output_.empty()) return false;
  datagram = std::move(output_.front());
  output_.pop_front();
  can_append_ = false;
  return true;
}

BIO_METHOD* DatagramBio::method() {
  // Made once and kept for the life of the process, as OpenSSL does with its own.
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "penstock datagrams");
    PENSTOCK_CHECK(made != nullptr);
    BIO_meth_set_read(made, &DatagramBio::read);
    BIO_meth_set_write(made, &DatagramBio::write);
    BIO_meth_set_ctrl(made, &DatagramBio::control);
    return made;
  }();
  return kMethod;
}

DatagramBio* DatagramBio::self(BIO* bio) { return static_cast<DatagramBio*>(BIO_get_data(bio)); }

int DatagramBio::read(BIO* bio, char* out, int bytes_max) {
  BIO_clear_retry_flags(bio);
  auto& input = self(bio)->input_;
  if (input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // As with recv(2), what does not fit the buffer is lost.
  const std::size_t bytes = std::min(input.size(), static_cast<std::size_t>(bytes_max));
  std::memcpy(out, input.data(), bytes);
  input = {};
  return static_cast<int>(bytes);
}

int DatagramBio::write(BIO* bio, const char* from, int bytes) {
  BIO_clear_retry_flags(bio);
  DatagramBio& pipe = *self(bio);
  auto& output = pipe.output_;
  const auto record_bytes = static_cast<std::size_t>(bytes);
  // What there is no memory for is lost as well; no exception may pass through OpenSSL.
  best_effort([&] {
    if (pipe.can_append_ && output.back().size() + record_bytes <= pipe.datagram_bytes_max_) {
      output.back().insert(output.back().end(), from, from + bytes);
    } else if (output.size() < kOutputDatagramsMax) {
      output.emplace_back(from, from + bytes);
      pipe.can_append_ = true;
    }
  });
  return bytes;
}

unsigned int DatagramBio::next_interval_us(SSL* ssl, unsigned int last_interval_us) {
  return self(SSL_get_rbio(ssl))->timer_.next_interval_us(last_interval_us == 0);
}

long DatagramBio::control(BIO* bio, int command, long, void* pointer) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return kIpAndUdpHeaderBytes;  // OpenSSL's lower limit of a datagram is 256 bytes less these
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
      self(bio)->timer_.on_openssl_timer_set(*static_cast<const timeval*>(pointer));
      return 1;
    default:
      return 0;
  }
}

}  // namespace penstock
