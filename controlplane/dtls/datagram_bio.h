// The BIO between OpenSSL and our datagrams. One read yields one whole datagram (BIO_s_mem is a
// byte stream: two datagrams that arrive together would merge). A write never splits over
// datagrams, and writes of one call into OpenSSL share a datagram while they fit: a repeated
// flight, which OpenSSL writes message by message, is then lost or received as a whole. Owned by
// one endpoint, which must outlive the SSL object that uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "controlplane/dtls/retransmission_timer.h"
#include "controlplane/openssl/handles.h"

namespace penstock {

class DatagramBio {
 public:
  // `timer` chooses OpenSSL's intervals, and is told when OpenSSL sets its own.
  DatagramBio(RetransmissionTimer& timer, std::size_t datagram_bytes_max);
  DatagramBio(const DatagramBio&) = delete;
  DatagramBio& operator=(const DatagramBio&) = delete;

  // A new reference to the BIO, for SSL_set_bio.
  BIO* acquire();
  // Makes it the BIO of both directions, and the timer that of `ssl`.
  void attach_to(SSL* ssl);

  // To be called before each call into OpenSSL. The next read returns `datagram`, if there is one,
  // which must stay where it is during the call.
  void begin_call(std::span<const std::uint8_t> datagram = {});
  // Moves the oldest written datagram out; false if there is none.
  bool pop_output(std::vector<std::uint8_t>& datagram);
  std::size_t output_count() const { return output_.size(); }

 private:
  static BIO_METHOD* method();
  static DatagramBio* self(BIO* bio);
  static int read(BIO* bio, char* out, int bytes_max);
  static int write(BIO* bio, const char* from, int bytes);
  static unsigned int next_interval_us(SSL* ssl, unsigned int last_interval_us);
  static long control(BIO* bio, int command, long number, void* pointer);

  RetransmissionTimer& timer_;
  BioHandle bio_;
  std::size_t datagram_bytes_max_;
  std::span<const std::uint8_t> input_;
  bool can_append_ = false;  // the last datagram of output_ is of this call
  std::deque<std::vector<std::uint8_t>> output_;
};

}  // namespace penstock
