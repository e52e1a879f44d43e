#include "tests/integration/harness/dtls_records.h"

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"

namespace penstock::integration {
namespace {

constexpr std::size_t kRecordHeaderBytes = 13;
constexpr std::size_t kHandshakeHeaderBytes = 12;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;

void store_be24(std::uint8_t* at, std::size_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 16);
  store_be16(at + 1, static_cast<std::uint16_t>(value));
}

bool is_epoch_0(const Bytes& record) { return load_be16(&record[3]) == 0; }

bool is_client_hello(const Bytes& record) {
  return record.size() > kRecordHeaderBytes + kHandshakeHeaderBytes && record[0] == kHandshake &&
         is_epoch_0(record) && record[kRecordHeaderBytes] == kClientHello;
}

std::vector<Bytes> records_of(const Bytes& datagram) {
  std::vector<Bytes> records;
  for (std::size_t at = 0; at + kRecordHeaderBytes <= datagram.size();) {
    const std::size_t end = at + kRecordHeaderBytes + load_be16(&datagram[at + 11]);
    records.emplace_back(datagram.begin() + static_cast<std::ptrdiff_t>(at),
                         datagram.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
  return records;
}

// The bytes from `begin` to `end` of the message that a record holds whole.
Bytes fragment(const Bytes& record, std::size_t begin, std::size_t end) {
  const auto body = record.begin() + kRecordHeaderBytes + kHandshakeHeaderBytes;
  Bytes result(record.begin(), body);
  result.insert(result.end(), body + static_cast<std::ptrdiff_t>(begin),
                body + static_cast<std::ptrdiff_t>(end));
  store_be16(&result[11], static_cast<std::uint16_t>(result.size() - kRecordHeaderBytes));
  store_be24(&result[kRecordHeaderBytes + 6], begin);
  store_be24(&result[kRecordHeaderBytes + 9], end - begin);
  return result;
}

class Splitter {
 public:
  explicit Splitter(FragmentOrder order) : order_(order) {}

  std::vector<Bytes> operator()(Bytes datagram) {
    if (classify_datagram(datagram) != DatagramKind::kDtls) return {std::move(datagram)};
    std::vector<Bytes> result;
    Bytes rest;
    for (Bytes& record : records_of(datagram)) {
      if (is_client_hello(record)) {
        const std::size_t bytes = record.size() - kRecordHeaderBytes - kHandshakeHeaderBytes;
        result.push_back(numbered(fragment(record, 0, bytes / 2)));
        result.push_back(numbered(fragment(record, bytes / 2, bytes)));
        continue;
      }
      if (is_epoch_0(record)) record = numbered(std::move(record));
      rest.insert(rest.end(), record.begin(), record.end());
    }
    if (order_ == FragmentOrder::kReversed) std::reverse(result.begin(), result.end());
    if (!rest.empty()) result.push_back(std::move(rest));
    return result;
  }

 private:
  Bytes numbered(Bytes record) {
    store_be32(&record[7], next_sequence_++);
    return record;
  }

  FragmentOrder order_;
  std::uint32_t next_sequence_ = 0;
};

}  // namespace

SocketClient::Filter split_client_hello(FragmentOrder order) { return Splitter(order); }

Bytes make_client_hello(const Certificate& certificate) {
  const auto context = DtlsContext::create(certificate);
  PENSTOCK_CHECK(context.has_value());
  DtlsEndpoint endpoint(*context, DtlsRole::kClient, {});
  endpoint.start(0);
  Bytes datagram;
  PENSTOCK_CHECK(endpoint.poll_output(datagram));
  return datagram;
}

Bytes make_record(std::uint8_t content_type, std::uint64_t sequence, const Bytes& content) {
  Bytes record(kRecordHeaderBytes);
  record[0] = content_type;
  record[1] = 0xFE;  // DTLS 1.2
  record[2] = 0xFD;
  store_be32(&record[7], static_cast<std::uint32_t>(sequence));
  store_be16(&record[11], static_cast<std::uint16_t>(content.size()));
  record.insert(record.end(), content.begin(), content.end());
  return record;
}

}  // namespace penstock::integration
